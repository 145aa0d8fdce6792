/**
 * Rules for the settings of a store. A rule is a sentence that an error can show behind the setting's name; the value
 * that broke it is never shown.
 */
import { percentDecoded } from "./escapes.js"
import { filledInRule, type Rule } from "./keyRules.js"

const notEncoded =
  "must have its user name and password percent-encoded in UTF-8: / as %2F, # as %23, ? as %3F, @ as %40 and % as %25"

/** A `/`, `#` or `?` in a password ends the host too early: another host or none, and the rest in the path (F54). */
export const storeUrlRule: Rule = (value) => {
  if (!/^rediss?:\/\//i.test(value)) return "must be a URL that begins with redis:// or, for TLS, rediss://"
  const broken = filledInRule(value)
  if (broken !== undefined) return broken
  const isUrl = URL.canParse(value)
  const beyondHost = isUrl ? new URL(value).href.replace(/^rediss?:\/\/[^/?#]*/, "") : value
  // The client throws at bytes that are not UTF-8.
  const isDecodable = !/%(?![0-9a-f]{2})/i.test(value) && !percentDecoded(value).includes("\ufffd")
  if (beyondHost.includes("@") || !isDecodable) return notEncoded
  return isUrl ? undefined : "must be a URL such as redis://cache.example:6379"
}

const howToMakeOne = "must be 32 random bytes in Base64, as `openssl rand -base64 32` prints them"

/** A passphrase in Base64 is still a passphrase: of 32 random bytes, some are not printable ASCII. */
export const sealingKeyRule: Rule = (value) =>
  !/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(value)
    ? howToMakeOne
    : /^[\x20-\x7e]*$/.test(atob(value)) || new Set(atob(value)).size < 12
      ? `${howToMakeOne}, and no passphrase`
      : undefined

/** Sealing keys in one variable: the first seals, all open. */
export const sealingKeysOf = (value: string): ReadonlyArray<string> => value.split(/[\s,]+/).filter((key) => key !== "")

export const sealingKeysRule = (keys: ReadonlyArray<string>): string | undefined =>
  keys.length === 0 ? "must hold at least one key" : keys.map(sealingKeyRule).find((rule) => rule !== undefined)

/** A Redis Cluster hashes the text in the first braces of a key: those must be ours. */
export const prefixRule: Rule = (value) => (/[{}]/.test(value) ? "must not contain { or }" : undefined)
