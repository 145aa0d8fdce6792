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
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../AccessToken.js"
import { scopeRule } from "../core/keyRules.js"
import { serverReader } from "../core/serverText.js"
import { type FlowName, secretHeaderNames } from "../core/tokenRequest.js"
import { judgeRefusal } from "../core/tokenResponse.js"
import { InvalidResponse, RequestRejected, type TokenRequestError, Unavailable } from "../TokenError.js"
import { type BoundedBody, jsonOf, maxBodyBytes, readBounded } from "./boundedBody.js"
import { readGrant } from "./grant.js"
import { currentFiber, guardOf } from "./guardedRequest.js"
import { refusalError } from "./refusalError.js"

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
  const source = { flow: endpoint.flow, label: endpoint.label }
  return Effect.gen(function* () {
    // Expiry counts from here: the answer may take a while, and the token is no younger for it (F18).
    const sentAt = yield* Clock.currentTimeMillis
    const answer = yield* client.execute(endpoint.request).pipe(
      Effect.catchTag("ResponseError", responseInside),
      Effect.flatMap(readAnswer),
      Effect.mapError((error) => new Unavailable({ ...source, reason: "network", code: networkCode(error.cause) })),
      Effect.timeoutFail({
        duration: endpoint.requestTimeout,
        onTimeout: () => new Unavailable({ ...source, reason: "timeout" })
      })
    )
    const answeredAt = yield* Clock.currentTimeMillis
    return yield* judge(endpoint, answer, sentAt, answeredAt)
  }).pipe(
    inGuard,
    // A fiber that reads the body logs its failure with the request in it: a logger that prints later would show the keys.
    Effect.withUnhandledErrorLogLevel(Option.none()),
    Effect.withSpan("TokenFlow.request", {
      attributes: { "vipps.flow": endpoint.flow, "vipps.label": endpoint.label },
      captureStackTrace: false
    })
  )
}

/** Any other header of an answer may repeat a key, and spans show headers. */
const untoldHeaders = /^(?!accept$|content-length$|content-type$|date$|retry-after$)/

const guarded = guardOf([...secretHeaderNames, untoldHeaders])

const inGuard = <A, E>(exchange: Effect.Effect<A, E>): Effect.Effect<A, E> =>
  Effect.suspend(() => guarded(exchange, asItCame<A, E>(), undefined, currentFiber()))

const asItCame = <A, E>() => ({
  onSuccess: (answer: A): Effect.Effect<A, E> => Effect.succeed(answer),
  onFailure: (error: E): Effect.Effect<A, E> => Effect.fail(error)
})

/** A client below us that filters by status hides the answer in an error: it is the answer that counts. */
const responseInside = (error: HttpClientError.ResponseError) =>
  error.reason === "StatusCode" ? Effect.succeed(error.response) : Effect.fail(error)

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
