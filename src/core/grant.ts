/**
 * The grant in an answer with a status of the 200s: a token, its lifetime, and its scope. Plain guards read it, and
 * every problem is described in our own words: the answer may be anything, and none of it may be printed (F36, F57).
 */
import { jsonField } from "./jsonField.js"
import { scopeRule, visibleAsciiRule } from "./keyRules.js"
import { serverReader } from "./serverText.js"

/** Tokens of Vipps have about 1,200 characters; a longer one than this cannot become a header everywhere. */
export const longestTokenLength = 16 * 1024

/** Longer lifetimes count as this one: no token is kept for years. */
export const longestLifetimeMillis = 365 * 24 * 60 * 60 * 1000

/** The rule that a token breaks, or nothing: a header is visible ASCII without white space, not too long (F38). */
export const tokenTextRule = (text: string): string | undefined =>
  text.length > longestTokenLength ? `is longer than ${longestTokenLength} characters` : visibleAsciiRule(text)

/** `expires_in` as milliseconds: JSON numbers and strings of digits over 0 are read, all else is refused (F19). */
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

export interface Grant {
  readonly kind: "granted"
  readonly token: string
  readonly lifeMillis: number
  readonly scope: string | undefined
}

export interface InvalidGrant {
  readonly kind: "invalidResponse"
  /** The fault, by path; never anything of the answer itself. */
  readonly problem: string
}

/** Reads the grant of a JSON body; all fields but four are ignored. The caller's secrets are kept out of the scope. */
export const readGrant = (body: unknown, secrets: ReadonlyArray<string>): Grant | InvalidGrant => {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return invalid("body: must be a JSON object")

  const token = jsonField(body, "access_token")
  if (token === undefined) return invalid("access_token: is missing")
  const brokenRule = typeof token === "string" ? tokenTextRule(token) : visibleAsciiRule("")
  if (typeof token !== "string" || brokenRule !== undefined) return invalid(`access_token: ${brokenRule}`)

  const expiresIn = jsonField(body, "expires_in")
  if (expiresIn === undefined) return invalid("expires_in: is missing")
  const lifeMillis = lifetimeMillis(expiresIn)
  if (lifeMillis === undefined) return invalid("expires_in: must be a number of seconds above 0")

  const tokenType = jsonField(body, "token_type")
  if (tokenType !== undefined && !isBearer(tokenType)) return invalid("token_type: must be Bearer")

  return { kind: "granted", token, lifeMillis, scope: printableScope(jsonField(body, "scope"), [...secrets, token]) }
}

const invalid = (problem: string): InvalidGrant => ({ kind: "invalidResponse", problem })

const isBearer = (tokenType: unknown): boolean =>
  typeof tokenType === "string" && tokenType.length === "Bearer".length && tokenType.toLowerCase() === "bearer"

/** A scope is printed with the token, so it must look like one, and contain neither the token nor a key. */
const printableScope = (scope: unknown, secrets: ReadonlyArray<string>): string | undefined =>
  typeof scope === "string" && scopeRule(scope) === undefined ? serverReader(secrets).unchanged(scope) : undefined
