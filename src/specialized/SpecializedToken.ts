/**
 * The handle for keys of the specialized flow.
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
import { SpecializedFlow } from "./SpecializedFlow.js"

/**
 * The token of the specialized flow, kept by the application's `TokenCache`.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { SpecializedToken } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const source = yield* SpecializedToken
 *   const token = yield* source.get
 *   console.log(token.flow) // specialized
 * })
 *
 * // With real keys: FetchHttpClient.layer in place of the emulator, and the VIPPS_ variables set.
 * const Live = SpecializedToken.layerConfig().pipe(
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
export class SpecializedToken extends Context.Tag("effect-vipps-token/SpecializedToken")<
  SpecializedToken,
  TokenSource
>() {
  /**
   * The token of the `SpecializedFlow`, in the `TokenCache`.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<SpecializedToken, never, SpecializedFlow | TokenCache> = Layer.suspend(() =>
    Layer.effect(
      SpecializedToken,
      Effect.flatMap(Effect.all([TokenCache, SpecializedFlow]), ([cache, flow]) => cache.source(flow))
    )
  )

  /**
   * The same with flow and cache inside: the keys are read from the `VIPPS_` variables that
   * `SpecializedFlow.layerConfig` names.
   *
   * @since 0.1.0
   */
  static layerConfig(): Layer.Layer<SpecializedToken, ConfigError.ConfigError, HttpClient.HttpClient> {
    return SpecializedToken.layer.pipe(Layer.provide([SpecializedFlow.layerConfig(), TokenCache.layer]))
  }

  /**
   * A token for unit tests, without HTTP: a token, an error, or parts of a source. What is not given dies when used.
   *
   * @since 0.1.0
   */
  static layerTest(token: TestToken): Layer.Layer<SpecializedToken> {
    return Layer.sync(SpecializedToken, () => makeTestSource("specialized", token))
  }
}
