/**
 * One exchange with a token endpoint: send the request, read the answer, say what it means. No retry, no memory.
 *
 * Nothing that the HTTP client or the server says leaves here as it came: their errors repeat URLs, headers and bodies.
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AccessToken } from "../../AccessToken.js"
import { type FlowName, secretHeaderNames } from "../../core/tokenRequest.js"
import { type TokenRequestError, Unavailable } from "../../TokenError.js"
import { readBounded } from "../http/boundedBody.js"
import { guardedRuntimeOf } from "../http/guardedRequest.js"
import { within } from "../http/requestTimeout.js"
import { type Answer, judgeAnswer } from "./judgeAnswer.js"

/** Everything that does not change from one exchange to the next. */
export interface Endpoint {
  readonly flow: FlowName
  readonly label: string
  readonly request: HttpClientRequest.HttpClientRequest
  readonly requestTimeout: Duration.Duration
  /** The caller's keys, to be blanked out of whatever the server says. */
  readonly keys: ReadonlyArray<string>
}

/** Sends the one request and answers the token, or the reason why there is none. */
export const exchange = (
  client: HttpClient.HttpClient,
  endpoint: Endpoint
): Effect.Effect<AccessToken, TokenRequestError> => {
  const { flow, label, requestTimeout } = endpoint
  const asking = ask(client, endpoint)
  const late = Effect.failSync(() => new Unavailable({ flow, label, reason: "timeout" }))
  const options = { attributes: { "vipps.flow": flow, "vipps.label": label }, captureStackTrace: false }
  return Effect.useSpan("TokenFlow.request", options, (span) =>
    Effect.flatMap(Effect.runtime<never>(), (caller) => within(requestTimeout, asking, late, guarded(caller, span)))
  )
}

/** Any other header of an answer may repeat a key, and spans show headers. */
const untoldHeaders = /^(?!accept$|content-length$|content-type$|date$|retry-after$)/

const guarded = guardedRuntimeOf([...secretHeaderNames, untoldHeaders])

const ask = (client: HttpClient.HttpClient, endpoint: Endpoint): Effect.Effect<AccessToken, TokenRequestError> =>
  Effect.clockWith((clock) => {
    // Expiry counts from here: the answer may take a while, and the token is no younger for it (F18).
    const sentAt = clock.unsafeCurrentTimeMillis()
    const { flow, label } = endpoint
    return client.execute(endpoint.request).pipe(
      Effect.matchEffect({ onSuccess: readAnswer, onFailure: readAnswerInside }),
      Effect.matchEffect({
        onSuccess: (answer) => judgeAnswer(endpoint, answer, sentAt, clock.unsafeCurrentTimeMillis()),
        onFailure: ({ cause }) =>
          Effect.fail(new Unavailable({ flow, label, reason: "network", code: networkCode(cause) }))
      })
    )
  })

const readAnswer = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<Answer, HttpClientError.HttpClientError> =>
  Effect.map(readBounded(response), (body) => ({
    status: response.status,
    url: response.request.url,
    headers: response.headers,
    body
  }))

/** A client below us that filters by status hides the answer in an error: it is the answer that counts. */
const readAnswerInside = (
  error: HttpClientError.HttpClientError
): Effect.Effect<Answer, HttpClientError.HttpClientError> =>
  error._tag === "ResponseError" && error.reason === "StatusCode" ? readAnswer(error.response) : Effect.fail(error)

/** The system's own code, such as ECONNREFUSED, wherever in the chain of causes it is; nothing else of them is kept. */
const networkCode = (cause: unknown, depth = 0): Option.Option<string> => {
  if (typeof cause !== "object" || cause === null || depth > 4) return Option.none()
  if ("code" in cause && typeof cause.code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(cause.code)) {
    return Option.some(cause.code)
  }
  return "cause" in cause ? networkCode(cause.cause, depth + 1) : Option.none()
}
