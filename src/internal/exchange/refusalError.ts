/**
 * A refusal, as the rules of `core/tokenResponse` judge it, told as an error.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { Refusal } from "../../core/refusal.js"
import type { FlowName } from "../../core/tokenRequest.js"
import {
  InvalidCredentials,
  RateLimited,
  RequestRejected,
  type TokenRequestError,
  Unavailable
} from "../../TokenError.js"

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
