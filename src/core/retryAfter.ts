/**
 * `Retry-After` (RFC 9110 §10.2.3): seconds, or a date in one of the three forms of §5.6.7. Servers send fractions too,
 * and proxies add a value of their own (F44).
 */

/**
 * Reads how long to wait from now, in milliseconds; nothing if the header is absent or unreadable. Fractions of a
 * second are rounded up; of several values, separated by commas, the largest counts.
 *
 * A date is compared with the answer's own `Date`, so that a wrong clock on this side does not matter; `nowMillis`
 * serves if that is missing.
 */
export const retryAfterMillis = (
  retryAfter: string | undefined,
  date: string | undefined,
  nowMillis: number
): number | undefined => {
  const serverNow = httpDateMillis(date ?? "") ?? nowMillis
  const waits = valuesOf(retryAfter ?? "")
    .map((value) => secondsMillis(value) ?? untilMillis(value, serverNow))
    .filter((wait) => wait !== undefined)
  return waits.length === 0 ? undefined : Math.max(...waits)
}

/** A comma after the name of a day belongs to a date. */
const valuesOf = (header: string): ReadonlyArray<string> =>
  header.split(/(?<!\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6}),/, 100).map((value) => value.trim())

const secondsMillis = (value: string): number | undefined =>
  /^[0-9]{1,10}(?:\.[0-9]{1,20})?$/.test(value) ? Math.ceil(Number(value)) * 1000 : undefined

const untilMillis = (value: string, nowMillis: number): number | undefined => {
  const until = httpDateMillis(value)
  return until === undefined ? undefined : Math.max(0, until - nowMillis)
}

const imfFixdate = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/
const rfc850Date = /^[A-Z][a-z]+day, \d{2}-[A-Z][a-z]{2}-\d{2} \d{2}:\d{2}:\d{2} GMT$/
const asctimeDate = /^[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2} \d{4}$/

const httpDateMillis = (text: string): number | undefined => {
  const trimmed = text.trim()
  const isComplete = imfFixdate.test(trimmed) || rfc850Date.test(trimmed)
  const millis = Date.parse(isComplete ? trimmed : asctimeDate.test(trimmed) ? `${trimmed} GMT` : "")
  return Number.isNaN(millis) ? undefined : millis
}
