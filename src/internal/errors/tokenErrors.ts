/**
 * The constructors of token errors: from judgements, timeouts and failures of a flow. Also copies with another label or
 * time, and the severity of an error for the back-off.
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { BackOffInput } from "../../core/refreshTimes.js"
import type { Refusal } from "../../core/refusal.js"
import {
  InvalidCredentials,
  InvalidResponse,
  isTransient,
  RateLimited,
  RequestRejected,
  TokenError,
  type TokenRequestError,
  Unavailable
} from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"

/** What errors and statuses say of a flow. */
export type FlowNames = Pick<TokenFlow, "name" | "label">

/**
 * The fields of an error or a status that say which flow it is about. A flow of the user's own may have names of any
 * type, or throw when it is looked at: that must not keep its callers from their error (F56).
 */
export const flowFields = (flow: FlowNames): Pick<TokenRequestError, "flow" | "label"> =>
  Option.getOrElse(readNames(flow), () => ({ flow: "standard" as const, label: "a flow that throws" }))

const readNames = Option.liftThrowable(({ label, name }: FlowNames) => ({
  flow: name === "specialized" ? name : ("standard" as const),
  label: String(label)
}))

/** The error for a refusal of the token endpoint, or of the gateway in front of an API. */
export const refusalError = (flow: FlowNames, refusal: Refusal): TokenRequestError => {
  const fields = flowFields(flow)
  const retryAfter = waitOf(refusal.retryAfterMillis)
  switch (refusal.kind) {
    case "invalidCredentials":
      return new InvalidCredentials({
        ...fields,
        key: refusal.key,
        status: refusal.status,
        code: Option.fromNullable(refusal.code),
        description: Option.fromNullable(refusal.description),
        hint: refusal.hint,
        traceId: Option.fromNullable(refusal.traceId),
        correlationId: Option.fromNullable(refusal.correlationId),
        retryAfter
      })
    case "rateLimited":
      return new RateLimited({ ...fields, status: refusal.status, retryAfter })
    case "unavailable":
      return new Unavailable({
        ...fields,
        reason: refusal.reason,
        status: Option.some(refusal.status),
        hint: Option.fromNullable(refusal.hint),
        retryAfter
      })
    case "requestRejected":
      return new RequestRejected({
        ...fields,
        status: refusal.status,
        code: Option.fromNullable(refusal.code),
        description: Option.fromNullable(refusal.description),
        hint: refusal.hint,
        retryAfter
      })
  }
}

const waitOf = (millis: number | undefined) => Option.map(Option.fromNullable(millis), Duration.millis)

/** The error for a request, a flight or a caller that has run out of time. */
export const timeoutError = (flow: FlowNames): Unavailable =>
  new Unavailable({ ...flowFields(flow), reason: "timeout" })

/** The error for an answer without a usable token; `problem` says why, by path. */
export const invalidResponseError = (flow: FlowNames, problem: string, retryAfterMillis?: number): InvalidResponse =>
  new InvalidResponse({ ...flowFields(flow), problem, retryAfter: waitOf(retryAfterMillis) })

/** The error for a flow that dies or interrupts itself: a failed attempt like any other (F6, F11). */
export const flowEndedError = (flow: FlowNames): InvalidResponse =>
  invalidResponseError(flow, "the flow ended without an answer")

/**
 * Turns any failure of a flow into a token request error. A flow of the user's own may fail with an error of another
 * copy of this package, with an encoded one, or with any other value, even one whose getters throw. Never throws, and
 * always returns a plain value of this copy's classes (F47, F56).
 */
export const asTokenRequestError = (flow: FlowNames, error: unknown): TokenRequestError =>
  rebuilt(error).pipe(
    Option.flatten,
    Option.getOrElse(() => invalidResponseError(flow, "the flow failed with an unknown error"))
  )

const rebuilt = Option.liftThrowable(
  (error: unknown): Option.Option<TokenRequestError> =>
    Option.map(
      Schema.is(TokenError)(error) ? Option.some(error) : Schema.decodeUnknownOption(TokenError)(error),
      (known) => copyError(known._tag === "Expired" ? known.cause : known, {})
    )
)

export const withNextAttemptAt = (error: TokenRequestError, at: DateTime.Utc): TokenRequestError =>
  copyError(error, { nextAttemptAt: Option.some(at) })

/** A copy, with another label or time of the next attempt if one is given. */
export const copyError = (
  error: TokenRequestError,
  change: { readonly label?: string; readonly nextAttemptAt?: Option.Option<DateTime.Utc> }
): TokenRequestError => {
  switch (error._tag) {
    case "InvalidCredentials":
      return new InvalidCredentials({ ...error, ...change })
    case "RateLimited":
      return new RateLimited({ ...error, ...change })
    case "Unavailable":
      return new Unavailable({ ...error, ...change })
    case "InvalidResponse":
      return new InvalidResponse({ ...error, ...change })
    case "RequestRejected":
      return new RequestRejected({ ...error, ...change })
  }
}

/** The severity of an error for the back-off. A `Retry-After` counts whatever the error is (F44). */
export const severityOf = (error: TokenRequestError): Pick<BackOffInput, "kind" | "retryAfterMillis"> => ({
  kind: error._tag === "RateLimited" ? "rateLimited" : isTransient(error) ? "transient" : "terminal",
  retryAfterMillis: Option.getOrUndefined(Option.map(error.retryAfter, Duration.toMillis))
})
