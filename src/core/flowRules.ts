/** Rules for the options of a flow beside its keys. They become headers, URLs and log lines. */
import type { Rule } from "./keyRules.js"

/** A label is part of every log line and error message. */
export const labelRule: Rule = (value) =>
  value.trim() === "" || value.length > 100 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(value) || !value.isWellFormed()
    ? "must be 1 to 100 characters, none of them a control character or line break"
    : undefined

/** Certainly below the base URL: no query, no fragment, nothing that a server could read as another path. */
export const pathRule: Rule = (value) =>
  !/^(\/([A-Za-z0-9\-._~!$&'()*+,;=:@]|%[0-9A-Fa-f]{2})+)+$/.test(value)
    ? "must begin with / and be a path without query, fragment, spaces and empty segments"
    : /\/(\.|%2e){1,2}(\/|$)|%2f|%5c|%00/i.test(value)
      ? "must not contain . or .. segments, nor an encoded slash"
      : undefined

/** The longest wait for one answer: a day. */
const longestTimeoutMillis = 24 * 60 * 60 * 1000

export const timeoutRule = (millis: number): string | undefined =>
  millis > 0 && millis <= longestTimeoutMillis ? undefined : "must be longer than zero and at most a day"
