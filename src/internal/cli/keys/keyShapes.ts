/**
 * What a value looks like, whichever variable it stands in. No rule repeats the value.
 */

/** A client id is a GUID (docs/vipps-access-token.md §7). */
export const isGuid = (value: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i.test(value)

/** A subscription key of API Management is 32 hexadecimal digits. */
export const isSubscriptionKey = (value: string): boolean => /^[0-9a-f]{32}$/i.test(value)

const quotes = /^["'`“”„‘’«»]|["'`“”‘’«»]$/

/** Docker's and systemd's files keep quotes as a part of the value (moby#46773). */
export const isInQuotes = (value: string): boolean => quotes.test(value)

export const withoutQuotes = (value: string): string =>
  isInQuotes(value) ? value.replace(quotes, "").replace(quotes, "").trim() : value

const placeholders: ReadonlyArray<RegExp> = [
  // <your-client-id>, [client id], {{ client_id }}, {client_id}
  /^<.*>$/s,
  /^\[.*\]$/s,
  /^\{.*\}$/s,
  // ${VIPPS_CLIENT_ID}, $VIPPS_CLIENT_ID, $(pass show vipps), %VIPPS_CLIENT_ID%, #{token}#
  /^\$[{(]?[A-Za-z_]/,
  /^%[A-Za-z_][A-Za-z0-9_]*%$/,
  /^#\{.*\}#?$/,
  // What a program prints of a value that it does not have, or does not show.
  /^(undefined|null|none|nil|nan|true|false|n\/a|\[object object\])$/i,
  /^\W*(redacted|masked|hidden)\W*$/i,
  /^(.)\1{2,}$/,
  /^(x|\*|•|\.|-|_|…)+$/i,
  /^(x{4,}|0{8})-/i,
  // Words that ask for a value.
  /^(your|my|the|insert|enter|paste|put|add|replace|change|set|use)[-_. ](me|your|the|this|here|it|client|secret|sub|key|vipps|api|msn|id)/i,
  /^your(client|secret|sub|key|api|vipps)/i,
  /(^|[-_. ])(changeme|placeholder|todo|tbd|fixme|here|dummy|foo|bar|foobar)$/i,
  /^(vipps[-_ ]?)?(client|subscription|api|ocp|merchant)?[-_ ]?(apim[-_ ]?subscription[-_ ]?)?(id|secret|key|number)$/i
]

export const isPlaceholder = (value: string): boolean => placeholders.some((pattern) => pattern.test(value))

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

/** Somebody has pasted more than the key: the name of the header or of the variable before it, or `Bearer`. */
export const hasNameBefore = (value: string): boolean =>
  /^(client[_-]?id|client[_-]?secret|ocp-apim-subscription-key|(export\s+)?VIPPS_[A-Z_]+|authorization)\s*[:=]/i.test(
    value
  ) || /^(bearer|basic)\s/i.test(value)

/** No key of Vipps' comes near, and servers refuse longer headers. */
export const isTooLong = (value: string): boolean => value.length > 1000
