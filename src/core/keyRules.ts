/**
 * What a key, a merchant serial number and a system name must look like before they may become a header or a part of
 * one. Each rule is a sentence that an error can show; a value that broke it is never shown.
 */

/** Takes the value and answers the rule that it breaks, or nothing. */
export type Rule = (value: string) => string | undefined

export const visibleAscii = "must be visible ASCII characters without spaces"

/** What becomes a header of its own. */
export const visibleAsciiRule: Rule = (value) => (/^[\x21-\x7e]+$/.test(value) ? undefined : visibleAscii)

/** A key that travels as a header of its own. Checked before sending: fetch repeats a bad header value in its error. */
export const headerKeyRule: Rule = (value) => (value === "" ? "must not be empty" : visibleAsciiRule(value))

/** The user-id of Basic authentication must not hold a colon (RFC 7617 §2). */
export const basicClientIdRule: Rule = (value) =>
  headerKeyRule(value) ?? (value.includes(":") ? "must not contain a colon" : undefined)

/** The secret of the specialized flow travels in Base64: any text will do, but for control characters (RFC 7617 §2). */
export const basicSecretRule: Rule = (value) =>
  value === ""
    ? "must not be empty"
    : !value.isWellFormed()
      ? "must be well-formed Unicode"
      : /\p{Cc}/u.test(value)
        ? "must not contain control characters"
        : undefined

/** OAuth 2.0 scope-tokens, separated by single spaces (RFC 6749 §3.3). */
export const scopeRule: Rule = (value) =>
  /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
    ? undefined
    : "must be scope names separated by single spaces"

/** Four to ten digits: the specification says 4–6 and 4–7, newer pages 4–10 (docs/vipps-access-token.md §5). */
export const merchantSerialNumberPattern = /^[0-9]{4,10}$/

export const merchantSerialNumberRule: Rule = (value) =>
  merchantSerialNumberPattern.test(value) ? undefined : "must be 4 to 10 digits"

/** The specification's limit for each `Vipps-System-*` header. */
export const systemHeaderMaxLength = 30

export const systemHeaderPattern = /^[\x21-\x7e]([\x20-\x7e]{0,28}[\x21-\x7e])?$/

export const systemHeaderRule: Rule = (value) =>
  systemHeaderPattern.test(value) ? undefined : `must be 1 to ${systemHeaderMaxLength} visible ASCII characters`
