import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { lifetimeMillis, lifetimeRule, longestLifetimeMillis, tokenTextRule } from "../../src/core/grant.js"

describe("tokenTextRule", () => {
  it("F38 takes visible ASCII and nothing else", () => {
    for (let code = 0; code <= 0x17f; code++) {
      const character = String.fromCharCode(code)
      const visible = code >= 0x21 && code <= 0x7e
      for (const text of [character, `a${character}`, `${character}a`, `a${character}a`]) {
        assert.strictEqual(tokenTextRule(text) === undefined, visible, JSON.stringify(text))
      }
    }
  })

  it("F38 refuses an empty token, and characters far from ASCII", () => {
    for (const text of ["", "a\u2028b", "a😀", "a\ud800", "a\r\nx-injected: 1"]) {
      assert.strictEqual(tokenTextRule(text), "must be visible ASCII characters without spaces", JSON.stringify(text))
    }
  })
})

describe("lifetimeMillis", () => {
  it("F19 reads seconds as a number or as a string of digits", () => {
    const cases: ReadonlyArray<readonly [unknown, number]> = [
      [3599, 3_599_000],
      ["3599", 3_599_000],
      ["86398", 86_398_000],
      [900, 900_000],
      ["0900", 900_000],
      [1, 1_000],
      ["1", 1_000],
      [0.5, 500],
      [1.0019, 1_001]
    ]
    for (const [wire, millis] of cases) assert.strictEqual(lifetimeMillis(wire), millis, JSON.stringify(wire))
  })

  it("F19 takes years for one year", () => {
    const year = 365 * 24 * 60 * 60
    assert.strictEqual(longestLifetimeMillis, year * 1000)
    assert.strictEqual(lifetimeMillis(year - 1), (year - 1) * 1000)
    for (const wire of [year, year + 1, 1e300, Number.MAX_VALUE, Number.POSITIVE_INFINITY, "9".repeat(400)]) {
      assert.strictEqual(lifetimeMillis(wire), longestLifetimeMillis, String(wire).slice(0, 20))
    }
  })

  it("F19 reads nothing else, and says what it would read", () => {
    assert.strictEqual(lifetimeRule, "must be a number of seconds above 0")
    const wires: ReadonlyArray<unknown> = [
      undefined,
      null,
      true,
      0,
      -0,
      -1,
      0.0009,
      Number.NaN,
      Number.NEGATIVE_INFINITY,
      "",
      "0",
      "000",
      "-1",
      "+1",
      "1.5",
      "1e3",
      "0x10",
      " 3600",
      "3600 ",
      "3600s",
      "3600\n",
      "3,600",
      "NaN",
      "Infinity",
      "１",
      "٣",
      3600n,
      [3600],
      { seconds: 3600 }
    ]
    for (const wire of wires) assert.isUndefined(lifetimeMillis(wire), String(wire))
  })

  it("F19 whatever it reads is a whole number of milliseconds, from 1 to a year", () => {
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.double(), fc.integer(), fc.stringMatching(/^[0-9]{1,30}$/)), (wire) => {
        const millis = lifetimeMillis(wire)
        if (millis !== undefined)
          assert.isTrue(Number.isInteger(millis) && millis >= 1 && millis <= longestLifetimeMillis)
      }),
      { numRuns: 2000 }
    )
  })
})
