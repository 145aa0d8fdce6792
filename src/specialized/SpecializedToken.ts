/**
 * The token source for keys of the specialized flow.
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
   *
   * @since 0.1.0
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
   * The token source with flow and cache inside, read from `VIPPS_ENVIRONMENT`,
   * `VIPPS_SPECIALIZED_CLIENT_ID`, `VIPPS_SPECIALIZED_CLIENT_SECRET` and, if set, `VIPPS_SPECIALIZED_SCOPE`,
   * `VIPPS_INSECURE_HTTP` and the four `VIPPS_SYSTEM_…` variables; or, part by part, from configs of your own, as
   * `SpecializedFlow.layerConfig` says.
   *
   * Each call is a layer of its own, with its own keys; one call, kept in a constant, has the keys of the first config
   * provider that it is built under. Those in one layer graph share one `TokenCache`:
   * `Layer.mergeAll(SpecializedToken.layerConfig(), SpecializedClient.layerConfig(), TokenCache.layer)` keeps one
   * token.
   *
   * @since 0.1.0
   */
  static layerConfig(
    config: SpecializedFlowConfig = {}
  ): Layer.Layer<SpecializedToken, ConfigError.ConfigError, HttpClient.HttpClient> {
    return SpecializedToken.layer.pipe(Layer.provide([SpecializedFlow.layerConfig(config), TokenCache.layer]))
  }

  /**
   * A token source for unit tests, without HTTP: of a token, an error, or parts of a source. A part that is not given
   * dies when it is used. Each call has a key of its own.
   *
   * @since 0.1.0
   */
  static layerTest(token: TestToken): Layer.Layer<SpecializedToken> {
    return Layer.sync(SpecializedToken, () => makeTestSource("specialized", token))
  }
}
