/** API requests with a token of the specialized flow. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeTestClient } from "../internal/client/testClient.js"
import { redactSecretHeaders } from "../internal/http/guardedRequest.js"
import { type TestApi, VippsClient, type VippsHttpClient } from "../VippsClient.js"
import type { SpecializedFlowConfig } from "./SpecializedFlow.js"
import { SpecializedToken } from "./SpecializedToken.js"

/**
 * The client for keys of the specialized flow: accounting, donations, management. It sends no subscription key.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { SpecializedClient } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* SpecializedClient
 *   const response = yield* client.get("/settlement/v1/ledgers")
 *   console.log(response.status) // 200
 * })
 *
 * // With real keys: FetchHttpClient.layer in place of the emulator, and the VIPPS_ variables set.
 * const Live = SpecializedClient.layerConfig().pipe(
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
export class SpecializedClient extends Context.Tag("effect-vipps-token/SpecializedClient")<
  SpecializedClient,
  VippsHttpClient
>() {
  /** The client with the `SpecializedToken`. With two tokens in one graph there are two clients. */
  static readonly layer: Layer.Layer<SpecializedClient, never, SpecializedToken | HttpClient.HttpClient> = Layer.fresh(
    Layer.suspend(() =>
      Layer.scoped(
        SpecializedClient,
        Effect.zipRight(redactSecretHeaders, Effect.flatMap(SpecializedToken, VippsClient.make))
      )
    )
  )

  /**
   * The client with token, flow and cache inside, read as `SpecializedFlow.layerConfig` says. Each call is a layer of
   * its own: see `StandardToken.layerConfig`.
   */
  static layerConfig(
    config: SpecializedFlowConfig = {}
  ): Layer.Layer<SpecializedClient, ConfigError.ConfigError, HttpClient.HttpClient> {
    return SpecializedClient.layer.pipe(Layer.provide(SpecializedToken.layerConfig(config)))
  }

  /**
   * A plain `HttpClient` over this client, for generated clients and libraries. See `StandardClient.layerHttpClient`.
   */
  static readonly layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, SpecializedClient> = Layer.fresh(
    Layer.suspend(() => Layer.effect(HttpClient.HttpClient, Effect.map(SpecializedClient, VippsClient.toHttpClient)))
  )

  /** A client for unit tests, without token and network. See `StandardClient.layerTest`. */
  static layerTest(respond: TestApi): Layer.Layer<SpecializedClient> {
    return Layer.effect(SpecializedClient, makeTestClient("specialized", respond))
  }
}
