/**
 * When a granted token may be used: its characters, and how long it lives.
 */

import { visibleAsciiRule } from "./keyRules.js"

/** The rule that a token breaks, or nothing: what becomes a header is visible ASCII without white space (F38). */
export const tokenTextRule = visibleAsciiRule

/** A longer lifetime than this is taken for this one: no token is kept for years. */
export const longestLifetimeMillis = 365 * 24 * 60 * 60 * 1000

/** What `expires_in` has to be, as a sentence for an error. */
export const lifetimeRule = "must be a number of seconds above 0"

/** `expires_in` as milliseconds: JSON numbers and strings of digits over 0 are read, all else is not (F19). */
export const lifetimeMillis = (expiresIn: unknown): number | undefined => {
  const seconds =
    typeof expiresIn === "number"
      ? expiresIn
      : typeof expiresIn === "string" && /^[0-9]+$/.test(expiresIn)
        ? Number(expiresIn)
        : Number.NaN
  const millis = Math.min(Math.floor(seconds * 1000), longestLifetimeMillis)
  return millis > 0 ? millis : undefined
}
