/**
 * Judges the answer of a token endpoint: a token, or the error that says why there is none.
 */
import type * as Headers from "@effect/platform/Headers"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as DateTime from "effect/DateTime"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../AccessToken.js"
import { scopeRule } from "../../core/keyRules.js"
import { judgeRefusal } from "../../core/refusal.js"
import { serverReader } from "../../core/serverText.js"
import type { FlowName } from "../../core/tokenRequest.js"
import { InvalidResponse, RequestRejected, type TokenRequestError } from "../../TokenError.js"
import { type BoundedBody, jsonOf, maxBodyBytes } from "../http/boundedBody.js"
import { refusalError } from "../tokenErrors.js"
import { readGrant } from "./readGrant.js"

/** The endpoint that was asked, as far as a judgement needs it. */
export interface JudgedEndpoint {
  readonly flow: FlowName
  readonly label: string
  readonly request: HttpClientRequest.HttpClientRequest
  readonly keys: ReadonlyArray<string>
}

/** One answer, read to its end or to the limit of a body. */
export interface Answer {
  readonly status: number
  readonly url: string
  readonly headers: Headers.Headers
  readonly body: BoundedBody
}

/** Judges one answer: the token that it grants, or the error that says why there is none. */
export const judgeAnswer = (
  endpoint: JudgedEndpoint,
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
