import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import {
  lifetimeMillis,
  longestLifetimeMillis,
  longestTokenLength,
  readGrant,
  tokenTextRule
} from "../../src/core/grant.js"

const deep = (depth: number, inner: unknown = 1): unknown => {
  let value = inner
  for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { value }
  return value
}

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

describe("tokenTextRule and long tokens", () => {
  it("F60 takes a token of 16 kB, and none that is longer", () => {
    assert.strictEqual(longestTokenLength, 16 * 1024)
    assert.isUndefined(tokenTextRule("x".repeat(longestTokenLength)))
    for (const length of [longestTokenLength + 1, 100_000, 10_000_000]) {
      assert.strictEqual(tokenTextRule("x".repeat(length)), "is longer than 16384 characters")
    }
  })
})

describe("readGrant", () => {
  const grant = { access_token: "a.token", expires_in: "3599" }
  const problem = (body: unknown) => {
    const read = readGrant(body, [])
    return read.kind === "granted" ? "granted" : read.problem
  }

  it("F19 reads token, lifetime and scope, and nothing else", () => {
    const granted = { kind: "granted", token: "a.token", lifeMillis: 3_599_000, scope: undefined } as const
    assert.deepStrictEqual(readGrant(grant, []), granted)
    assert.deepStrictEqual(readGrant({ ...grant, token_type: "BEARER", expires_on: deep(10_000) }, []), granted)
    assert.deepStrictEqual(readGrant({ ...grant, scope: "donations:read" }, []), {
      ...granted,
      scope: "donations:read"
    })
    for (const scope of [7, null, "", " ", "two  spaces", "line\nbreak", deep(10_000)]) {
      assert.deepStrictEqual(readGrant({ ...grant, scope }, []), granted)
    }
  })

  it("F36 a scope that repeats the token or a key is left out", () => {
    for (const scope of ["a.token", "read:A.TOKEN", "secret", btoa("secret")]) {
      assert.deepInclude(readGrant({ ...grant, scope }, ["secret"]), { kind: "granted", scope: undefined })
    }
  })

  it("F57 says what is wrong, by path, however deep the value is nested, and repeats none of it", () => {
    const nested = [deep(10_000), deep(10_001), JSON.parse("[".repeat(30_000) + "]".repeat(30_000))]
    for (const value of [7, true, null, "", "a b", "a\nb", ...nested]) {
      const characters = "access_token: must be visible ASCII characters without spaces"
      assert.strictEqual(problem({ ...grant, access_token: value }), characters)
    }
    for (const value of [7, null, "", "MAC", "Bearer ", ...nested]) {
      assert.strictEqual(problem({ ...grant, token_type: value }), "token_type: must be Bearer")
    }
    for (const value of [null, "", -1, ...nested]) {
      assert.strictEqual(problem({ ...grant, expires_in: value }), "expires_in: must be a number of seconds above 0")
    }
    for (const value of [undefined, null, 7, "token", [], [grant], deep(9_999)]) {
      assert.strictEqual(problem(value), "body: must be a JSON object")
    }
    assert.strictEqual(problem({ value: deep(10_000) }), "access_token: is missing")
    assert.strictEqual(problem({ access_token: "a" }), "expires_in: is missing")
    assert.strictEqual(problem(Object.create(grant)), "access_token: is missing")
  })

  it("F60 says that a token is too long", () => {
    assert.strictEqual(
      problem({ ...grant, access_token: "x".repeat(16_385) }),
      "access_token: is longer than 16384 characters"
    )
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

  it("F19 reads nothing else", () => {
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
