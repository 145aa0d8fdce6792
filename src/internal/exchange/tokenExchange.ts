/**
 * One exchange with a token endpoint: send the request, read the answer, judge it. The request is sent again once if
 * the server closed an idle connection before answering.
 *
 * Nothing that the HTTP client or the server says leaves here as it came: their errors repeat URLs, headers and bodies
 * (F36, F59).
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { AccessToken } from "../../AccessToken.js"
import { secretSearch } from "../../core/secretSearch.js"
import { serverReader } from "../../core/serverText.js"
import { secretHeaderNames } from "../../core/tokenRequest.js"
import { judgeTransportFailure, type TransportFailure, unreachableHint } from "../../core/transportFailure.js"
import { RequestRejected, type TokenRequestError, Unavailable } from "../../TokenError.js"
import { timeoutFail } from "../effect/timeout.js"
import { flowFields, invalidResponseError, timeoutError } from "../errors/tokenErrors.js"
import { readBounded } from "../http/boundedBody.js"
import { withCleanSpans } from "../http/cleanSpans.js"
import { guardClient } from "../http/guardedRequest.js"
import { withQuietFibers } from "../http/quietFibers.js"
import { type Endpoint, judgeAnswer, type ReadResponse } from "./judgeAnswer.js"
import { userAgent } from "./userAgent.js"

export const exchange = (
  client: HttpClient.HttpClient,
  endpoint: Endpoint
): Effect.Effect<AccessToken, TokenRequestError> => {
  const { label, name, requestTimeout } = endpoint
  const guarded = guardClient(client, {
    secretNames: [...secretHeaderNames, redactedResponseHeaders],
    init: noStore(),
    userAgent
  })
  return requestToken(guarded, endpoint).pipe(
    timeoutFail({ duration: requestTimeout, onTimeout: () => timeoutError(endpoint) }),
    withQuietFibers,
    Effect.withSpan("TokenFlow.request", {
      attributes: { "vipps.flow": name, "vipps.label": label },
      captureStackTrace: false
    })
  )
}

/** Every header of an answer may repeat a key, but for the one that must be a number. Spans show headers. */
const redactedResponseHeaders = /^(?!content-length$)/

/**
 * Keeps a framework's `fetch` from caching the token (F49). Older Workers throw at the option, and have no cache there.
 */
const noStore = (): RequestInit =>
  typeof Request !== "undefined" && "cache" in Request.prototype ? { cache: "no-store" } : {}

const requestToken = (
  client: HttpClient.HttpClient,
  endpoint: Endpoint
): Effect.Effect<AccessToken, TokenRequestError> =>
  send(client, endpoint).pipe(
    // A server may close an idle connection at the moment of the request, which it has not read then (F58).
    Effect.retry({ times: 1, while: ({ kind }) => kind === "closed" }),
    Effect.flatMap(({ response, sentAt }) => Effect.map(readAnswer(response), (answer) => ({ answer, sentAt }))),
    // An error that throws when it is looked at.
    Effect.catchAllDefect(() => Effect.fail<TransportFailure>({ kind: "passing", code: undefined })),
    Effect.mapError((failure) => transportError(endpoint, failure)),
    Effect.flatMap(({ answer, sentAt }) =>
      Effect.clockWith((clock) => judgeAnswer(endpoint, answer, sentAt, clock.unsafeCurrentTimeMillis()))
    ),
    // A defect of ours is a failed attempt like any other. It is not kept: it may repeat the answer.
    Effect.catchAllDefect(() => Effect.fail(invalidResponseError(endpoint, "cannot be judged")))
  )

/**
 * Sends the request. Whatever the client does instead of answering is a failure (F59): a defect, and an interruption.
 */
const send = (client: HttpClient.HttpClient, { request, secrets }: Endpoint): Effect.Effect<Sent, TransportFailure> =>
  Effect.clockWith((clock) => {
    // Expiry counts from here, however long the answer takes (F18).
    const sentAt = clock.unsafeCurrentTimeMillis()
    return Effect.suspend(() => client.execute(request)).pipe(
      withCleanSpans(secretSearch(secrets)),
      Effect.catchAllCause(responseInside),
      Effect.map((response) => ({ response, sentAt }))
    )
  })

interface Sent {
  readonly response: HttpClientResponse.HttpClientResponse
  readonly sentAt: number
}

/** If a client below us filters by status, the answer is inside its error. */
const responseInside = (
  cause: Cause.Cause<HttpClientError.HttpClientError>
): Effect.Effect<HttpClientResponse.HttpClientResponse, TransportFailure> => {
  const error = Cause.squash(cause)
  return HttpClientError.isHttpClientError(error) && error._tag === "ResponseError" && error.reason === "StatusCode"
    ? Effect.succeed(error.response)
    : Effect.fail(judgeTransportFailure(error))
}

const readAnswer = (response: HttpClientResponse.HttpClientResponse): Effect.Effect<ReadResponse, TransportFailure> =>
  readBounded(response).pipe(
    Effect.map((body) => ({
      status: response.status,
      url: response.request.url,
      headers: response.headers,
      body
    })),
    Effect.catchAllCause((cause) => Effect.fail(judgeTransportFailure(Cause.squash(cause))))
  )

const transportError = (endpoint: Endpoint, failure: TransportFailure): TokenRequestError => {
  // A client below us may put anything there.
  const code = Option.fromNullable(serverReader(endpoint.secrets).code(failure.code))
  return failure.kind === "terminal"
    ? new RequestRejected({ ...flowFields(endpoint), status: 0, code, hint: failure.hint })
    : new Unavailable({
        ...flowFields(endpoint),
        reason: "network",
        code,
        hint: Option.some(unreachableHint(endpoint.request.url, failure.code))
      })
}
