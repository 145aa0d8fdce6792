/**
 * The token source for keys of the standard flow.
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
import { StandardFlow, type StandardFlowConfig } from "./StandardFlow.js"

/**
 * The token source of the standard flow, in the application's `TokenCache`.
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
   * The token source of the `StandardFlow`, in the `TokenCache`. With two flows in one graph there are two sources.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<StandardToken, never, StandardFlow | TokenCache> = Layer.fresh(
    Layer.suspend(() =>
      Layer.effect(
        StandardToken,
        Effect.flatMap(Effect.all([TokenCache, StandardFlow]), ([cache, flow]) => cache.source(flow))
      )
    )
  )

  /**
   * The token source with flow and cache inside, read from `VIPPS_ENVIRONMENT`, `VIPPS_CLIENT_ID`,
   * `VIPPS_CLIENT_SECRET`, `VIPPS_SUBSCRIPTION_KEY` and, if set, `VIPPS_MERCHANT_SERIAL_NUMBER`, `VIPPS_INSECURE_HTTP`,
   * `VIPPS_PSP_ID` and the four `VIPPS_SYSTEM_…` variables; or, part by part, from configs of your own, as
   * `StandardFlow.layerConfig` says.
   *
   * Each call is a layer of its own, with its own keys; one call, kept in a constant, has the keys of the first config
   * provider that it is built under. Those in one layer graph share one `TokenCache`:
   * `Layer.mergeAll(StandardToken.layerConfig(), StandardClient.layerConfig(), TokenCache.layer)` keeps one token.
   *
   * @since 0.1.0
   */
  static layerConfig(
    config: StandardFlowConfig = {}
  ): Layer.Layer<StandardToken, ConfigError.ConfigError, HttpClient.HttpClient> {
    return StandardToken.layer.pipe(Layer.provide([StandardFlow.layerConfig(config), TokenCache.layer]))
  }

  /**
   * A token source for unit tests, without HTTP: of a token, an error, or parts of a source. A part that is not given
   * dies when it is used. Each call has a key of its own.
   *
   * @since 0.1.0
   */
  static layerTest(token: TestToken): Layer.Layer<StandardToken> {
    return Layer.sync(StandardToken, () => makeTestSource("standard", token))
  }
}
