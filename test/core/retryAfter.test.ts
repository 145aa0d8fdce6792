import { assert, describe, it } from "@effect/vitest"
import { retryAfterMillis } from "../../src/core/retryAfter.js"
import { assertLinear } from "../fixtures/growth.js"

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

  it("F44 rounds fractions of a second up", () => {
    assert.strictEqual(retryAfterMillis("299.997", undefined, now), 300_000)
    assert.strictEqual(retryAfterMillis("0.001", undefined, now), 1_000)
    assert.strictEqual(retryAfterMillis("1.0", undefined, now), 1_000)
    assert.strictEqual(retryAfterMillis(`3.${"0".repeat(18)}`, undefined, now), 3_000)
  })

  it("F44 takes the largest of several, seconds and dates alike", () => {
    const imf = "Thu, 15 Jan 2026 12:01:30 GMT"
    const cases: ReadonlyArray<readonly [string, number]> = [
      ["300, 300", 300],
      ["60,300", 300],
      ["300,60", 300],
      ["60, soon", 60],
      [" , 60", 60],
      ["1.2, 0.5", 2],
      [`${imf}, 60`, 90],
      [`120, ${imf}`, 120],
      [`60, ${imf}, 30`, 90],
      [`${imf}, Thu, 15 Jan 2026 12:02:00 GMT`, 120],
      ["Thursday, 15-Jan-26 12:02:00 GMT,1", 120],
      ["Wednesday, 14-Jan-26 12:02:00 GMT, Thu Jan 15 12:03:00 2026", 180],
      ["Sat, 17 Jan 2026 12:00:00 GMT,Sun, 18 Jan 2026 12:00:00 GMT", 259_200]
    ]
    for (const [header, seconds] of cases) {
      assert.strictEqual(retryAfterMillis(header, undefined, now), seconds * 1000, header)
    }
  })

  it("F44 reads a hostile header in linear time", () => {
    for (const part of ["1,", "Thu,", "Thu, ", "a", "0.", ",", "Thu, 15 Jan 2026 12:01:30 GMT, "]) {
      assertLinear((times) => retryAfterMillis(part.repeat(times), undefined, now), 500, part)
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
      ".5",
      "1.",
      "1.5.5",
      "1.5s",
      "1e3",
      "0x10",
      "60s",
      ",",
      "soon, later",
      "Thu, 15 Jan 2026",
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
