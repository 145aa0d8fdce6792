/**
 * A token request's error, told again with the time of the next attempt.
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

export const withNextAttemptAt = (error: TokenRequestError, at: DateTime.Utc): TokenRequestError => {
  const nextAttemptAt = Option.some(at)
  switch (error._tag) {
    case "InvalidCredentials":
      return new InvalidCredentials({ ...error, nextAttemptAt })
    case "RateLimited":
      return new RateLimited({ ...error, nextAttemptAt })
    case "Unavailable":
      return new Unavailable({ ...error, nextAttemptAt })
    case "InvalidResponse":
      return new InvalidResponse({ ...error, nextAttemptAt })
    case "RequestRejected":
      return new RequestRejected({ ...error, nextAttemptAt })
  }
}
