/**
 * A token request's error, told again: with the time of the next attempt, or under another's label.
 */
import type * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import {
  InvalidCredentials,
  InvalidResponse,
  RateLimited,
  RequestRejected,
  type TokenRequestError,
  Unavailable
} from "../TokenError.js"

export const withNextAttemptAt = (error: TokenRequestError, at: DateTime.Utc): TokenRequestError =>
  retold(error, { nextAttemptAt: Option.some(at) })

export const retold = (
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
