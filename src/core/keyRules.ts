/**
 * Rules for the text of one setting: a key, a merchant serial number, a system name. A rule is a sentence that an error
 * can show behind the setting's name; the value that broke it is never shown.
 */

/** Takes a value and returns the rule that it breaks, or nothing. */
export type Rule = (value: string) => string | undefined

/** The first rule that a value breaks. */
const firstOf =
  (...rules: ReadonlyArray<Rule>): Rule =>
  (value) => {
    for (const rule of rules) {
      const broken = rule(value)
      if (broken !== undefined) return broken
    }
    return undefined
  }

const notEmptyRule: Rule = (value) => (value === "" ? "must not be empty" : undefined)

/** The text of a header. */
export const visibleAsciiRule: Rule = (value) =>
  /^[\x21-\x7e]+$/.test(value) ? undefined : "must be visible ASCII characters without spaces"

/** Real keys have fewer than 100 bytes; more is a file or a token in the wrong place (F60). */
const longestKeyBytes = 1024

const sizeRule: Rule = (value) =>
  value.length > longestKeyBytes || new TextEncoder().encode(value).length > longestKeyBytes
    ? `must be at most ${longestKeyBytes} bytes`
    : undefined

/** Docker's env files keep the quotes that a shell strips; a line of JSON has a comma behind them (F54). */
export const quotesRule: Rule = (value) =>
  /^\\?(["'`“”„‘’‚«»]|&quot;|%22)|(["'`“”„‘’‚«»]|&quot;|%22)[,;]?$/i.test(value) ? "must not be in quotes" : undefined

/**
 * <your-key>, [your-key], {your-key}, %KEY%, __KEY__, @@KEY@@; ${KEY}, #{KEY}#, {{ key }} anywhere; $KEY, $(command).
 */
const templates: ReadonlyArray<RegExp> = [
  /^(<.*>|\[.*\]|\{.*\}|%\w+%|__.+__|@@.+@@)$/s,
  /[$#]\{[^}]*\}|\{\{.*\}\}|^\$([A-Za-z_]\w*|\(.*\))$/s
]

const standIns: ReadonlyArray<RegExp> = [
  // Printed by programs that have no value, or a redacted one.
  /^(undefined|null|none|nil|nan|n\/a|true|false|\(null\)|\(?redacted\)?)$/i,
  // your-key, YOUR_KEY, yourSecret
  /^your[-_ .]|^your(client|subscription|secret|key)/i,
  // change-me, replace_this, insert-key-here, TODO
  /^(please[-_ ])?(change|replace|fill|insert|put|enter|paste|add|set)[-_ ]?(me|this|it|in|here|with|your)([-_ ].*)?$/i,
  /^(insert|put|enter|paste|add)[-_ ].*[-_ ]here$/i,
  /^(todo|tbd|fixme|placeholder)([-_ ].*)?$/i,
  // xxxxxxxx, xxxx-xxxx, ********, ab******, ••••, ....
  /^x[x\-_.]{2,}$|\*{3,}|•{3,}|^[.…_?#-]+$/i,
  // The name of a setting or of its variable.
  /^(vipps[-_ ])?(specialized[-_ ])?((client|subscription)[-_ ]?(id|secret|key)|ocp-apim-subscription-key)$/i,
  /^VIPPS_[A-Z_]+$/
]

const noneOf =
  (patterns: ReadonlyArray<RegExp>): Rule =>
  (value) =>
    patterns.some((pattern) => pattern.test(value))
      ? "must be the real value, not a placeholder that nothing has filled in"
      : undefined

/** Text that a template engine or a shell should have replaced can never be right, nor can quotes (F54). */
export const filledInRule: Rule = firstOf(quotesRule, noneOf(templates))

/** A line of an environment file; the address of the value in a secret manager; or its ciphertext. */
const aloneRule: Rule = (value) =>
  /^(export )?(VIPPS_[A-Z_]+|client[-_]?id|client[-_]?secret|ocp-apim-subscription-key)\s*[=:]/i.test(value)
    ? "must be the value alone, without its name"
    : elsewhere.test(value)
      ? "must be the value itself, not the address where it is kept"
      : undefined

const elsewhere = new RegExp(
  "^([a-z][a-z0-9+.-]*://|arn:aws|@Microsoft\\.KeyVault\\(|projects/.+/secrets/|/run/secrets/|(vault|ssm|env):|env\\(|" +
    "process\\.env\\b|os\\.environ\\b|ENC\\[|\\{cipher\\})",
  "i"
)

const keyRule: Rule = firstOf(filledInRule, noneOf(standIns), aloneRule)

/** A key that travels as a header of its own. Checked before sending: fetch repeats a bad header value in its error. */
export const headerKeyRule: Rule = firstOf(notEmptyRule, sizeRule, keyRule, visibleAsciiRule)

/** A gateway reads a header with a comma as two: two keys were pasted, or one with the text behind it. */
export const subscriptionKeyRule: Rule = firstOf(headerKeyRule, (value) =>
  value.includes(",") ? "must not contain a comma" : undefined
)

/** The user-id of Basic authentication must not hold a colon (RFC 7617 §2). */
export const basicClientIdRule: Rule = firstOf(headerKeyRule, (value) =>
  value.includes(":") ? "must not contain a colon" : undefined
)

/** The secret of the specialized flow travels in Base64: any text without control characters (RFC 7617 §2). */
export const basicSecretRule: Rule = firstOf(
  notEmptyRule,
  sizeRule,
  (value) => (value.isWellFormed() ? undefined : "must be well-formed Unicode"),
  (value) => (/\p{Cc}/u.test(value) ? "must not contain control characters" : undefined),
  keyRule
)

/** OAuth 2.0 scope-tokens, separated by single spaces (RFC 6749 §3.3). */
export const scopeRule: Rule = (value) =>
  /^[\x21\x23-\x5b\x5d-\x7e]+( [\x21\x23-\x5b\x5d-\x7e]+)*$/.test(value)
    ? undefined
    : "must be scope names separated by single spaces"

/** A scope of the user's own, as opposed to one that a server answers with. */
export const requestedScopeRule: Rule = firstOf(scopeRule, sizeRule, filledInRule, noneOf(standIns))

/** Four to ten digits: the specification says 4–6 and 4–7, newer pages 4–10 (docs/vipps-access-token.md §5). */
export const merchantSerialNumberPattern = /^[0-9]{4,10}$/

export const merchantSerialNumberRule: Rule = (value) =>
  merchantSerialNumberPattern.test(value) ? undefined : "must be 4 to 10 digits"

/** The specification allows 30 characters in each `Vipps-System-*` header. */
export const systemHeaderRule: Rule = firstOf(
  (value) =>
    /^[\x21-\x7e]([\x20-\x7e]{0,28}[\x21-\x7e])?$/.test(value) ? undefined : "must be 1 to 30 visible ASCII characters",
  filledInRule
)
