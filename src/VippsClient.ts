/**
 * API requests that carry a working token: an `HttpClient` that adds it, recovers once from a rejected one, and never
 * lets it out to another server.
 *
 * It does not retry (that is for the caller, with the combinators of `HttpClient`), and it knows no API by name.
 *
 * @since 0.1.0
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as Effect from "effect/Effect"
import { currentMerchantSerialNumber, makeApiClient } from "./internal/client/apiClient.js"
import type { TokenError } from "./TokenError.js"
import type { TokenSource } from "./TokenSource.js"
import type { MerchantSerialNumber } from "./VippsEnvironment.js"

/**
 * An `HttpClient` with all its combinators, whose error type tells that there may be no token.
 *
 * @see {@link StandardClient} for an example
 *
 * @since 0.1.0
 * @category models
 */
export type VippsHttpClient = HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError>

/**
 * The client as a value, and what can be said to it for some requests alone.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardToken, VippsClient } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * // A partner's one token, for whichever merchant the request is.
 * const program = Effect.gen(function* () {
 *   const { merchants } = yield* VippsEmulator
 *   const source = yield* StandardToken
 *   const client = yield* VippsClient.make(source)
 *   const response = yield* client
 *     .get("/epayment/v1/payments/order-1")
 *     .pipe(VippsClient.withMerchantSerialNumber(merchants[0]))
 *   console.log(response.status) // 200
 * })
 *
 * const Live = StandardToken.layerConfig().pipe(
 *   Layer.provide(VippsEmulator.layerConfigProvider()),
 *   Layer.provideMerge(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * @since 0.1.0
 * @category constructors
 */
export const VippsClient = {
  /**
   * A client that sends the token of this source, to the base URL of the source's flow. Paths are relative to it; a URL
   * on another server fails with a `RequestError`, and nothing is sent.
   *
   * It adds `Authorization` and, where the caller has not set them, the subscription key (standard flow), merchant
   * serial number and system headers. A 401 about the subscription key becomes `InvalidCredentials`; any other makes it
   * renew the token, once for all the requests that were refused with it, and send the request once more if its body
   * can be sent again.
   */
  make: (source: TokenSource): Effect.Effect<VippsHttpClient, never, HttpClient.HttpClient> =>
    Effect.map(HttpClient.HttpClient, (client) => makeApiClient(source, client)),

  /**
   * Names the sales unit of all requests within an effect, in place of the one that the keys came with.
   */
  withMerchantSerialNumber:
    (merchantSerialNumber: MerchantSerialNumber) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.locally(effect, currentMerchantSerialNumber, merchantSerialNumber)
}
