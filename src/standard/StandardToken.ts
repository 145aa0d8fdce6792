/** The token source for keys of the standard flow. */
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
  /** The token source of the `StandardFlow`, in the `TokenCache`. With two flows in one graph there are two sources. */
  static readonly layer: Layer.Layer<StandardToken, never, StandardFlow | TokenCache> = Layer.fresh(
    Layer.suspend(() =>
      Layer.effect(
        StandardToken,
        Effect.flatMap(Effect.all([TokenCache, StandardFlow]), ([cache, flow]) => cache.source(flow))
      )
    )
  )

  /**
   * The token source with flow and cache inside, read as `StandardFlow.layerConfig` says. Each call is a layer of its
   * own; those in one layer graph share the cache of `TokenCache.layer`, and so one token for the same keys.
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
   * @example
   * ```ts
   * import { Effect } from "effect"
   * import { StandardToken, Unavailable } from "effect-vipps-token"
   *
   * const down = new Unavailable({ flow: "standard", label: "shop", reason: "network" })
   *
   * const program = Effect.flatMap(StandardToken, (source) => source.get).pipe(
   *   Effect.catchTag("Unavailable", (error) => Effect.succeed(error.reason)),
   *   Effect.provide(StandardToken.layerTest(down))
   * )
   *
   * console.log(Effect.runSync(program)) // network
   * ```
   */
  static layerTest(token: TestToken): Layer.Layer<StandardToken> {
    return Layer.sync(StandardToken, () => makeTestSource("standard", token))
  }
}
