/**
 * API requests with a token of the specialized flow.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { secretsRedacted } from "../internal/client/apiClient.js"
import { makeTestClient } from "../internal/client/testClient.js"
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
  /**
   * The client with the `SpecializedToken`. With two tokens in one graph there are two clients.
   *
   * @since 0.1.0
   */
  static readonly layer: Layer.Layer<SpecializedClient, never, SpecializedToken | HttpClient.HttpClient> = Layer.fresh(
    Layer.suspend(() =>
      Layer.scoped(
        SpecializedClient,
        Effect.zipRight(secretsRedacted, Effect.flatMap(SpecializedToken, VippsClient.make))
      )
    )
  )

  /**
   * The client with token, flow and cache inside, read from `VIPPS_ENVIRONMENT`,
   * `VIPPS_SPECIALIZED_CLIENT_ID`, `VIPPS_SPECIALIZED_CLIENT_SECRET` and, if set, `VIPPS_SPECIALIZED_SCOPE`,
   * `VIPPS_INSECURE_HTTP` and the four `VIPPS_SYSTEM_…` variables; or, part by part, from configs of your own, as
   * `SpecializedFlow.layerConfig` says.
   *
   * Each call is a layer of its own, with its own keys; one call, kept in a constant, has the keys of the first config
   * provider that it is built under. Those in one layer graph share one `TokenCache`:
   * `Layer.mergeAll(SpecializedClient.layerConfig(), SpecializedToken.layerConfig(), TokenCache.layer)` keeps one
   * token.
   *
   * @since 0.1.0
   */
  static layerConfig(
    config: SpecializedFlowConfig = {}
  ): Layer.Layer<SpecializedClient, ConfigError.ConfigError, HttpClient.HttpClient> {
    return SpecializedClient.layer.pipe(Layer.provide(SpecializedToken.layerConfig(config)))
  }

  /**
   * A plain `HttpClient` over this client, for generated clients and libraries. A token error becomes a `RequestError`
   * with the token error as its `cause`; see `VippsClient.toHttpClient`.
   *
   * It takes the place of `HttpClient` for everything above it. In an application that calls other servers as well,
   * give a generated client `VippsClient.toHttpClient(yield* SpecializedClient)`.
   *
   * @see `StandardClient.layerHttpClient` for the wiring
   *
   * @since 0.1.0
   */
  static readonly layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, SpecializedClient> = Layer.suspend(() =>
    Layer.effect(HttpClient.HttpClient, Effect.map(SpecializedClient, VippsClient.toHttpClient))
  )

  /**
   * A client for unit tests, without token and network: a function answers its requests. Paths are resolved below
   * `https://vipps.invalid`. A 401 is dealt with as in production: the request is sent once more.
   *
   * @see `StandardClient.layerTest` for an example
   *
   * @since 0.1.0
   */
  static layerTest(respond: TestApi): Layer.Layer<SpecializedClient> {
    return Layer.effect(SpecializedClient, makeTestClient("specialized", respond))
  }
}
