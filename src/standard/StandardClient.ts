/** API requests with a token of the standard flow. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { makeTestClient } from "../internal/client/testClient.js"
import { redactSecretHeaders } from "../internal/http/guardedRequest.js"
import { type TestApi, VippsClient, type VippsHttpClient } from "../VippsClient.js"
import type { StandardFlowConfig } from "./StandardFlow.js"
import { StandardToken } from "./StandardToken.js"

/**
 * The client for keys of the standard flow: most APIs.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardClient } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const client = yield* StandardClient
 *   const response = yield* client.get("/epayment/v1/payments/order-1001")
 *   console.log(response.status) // 200
 * })
 *
 * // With real keys: FetchHttpClient.layer in place of the emulator, and the VIPPS_ variables set.
 * const Live = StandardClient.layerConfig().pipe(
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
export class StandardClient extends Context.Tag("effect-vipps-token/StandardClient")<
  StandardClient,
  VippsHttpClient
>() {
  /** The client with the `StandardToken`. With two tokens in one graph there are two clients. */
  static readonly layer: Layer.Layer<StandardClient, never, StandardToken | HttpClient.HttpClient> = Layer.fresh(
    Layer.suspend(() =>
      Layer.scoped(
        StandardClient,
        Effect.zipRight(redactSecretHeaders, Effect.flatMap(StandardToken, VippsClient.make))
      )
    )
  )

  /**
   * The client with token, flow and cache inside, read as `StandardFlow.layerConfig` says. Each call is a layer of its
   * own: see `StandardToken.layerConfig`.
   */
  static layerConfig(
    config: StandardFlowConfig = {}
  ): Layer.Layer<StandardClient, ConfigError.ConfigError, HttpClient.HttpClient> {
    return StandardClient.layer.pipe(Layer.provide(StandardToken.layerConfig(config)))
  }

  /**
   * A plain `HttpClient` over this client, for generated clients and libraries. A token error becomes a `RequestError`
   * with the token error as its `cause`; see `VippsClient.toHttpClient`.
   *
   * It takes the place of `HttpClient` for everything above it. In an application that calls other servers as well,
   * give a generated client `VippsClient.toHttpClient(yield* StandardClient)`.
   *
   * Provide the client below it, and the client's own `HttpClient` below that, so that neither stands in for the other:
   *
   * @example
   * ```ts
   * import { HttpClient } from "@effect/platform"
   * import { Effect, Layer } from "effect"
   * import { StandardClient } from "effect-vipps-token"
   * import { VippsEmulator } from "effect-vipps-token/testing"
   *
   * // As a generated client does it.
   * const program = Effect.gen(function* () {
   *   const client = yield* HttpClient.HttpClient
   *   const response = yield* client.get("/epayment/v1/payments/order-1001")
   *   console.log(response.status) // 200
   * })
   *
   * const Live = StandardClient.layerHttpClient.pipe(
   *   Layer.provide(StandardClient.layerConfig()),
   *   Layer.provide(VippsEmulator.layerConfigProvider()),
   *   Layer.provide(VippsEmulator.layer)
   * )
   *
   * await Effect.runPromise(program.pipe(Effect.provide(Live)))
   * ```
   */
  static readonly layerHttpClient: Layer.Layer<HttpClient.HttpClient, never, StandardClient> = Layer.fresh(
    Layer.suspend(() => Layer.effect(HttpClient.HttpClient, Effect.map(StandardClient, VippsClient.toHttpClient)))
  )

  /**
   * A client for unit tests, without token and network: a function answers its requests. Paths are resolved below
   * `https://vipps.invalid`. A 401 is dealt with as in production: the request is sent once more.
   *
   * @example
   * ```ts
   * import { Effect } from "effect"
   * import { StandardClient } from "effect-vipps-token"
   *
   * const program = Effect.gen(function* () {
   *   const client = yield* StandardClient
   *   const response = yield* client.get("/epayment/v1/payments/order-1001")
   *   console.log(response.status) // 404
   * })
   *
   * const Test = StandardClient.layerTest((request, url) => {
   *   console.log(request.method, url.pathname) // GET /epayment/v1/payments/order-1001
   *   return new Response(null, { status: 404 })
   * })
   *
   * await Effect.runPromise(program.pipe(Effect.provide(Test)))
   * ```
   */
  static layerTest(respond: TestApi): Layer.Layer<StandardClient> {
    return Layer.effect(StandardClient, makeTestClient("standard", respond))
  }
}
