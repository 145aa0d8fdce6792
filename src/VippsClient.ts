/**
 * API requests that carry a working token: an `HttpClient` that adds it, recovers once from a refused one, and never
 * sends it to another server.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import { makeApiClient } from "./internal/client/apiClient.js"
import { currentRequestOptions } from "./internal/client/apiHeaders.js"
import { makePlainClient } from "./internal/client/plainClient.js"
import type { TokenError } from "./TokenError.js"
import type { TokenSource } from "./TokenSource.js"
import type { MerchantSerialNumber } from "./VippsEnvironment.js"

/**
 * An `HttpClient` with all its combinators, whose error type includes the token errors.
 *
 * @see {@link StandardClient} for an example
 * @since 0.1.0
 * @category models
 */
export type VippsHttpClient = HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError>

/**
 * The API of a unit test: takes a request and its whole URL, and returns a web `Response`, or an effect of one, which
 * may fail as requests do, with a token error as well.
 *
 * @see `StandardClient.layerTest` for an example
 * @since 0.1.0
 * @category testing
 */
export type TestApi = (
  request: HttpClientRequest.HttpClientRequest,
  url: URL
) => Response | Promise<Response> | Effect.Effect<Response, HttpClientError.HttpClientError | TokenError>

/**
 * Constructors of API clients, and options for the requests within an effect.
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
 *     .get("/epayment/v1/payments/order-1001")
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
   * Makes a client that sends the token of a source to the base URL of the source's flow. Paths are relative to it; a
   * URL on another server, or outside the base URL's path, fails with a `RequestError`, and nothing is sent.
   *
   * The client adds `Authorization` and, unless the caller has set them, the subscription key (standard flow), the
   * merchant serial number and the system headers. A `Host` header of the caller is dropped.
   *
   * A 401 about the subscription key becomes `InvalidCredentials`. Any other 401 starts one renewal of the token for
   * all requests that were refused, at most one in 30 seconds for a key, and the request is sent once more with the new
   * token. If another token had replaced the refused one meanwhile, that one is tried first. A request whose body
   * cannot be sent again gets its 401 at once. A merchant whose request is refused with a renewed token as well starts
   * no renewal for 5 minutes.
   *
   * If the renewal fails, the requests that waited for it fail with its token error; for the next 30 seconds a 401 is
   * passed through.
   */
  make: (source: TokenSource): Effect.Effect<VippsHttpClient, never, HttpClient.HttpClient> =>
    Effect.map(HttpClient.HttpClient, (client) => makeApiClient(source, client)),

  /**
   * Turns a client into a plain `HttpClient`, for generated clients and libraries that take no other error type.
   *
   * A token error becomes a `RequestError` with the token error as its `cause`. Its `reason` is `Transport` if a retry
   * may help, and `Encode` if it cannot, so that `HttpClient.retryTransient` does not repeat requests with wrong keys.
   */
  toHttpClient: (client: VippsHttpClient): HttpClient.HttpClient => makePlainClient(client),

  /**
   * Sets the merchant serial number of all requests within an effect, in place of the one that the keys came with.
   *
   * A request with a number that breaks the rule (4 to 10 digits) fails with a `RequestError`, and nothing is sent.
   */
  withMerchantSerialNumber:
    (merchantSerialNumber: MerchantSerialNumber) =>
    <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
      Effect.locallyWith(effect, currentRequestOptions, (options) => ({ ...options, merchantSerialNumber })),

  /**
   * Leaves the subscription key out of all requests within an effect: the Userinfo and Login APIs refuse it. A key that
   * the caller has set as a header of the request stays.
   */
  withoutSubscriptionKey: <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.locallyWith(effect, currentRequestOptions, (options) => ({ ...options, withoutSubscriptionKey: true }))
}
