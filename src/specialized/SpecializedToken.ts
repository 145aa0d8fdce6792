/** The token source for keys of the specialized flow. */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeTestSource } from "../internal/testSource.js"
import { TokenCache } from "../TokenCache.js"
import type { TestToken, TokenSource } from "../TokenSource.js"
import { SpecializedFlow, type SpecializedFlowConfig } from "./SpecializedFlow.js"

/**
 * The token source of the specialized flow, in the application's `TokenCache`.
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
   * The token source of the `SpecializedFlow`, in the `TokenCache`. With two flows in one graph there are two sources.
   */
  static readonly layer: Layer.Layer<SpecializedToken, never, SpecializedFlow | TokenCache> = Layer.fresh(
    Layer.suspend(() =>
      Layer.effect(
        SpecializedToken,
        Effect.flatMap(Effect.all([TokenCache, SpecializedFlow]), ([cache, flow]) => cache.source(flow))
      )
    )
  )

  /**
   * The token source with flow and cache inside, read as `SpecializedFlow.layerConfig` says. Each call is a layer of
   * its own: see `StandardToken.layerConfig`.
   */
  static layerConfig(
    config: SpecializedFlowConfig = {}
  ): Layer.Layer<SpecializedToken, ConfigError.ConfigError, HttpClient.HttpClient> {
    return SpecializedToken.layer.pipe(Layer.provide([SpecializedFlow.layerConfig(config), TokenCache.layer]))
  }

  /** A token source for unit tests, without HTTP. See `StandardToken.layerTest`. */
  static layerTest(token: TestToken): Layer.Layer<SpecializedToken> {
    return Layer.sync(SpecializedToken, () => makeTestSource("specialized", token))
  }
}
