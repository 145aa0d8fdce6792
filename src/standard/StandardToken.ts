/**
 * The handle for keys of the standard flow.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeTestSource } from "../internal/testSource.js"
import { TokenCache } from "../TokenCache.js"
import type { TestToken, TokenSource } from "../TokenSource.js"
import { StandardFlow } from "./StandardFlow.js"

/**
 * The token of the standard flow, kept by the application's `TokenCache`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardToken } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* StandardToken
 *   const token = yield* source.get
 *   const again = yield* source.get
 *   console.log(token === again) // true
 * })
 *
 * // With real keys: FetchHttpClient.layer in place of the emulator, and the VIPPS_ variables set.
 * const Live = StandardToken.layerConfig().pipe(
 *   Layer.provide(VippsEmulator.layerConfigProvider()),
 *   Layer.provide(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class StandardToken extends Context.Tag("effect-vipps-token/StandardToken")<StandardToken, TokenSource>() {
  /**
   * The token of the `StandardFlow`, in the `TokenCache`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<StandardToken, never, StandardFlow | TokenCache> = Layer.suspend(() =>
    Layer.effect(
      StandardToken,
      Effect.flatMap(Effect.all([TokenCache, StandardFlow]), ([cache, flow]) => cache.source(flow))
    )
  )

  /**
   * The same with flow and cache inside: the keys are read from the `VIPPS_` variables that `StandardFlow.layerConfig`
   * names.
   *
   * @since 0.1.0
   */
  static layerConfig(): Layer.Layer<StandardToken, ConfigError.ConfigError, HttpClient.HttpClient> {
    return StandardToken.layer.pipe(Layer.provide([StandardFlow.layerConfig(), TokenCache.layer]))
  }

  /**
   * A token for unit tests, without HTTP: a token, an error, or parts of a source. What is not given dies when used.
   *
   * @since 0.1.0
   */
  static layerTest(token: TestToken): Layer.Layer<StandardToken> {
    return Layer.sync(StandardToken, () => makeTestSource("standard", token))
  }
}
