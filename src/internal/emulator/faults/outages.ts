/** Faults of rate limits and outages. Sources: docs/vipps-access-token.md §3.2, §4. */
import * as Duration from "effect/Duration"
import {
  apiManagementRefusal,
  entra,
  entraRefusal,
  gatewayRefusal,
  oauthRefusal,
  somethingWentWrong
} from "../tokens/refusals.js"
import { type Answer, answer, httpDate } from "../wire/exchange.js"
import { type Fault, instead, withOptionalHeader } from "./fault.js"

/**
 * Options of faults with a `Retry-After` header.
 *
 * @since 0.1.0
 * @category models
 */
export interface RetryAfter {
  /** The value of `Retry-After`, rounded up to whole seconds. Default: 5 seconds. */
  readonly retryAfter?: Duration.DurationInput | undefined
}

const secondsOf = (options: RetryAfter | undefined): number =>
  Math.ceil(Duration.toSeconds(options?.retryAfter ?? "5 seconds"))

const tooMany = (seconds: number, retryAfter: string | undefined): Answer =>
  withOptionalHeader(
    apiManagementRefusal(429, `Rate limit is exceeded. Try again in ${seconds} seconds.`),
    "retry-after",
    retryAfter
  )

/**
 * 429 from API Management, with `Retry-After` in seconds.
 *
 * @since 0.1.0
 * @category limits
 */
export const rateLimited = (options?: RetryAfter): Fault =>
  instead("rateLimited", () => tooMany(secondsOf(options), String(secondsOf(options))))

/**
 * 429 from API Management, with `Retry-After` as an HTTP date by the emulator's clock.
 *
 * @since 0.1.0
 * @category limits
 */
export const rateLimitedUntilDate = (options?: RetryAfter): Fault =>
  instead("rateLimitedUntilDate", ({ occasion }) =>
    tooMany(secondsOf(options), httpDate(occasion.nowMillis + secondsOf(options) * 1000))
  )

/**
 * 429 from API Management, without `Retry-After`.
 *
 * @since 0.1.0
 * @category limits
 */
export const rateLimitedWithoutRetryAfter: Fault = instead("rateLimitedWithoutRetryAfter", () => tooMany(5, undefined))

/**
 * 429 from Microsoft Entra: `Too Many Requests` as plain text, and `Retry-After: 60`.
 *
 * @since 0.1.0
 * @category limits
 */
export const throttled: Fault = instead("throttled", () =>
  answer(429, "Too Many Requests", { "content-type": "text/plain", "retry-after": "60" })
)

/**
 * 503 `temporarily_unavailable`.
 *
 * @since 0.1.0
 * @category outages
 */
export const temporarilyUnavailable: Fault = instead("temporarilyUnavailable", ({ flow, occasion }) =>
  flow === "specialized"
    ? oauthRefusal(503, "temporarily_unavailable", entra.temporarilyUnavailable.text)
    : entraRefusal(entra.temporarilyUnavailable, occasion)
)

/**
 * 500 from the gateway.
 *
 * @since 0.1.0
 * @category outages
 */
export const internalServerError: Fault = instead("internalServerError", () =>
  gatewayRefusal(500, "Internal Server Error", somethingWentWrong)
)

/**
 * 500 without a body.
 *
 * @since 0.1.0
 * @category outages
 */
export const emptyServerError: Fault = instead("emptyServerError", () => answer(500, ""))

/**
 * 500 with the response code `"1000"` as a string and without `result`, as in an incident of the test environment.
 *
 * @since 0.1.0
 * @category outages
 */
export const incident: Fault = instead("incident", () =>
  gatewayRefusal(500, "Something went wrong. Please try again later.", undefined, "1000")
)

const html = (status: number, reason: string): Answer =>
  answer(
    status,
    `<html>\r\n<head><title>${status} ${reason}</title></head>\r\n<body>\r\n<center><h1>${status} ${reason}</h1></center>\r\n</body>\r\n</html>\r\n`,
    { "content-type": "text/html" }
  )

/**
 * 502 with an HTML page: Vipps is busy.
 *
 * @since 0.1.0
 * @category outages
 */
export const htmlBadGateway: Fault = instead("htmlBadGateway", () => html(502, "Bad Gateway"))

/**
 * 503 with an HTML page, and `Retry-After` in seconds if a duration is given.
 *
 * @since 0.1.0
 * @category outages
 */
export const htmlServiceUnavailable = (options?: RetryAfter): Fault =>
  instead("htmlServiceUnavailable", () =>
    withOptionalHeader(
      html(503, "Service Unavailable"),
      "retry-after",
      options?.retryAfter === undefined ? undefined : String(secondsOf(options))
    )
  )

/**
 * 504 with an HTML page.
 *
 * @since 0.1.0
 * @category outages
 */
export const htmlGatewayTimeout: Fault = instead("htmlGatewayTimeout", () => html(504, "Gateway Time-out"))
