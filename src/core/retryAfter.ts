/**
 * `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in one of the three forms of §5.6.7.
 */

/**
 * How long to wait from now, in milliseconds; nothing if the header is absent or unreadable.
 *
 * A date is compared with the answer's own `Date`, so that a wrong clock on this side does not matter; `nowMillis`
 * serves where that is missing.
 */
export const retryAfterMillis = (
  retryAfter: string | undefined,
  date: string | undefined,
  nowMillis: number
): number | undefined => {
  if (retryAfter === undefined) return undefined
  const text = retryAfter.trim()
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) * 1000
  const until = httpDateMillis(text)
  if (until === undefined) return undefined
  return Math.max(0, until - (httpDateMillis(date?.trim() ?? "") ?? nowMillis))
}

const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const rfc850Date = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

const httpDateMillis = (text: string): number | undefined => {
  const written = imfFixdate.test(text) || rfc850Date.test(text) ? text : asctimeDate.test(text) ? `${text} GMT` : ""
  const millis = Date.parse(written)
  return Number.isNaN(millis) ? undefined : millis
}
