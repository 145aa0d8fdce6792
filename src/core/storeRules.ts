/**
 * What the settings of a store must look like. Each rule is a sentence that an error can show; a value that broke it is
 * never shown.
 */
import type { Rule } from "./keyRules.js"

export const storeUrlRule: Rule = (value) =>
  !URL.canParse(value) || !["redis:", "rediss:"].includes(new URL(value).protocol)
    ? "must be a URL that begins with redis:// or, for TLS, rediss://"
    : /%(?![0-9a-f]{2})/i.test(value)
      ? "must have %25 where user or password has a %"
      : undefined

const howToMakeOne = "must be 32 random bytes in Base64, as `openssl rand -base64 32` prints them"

/** A passphrase in Base64 is one all the same: of 32 random bytes, some are no printable ASCII. */
export const sealingKeyRule: Rule = (value) =>
  !/^[A-Za-z0-9+/]{42}[AEIMQUYcgkosw048]=$/.test(value)
    ? howToMakeOne
    : /^[\x20-\x7e]*$/.test(atob(value)) || new Set(atob(value)).size < 12
      ? `${howToMakeOne}, and no passphrase`
      : undefined

/** Sealing keys in one variable: the first seals, all open. */
export const sealingKeysOf = (value: string): ReadonlyArray<string> => value.split(/[\s,]+/).filter((key) => key !== "")

export const sealingKeysRule: Rule = (value) => {
  const keys = sealingKeysOf(value)
  return keys.length === 0 ? "must hold at least one key" : keys.map(sealingKeyRule).find((rule) => rule !== undefined)
}

/** The braces of a key say to a Redis Cluster what belongs together: ours have to be the first. */
export const prefixRule: Rule = (value) => (/[{}]/.test(value) ? "must not contain { or }" : undefined)
