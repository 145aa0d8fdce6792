/**
 * Faults in grants: a 200 without a usable token, or with an unusual one. Sources: docs/vipps-access-token.md §10.6,
 * §1.2.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { answer, httpDate, withHeaders } from "../wire/exchange.js"
import { changed, changedGrant, type Fault, type Fields, instead } from "./fault.js"

/**
 * A grant with changed fields. `undefined` leaves a field out.
 *
 * @example
 * ```ts
 * import { Fault } from "effect-vipps-token/testing"
 *
 * const macToken = Fault.grant({ token_type: "MAC", ext_expires_in: "0", resource: undefined })
 * ```
 *
 * @since 0.1.0
 * @category grants
 */
export const grant = (fields: Fields): Fault => changedGrant("grant", (due) => ({ ...due, ...fields }))

/**
 * A grant with any JSON value as `expires_in`. `undefined` leaves it out.
 *
 * @since 0.1.0
 * @category grants
 */
export const expiresIn = (value: unknown): Fault => changedGrant("expiresIn", (due) => ({ ...due, expires_in: value }))

/**
 * A grant without `access_token`.
 *
 * @since 0.1.0
 * @category grants
 */
export const missingAccessToken: Fault = changedGrant("missingAccessToken", (due) => ({
  ...due,
  access_token: undefined
}))

/**
 * A grant whose token contains CR and LF, and would smuggle in a header.
 *
 * @since 0.1.0
 * @category grants
 */
export const tokenWithLineBreak: Fault = changedGrant("tokenWithLineBreak", (due) => ({
  ...due,
  access_token: `${String(due.access_token)}\r\nx-injected: true`
}))

/**
 * A grant whose token contains non-ASCII characters.
 *
 * @since 0.1.0
 * @category grants
 */
export const tokenWithNonAscii: Fault = changedGrant("tokenWithNonAscii", (due) => ({
  ...due,
  access_token: `${String(due.access_token)}é€`
}))

/**
 * A grant of a token that has already expired. No API accepts it.
 *
 * @since 0.1.0
 * @category grants
 */
export const expiredToken: Fault = changedGrant("expiredToken", (due, { occasion, revoke }) => {
  revoke(String(due.access_token))
  const now = Math.floor(occasion.nowMillis / 1000)
  return {
    ...due,
    expires_in: sameForm(due.expires_in, 0),
    ...(due.expires_on === undefined ? {} : { expires_on: sameForm(due.expires_on, now - 1) })
  }
})

/**
 * The client's last token again, with its remaining lifetime; a new token if there was none.
 *
 * @since 0.1.0
 * @category grants
 */
export const sameToken: Fault = { name: "sameToken", play: ({ again }) => again }

/**
 * A server with a wrong clock: `Date`, `expires_on` and `not_before` are ahead or behind, `expires_in` is right.
 *
 * @example
 * ```ts
 * import { Fault } from "effect-vipps-token/testing"
 *
 * const late = Fault.wrongClock({ behind: "2 hours" })
 * const early = Fault.wrongClock({ ahead: "1 day" })
 * ```
 *
 * @since 0.1.0
 * @category grants
 */
export const wrongClock = (
  skew: { readonly ahead: Duration.DurationInput } | { readonly behind: Duration.DurationInput }
): Fault => {
  const seconds = Math.round("ahead" in skew ? Duration.toSeconds(skew.ahead) : -Duration.toSeconds(skew.behind))
  const shifted = changedGrant("wrongClock", (due) => ({
    ...due,
    ...shift(due, "expires_on", seconds),
    ...shift(due, "not_before", seconds)
  }))
  return {
    ...shifted,
    play: (exchange) =>
      Effect.map(shifted.play(exchange), (due) =>
        withHeaders(due, { date: httpDate(exchange.occasion.nowMillis + seconds * 1000) })
      )
  }
}

const shift = (due: Fields, field: string, seconds: number): Fields =>
  due[field] === undefined ? {} : { [field]: sameForm(due[field], Number(due[field]) + seconds) }

/** Keeps the form of the earlier value: a number, or a string of digits. */
const sameForm = (before: unknown, after: number): number | string =>
  typeof before === "number" ? after : String(after)

/**
 * 200 without a body.
 *
 * @since 0.1.0
 * @category grants
 */
export const emptyGrant: Fault = changed("emptyGrant", (due) =>
  due.status === 200 ? { ...due, body: new Uint8Array() } : due
)

/**
 * 200 whose JSON ends in the middle of the token.
 *
 * @since 0.1.0
 * @category grants
 */
export const truncatedGrant: Fault = changed("truncatedGrant", (due) =>
  due.status === 200 ? { ...due, body: due.body.subarray(0, Math.floor(due.body.length / 2)) } : due
)

/**
 * 200 with the HTML page of a captive portal.
 *
 * @since 0.1.0
 * @category grants
 */
export const nonJsonGrant: Fault = instead("nonJsonGrant", () =>
  answer(200, "<!doctype html><title>Welcome to the guest network</title>", { "content-type": "text/html" })
)
