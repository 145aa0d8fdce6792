/**
 * What a value looks like, whichever variable it stands in: what the library's own rules let pass, since a key might
 * look so, and no key of Vipps' does. No rule repeats the value.
 */

/** A subscription key of API Management is 32 hexadecimal digits. */
export const isSubscriptionKey = (value: string): boolean => /^[0-9a-f]{32}$/i.test(value)

export const withoutQuotes = (value: string): string => value.replace(/^["'`“”„‘’‚«»]|["'`“”„‘’«»]$/g, "").trim()

const standIns: ReadonlyArray<RegExp> = [
  // #{ClientSecret}#, ••••••, and one character again and again, as in a GUID of zeros
  /^#\{.*\}#?$/s,
  /^•+$/,
  /^([0-9a-z])(\1|-){2,}$/i,
  /^(true|false|secret|dummy|foo|bar|foobar|n\/a|client[-_ ]?key|api[-_ ]?key)$/i
]

export const isStandIn = (value: string): boolean => standIns.some((pattern) => pattern.test(value))

/** The values of Vipps' own documentation, which belong to nobody. */
const documented = new Set([
  "fb492b5e-7907-4d83-ba20-c7fb60ca35de",
  "fb492b5e-7907-4d83-bc20-c7fb60ca35de",
  "9658f4e2-26a8-4343-9b75-67ae9380232d",
  "Y8Kteew6GE2ZmeycEt6egg==",
  "Y8Kteew6GE3ZmeycEt6egg==",
  "da7d5b0e18a84aeda961c0c31b75c2a9",
  "0f14ebcab0ec4b29ae0cb90d91b4a84a"
])

export const isFromDocumentation = (value: string): boolean => documented.has(value)

/** Somebody has pasted a scheme with the key. */
export const hasSchemeBefore = (value: string): boolean => /^(bearer|basic|authorization:)\s/i.test(value)

/** One quote of a pair: the other one was lost on the way. */
export const hasStrayQuote = (value: string): boolean => /^["'`]|["'`]$/.test(value)
