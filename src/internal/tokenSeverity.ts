/**
 * How an error counts for back-off and hold.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { HoldInput } from "../core/refreshPolicy.js"
import { isTransient, type TokenRequestError } from "../TokenError.js"

export const severityOf = (error: TokenRequestError): Pick<HoldInput, "kind" | "retryAfterMillis"> => ({
  kind: error._tag === "RateLimited" ? "rateLimited" : isTransient(error) ? "transient" : "terminal",
  retryAfterMillis:
    error._tag === "RateLimited" || error._tag === "Unavailable"
      ? Option.getOrUndefined(Option.map(error.retryAfter, Duration.toMillis))
      : undefined
})
