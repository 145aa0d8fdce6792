/** Judges the answer of a token endpoint: a token, or the error that says why there is none. */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../AccessToken.js"
import { serverReader } from "../../core/serverText.js"
import { type AnswerBody, judgeTokenAnswer } from "../../core/tokenAnswer.js"
import { RequestRejected, type TokenRequestError } from "../../TokenError.js"
import { type FlowNames, flowFields, invalidResponseError, refusalError } from "../errors/tokenErrors.js"
import { type BoundedBody, jsonOf, maxBodyBytes } from "../http/boundedBody.js"

/** The endpoint of a flow: everything that does not change from one exchange to the next. */
export interface Endpoint extends FlowNames {
  readonly request: HttpClientRequest.HttpClientRequest
  readonly requestTimeout: Duration.Duration
  /** The caller's keys, to be blanked out of whatever the server says. */
  readonly secrets: ReadonlyArray<string>
}

/** The HTTP response, read to its end or to the limit of a body. */
export interface ReadResponse {
  readonly status: number
  readonly url: string
  readonly headers: Headers.Headers
  readonly body: BoundedBody
}

export const judgeAnswer = (
  endpoint: Endpoint,
  answer: ReadResponse,
  sentAt: number,
  receivedAt: number
): Either.Either<AccessToken, TokenRequestError> => {
  if (!URL.canParse(answer.url) || new URL(answer.url).origin !== new URL(endpoint.request.url).origin) {
    return Either.left(new RequestRejected({ ...flowFields(endpoint), status: answer.status, hint: fromAnotherHost }))
  }
  const judgement = judgeTokenAnswer({
    flow: endpoint.name,
    status: answer.status,
    headers: answer.headers,
    body: bodyOf(endpoint, answer.body),
    secrets: endpoint.secrets,
    sentAtMillis: sentAt,
    receivedAtMillis: receivedAt
  })
  switch (judgement.kind) {
    case "granted":
      return Either.right(
        AccessToken.make({
          value: Redacted.make(judgement.token),
          flow: endpoint.name,
          issuedAt: DateTime.unsafeMake(sentAt),
          expiresIn: judgement.lifeMillis,
          scope: judgement.scope
        })
      )
    case "invalidResponse":
      return Either.left(invalidResponseError(endpoint, judgement.problem, judgement.retryAfterMillis))
    case "requestRejected":
      return Either.left(
        refusalError(endpoint, { ...judgement, hint: `${judgement.hint} It was sent to ${endpoint.request.url}` })
      )
    default:
      return Either.left(refusalError(endpoint, judgement))
  }
}

const bodyOf = (endpoint: Endpoint, body: BoundedBody): AnswerBody =>
  Option.match(jsonOf(body), {
    onSome: (json) => ({ kind: "json", json }),
    onNone: () => ({ kind: "unreadable", problem: problemOf(endpoint, body) })
  })

const problemOf = ({ secrets }: Endpoint, body: BoundedBody): string => {
  if (Option.isSome(body.unknownCoding)) {
    const coding = serverReader(secrets).code(body.unknownCoding.value) ?? "none that has a name"
    return `its content-encoding is ${coding}, not gzip or deflate`
  }
  if (!body.complete) return `is longer than ${maxBodyBytes} bytes`
  return body.bytes.length === 0 ? "is empty" : "is not JSON"
}

const fromAnotherHost =
  "The answer came from another host than the one asked: the HttpClient below follows redirects or changes the URL. " +
  "Provide one that does neither; for another server use VippsEnvironment.custom."
