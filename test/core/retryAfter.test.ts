import { assert, describe, it } from "@effect/vitest"
import { retryAfterMillis } from "../../src/core/retryAfter.js"

const now = Date.parse("2026-01-15T12:00:00Z")

describe("retryAfterMillis", () => {
  it("F28 reads seconds, whatever the clocks say", () => {
    for (const date of [undefined, "Thu, 01 Jan 1970 00:00:00 GMT", "rubbish"]) {
      assert.strictEqual(retryAfterMillis("60", date, now), 60_000)
      assert.strictEqual(retryAfterMillis(" 120 ", date, now), 120_000)
      assert.strictEqual(retryAfterMillis("0", date, now), 0)
    }
  })

  it("F28 reads a date in each of the three forms of RFC 9110 §5.6.7", () => {
    const forms = ["Thu, 15 Jan 2026 12:01:30 GMT", "Thursday, 15-Jan-26 12:01:30 GMT", "Thu Jan 15 12:01:30 2026"]
    for (const form of forms) assert.strictEqual(retryAfterMillis(form, undefined, now), 90_000, form)
    assert.strictEqual(
      retryAfterMillis("Sun Feb  1 00:00:00 2026", undefined, Date.parse("2026-01-31T23:59:59Z")),
      1_000
    )
  })

  it("F28 measures a date by the answer's own clock, so that ours may be wrong", () => {
    const hourAhead = now + 3_600_000
    const date = "Thu, 15 Jan 2026 12:00:00 GMT"
    assert.strictEqual(retryAfterMillis("Thu, 15 Jan 2026 12:00:10 GMT", date, hourAhead), 10_000)
    assert.strictEqual(retryAfterMillis("Thu, 15 Jan 2026 12:00:10 GMT", ` ${date} `, 0), 10_000)
  })

  it("F28 falls back to our clock where the answer's date is missing or unreadable", () => {
    for (const date of [undefined, "", "yesterday", "2026-01-15T12:00:00Z"]) {
      assert.strictEqual(retryAfterMillis("Thu, 15 Jan 2026 12:00:10 GMT", date, now), 10_000)
    }
  })

  it("a date that is over asks for no wait", () => {
    assert.strictEqual(retryAfterMillis("Thu, 15 Jan 2026 11:59:00 GMT", undefined, now), 0)
  })

  it("says nothing where the header is absent or unreadable", () => {
    const texts = [
      undefined,
      "",
      " ",
      "soon",
      "-5",
      "+5",
      "1.5",
      "1e3",
      "0x10",
      "60s",
      "60, 60",
      "99999999999",
      "2026-01-15T12:01:00Z",
      "Thu, 15 Jan 2026 12:01:30",
      "Thu, 15 Jan 2026 12:01:30 +0100",
      "Thu, 99 Jan 2026 12:01:30 GMT",
      "15 Jan 2026",
      ...["Thu, 15 Jan 2026 12:01:30 GMT", "Thursday, 15-Jan-26 12:01:30 GMT", "Thu Jan 15 12:01:30 2026"].flatMap(
        (form) => [`on ${form}`, `${form} (Zulu)`]
      )
    ]
    for (const text of texts) assert.isUndefined(retryAfterMillis(text, undefined, now), JSON.stringify(text))
  })
})
