/**
 * One exchange with a token endpoint: send the request, read the answer, say what it means. No retry, no memory.
 *
 * Nothing that the HTTP client or the server says leaves here as it came: their errors repeat URLs, headers and bodies.
 */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../AccessToken.js"
import { scopeRule } from "../../core/keyRules.js"
import { judgeRefusal } from "../../core/refusal.js"
import { serverReader } from "../../core/serverText.js"
import { type FlowName, secretHeaderNames } from "../../core/tokenRequest.js"
import { InvalidResponse, RequestRejected, type TokenRequestError, Unavailable } from "../../TokenError.js"
import { type BoundedBody, jsonOf, maxBodyBytes, readBounded } from "../http/boundedBody.js"
import { guardedRuntimeOf } from "../http/guardedRequest.js"
import { within } from "../http/requestTimeout.js"
import { refusalError } from "../tokenErrors.js"
import { readGrant } from "./readGrant.js"

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
        onSuccess: (answer) => judge(endpoint, answer, sentAt, clock.unsafeCurrentTimeMillis()),
        onFailure: ({ cause }) =>
          Effect.fail(new Unavailable({ flow, label, reason: "network", code: networkCode(cause) }))
      })
    )
  })

interface Answer {
  readonly status: number
  readonly url: string
  readonly headers: Headers.Headers
  readonly body: BoundedBody
}

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

// ---------------------------------------------------------------------------------------------------------------------
// Judging
// ---------------------------------------------------------------------------------------------------------------------

const judge = (
  endpoint: Endpoint,
  answer: Answer,
  sentAt: number,
  answeredAt: number
): Either.Either<AccessToken, TokenRequestError> => {
  const source = { flow: endpoint.flow, label: endpoint.label }
  if (!URL.canParse(answer.url) || new URL(answer.url).origin !== new URL(endpoint.request.url).origin) {
    return Either.left(new RequestRejected({ ...source, ...fromAnotherHost(answer.status) }))
  }
  const json = jsonOf(answer.body)
  if (answer.status >= 200 && answer.status < 300) {
    return grantIn(answer.body, json).pipe(
      Either.filterOrLeft(
        (grant) => sentAt + grant.expires_in > answeredAt,
        () => "expires_in: was over before the answer arrived"
      ),
      Either.mapBoth({
        onLeft: (problem) => new InvalidResponse({ ...source, problem }),
        onRight: ({ access_token, expires_in, scope }) =>
          AccessToken.make({
            value: Redacted.make(access_token),
            flow: endpoint.flow,
            issuedAt: DateTime.unsafeMake(sentAt),
            expiresIn: expires_in,
            scope: printable(scope, [...endpoint.keys, access_token])
          })
      })
    )
  }
  const refusal = judgeRefusal({
    flow: endpoint.flow,
    status: answer.status,
    retryAfter: answer.headers["retry-after"],
    date: answer.headers.date,
    body: Option.getOrUndefined(json),
    keys: endpoint.keys,
    nowMillis: answeredAt
  })
  return Either.left(refusalError(source, refusal))
}

const grantIn = (body: BoundedBody, json: Option.Option<unknown>): ReturnType<typeof readGrant> => {
  if (Option.isSome(json)) return readGrant(json.value)
  if (!body.complete) return Either.left(`body: is longer than ${maxBodyBytes} bytes`)
  return Either.left(body.bytes.length === 0 ? "body: is empty" : "body: is not JSON")
}

/** A scope is printed with the token, so it must look like one, and hold neither the token nor a key. */
const printable = (scope: unknown, secrets: ReadonlyArray<string>): string | undefined =>
  typeof scope === "string" && scopeRule(scope) === undefined ? serverReader(secrets).unchanged(scope) : undefined

const fromAnotherHost = (status: number) => ({
  status,
  hint:
    "The answer came from another host than the one asked: the HttpClient below follows redirects or changes the URL. " +
    "Provide one that does neither; for another server use VippsEnvironment.custom."
})

/** The system's own code, such as ECONNREFUSED, wherever in the chain of causes it is; nothing else of them is kept. */
const networkCode = (cause: unknown, depth = 0): Option.Option<string> => {
  if (typeof cause !== "object" || cause === null || depth > 4) return Option.none()
  if ("code" in cause && typeof cause.code === "string" && /^[A-Z][A-Z0-9_]{1,63}$/.test(cause.code)) {
    return Option.some(cause.code)
  }
  return "cause" in cause ? networkCode(cause.cause, depth + 1) : Option.none()
}
