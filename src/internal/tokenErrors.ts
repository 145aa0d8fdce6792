/**
 * Token errors: made from a refusal, relabelled, and weighed for back-off.
 */
import type * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { BackOffInput } from "../core/refreshPolicy.js"
import type { Refusal } from "../core/refusal.js"
import type { FlowName } from "../core/tokenRequest.js"
import {
  InvalidCredentials,
  InvalidResponse,
  isTransient,
  RateLimited,
  RequestRejected,
  type TokenRequestError,
  Unavailable
} from "../TokenError.js"

export const refusalError = (
  source: { readonly flow: FlowName; readonly label: string },
  refusal: Refusal
): TokenRequestError => {
  switch (refusal.kind) {
    case "invalidCredentials":
      return new InvalidCredentials({
        ...source,
        key: refusal.key,
        status: refusal.status,
        code: Option.fromNullable(refusal.code),
        description: Option.fromNullable(refusal.description),
        hint: refusal.hint,
        traceId: Option.fromNullable(refusal.traceId),
        correlationId: Option.fromNullable(refusal.correlationId)
      })
    case "rateLimited":
      return new RateLimited({ ...source, retryAfter: durationOf(refusal.retryAfterMillis) })
    case "unavailable":
      return new Unavailable({
        ...source,
        reason: refusal.reason,
        status: Option.some(refusal.status),
        retryAfter: durationOf(refusal.retryAfterMillis)
      })
    case "requestRejected":
      return new RequestRejected({
        ...source,
        status: refusal.status,
        code: Option.fromNullable(refusal.code),
        description: Option.fromNullable(refusal.description),
        hint: refusal.hint
      })
  }
}

const durationOf = (millis: number | undefined): Option.Option<Duration.Duration> =>
  Option.map(Option.fromNullable(millis), Duration.millis)

export const withNextAttemptAt = (error: TokenRequestError, at: DateTime.Utc): TokenRequestError =>
  relabelled(error, { nextAttemptAt: Option.some(at) })

export const relabelled = (
  error: TokenRequestError,
  change: { readonly label?: string; readonly nextAttemptAt: Option.Option<DateTime.Utc> }
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

export const severityOf = (error: TokenRequestError): Pick<BackOffInput, "kind" | "retryAfterMillis"> => ({
  kind: error._tag === "RateLimited" ? "rateLimited" : isTransient(error) ? "transient" : "terminal",
  retryAfterMillis:
    error._tag === "RateLimited" || error._tag === "Unavailable"
      ? Option.getOrUndefined(Option.map(error.retryAfter, Duration.toMillis))
      : undefined
})
