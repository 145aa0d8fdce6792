import { inspect } from "node:util"
import { assert, describe, it, vi } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as HashSet from "effect/HashSet"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { AccessToken, AccessTokenError, type AccessTokenOptions } from "../src/AccessToken.js"

const options: AccessTokenOptions = {
  value: Redacted.make("canary.token.value"),
  flow: "standard",
  issuedAt: DateTime.unsafeMake("2026-01-15T12:00:00Z"),
  expiresIn: "1 hour",
  scope: "donations:read"
}

const token = (changes: Partial<AccessTokenOptions> = {}) => AccessToken.make({ ...options, ...changes })

describe("AccessToken.make", () => {
  it("F42 keeps all that it is given", () => {
    const made = token()
    assert.strictEqual(Redacted.value(made.value), "canary.token.value")
    assert.strictEqual(Redacted.value(made.authorization), "Bearer canary.token.value")
    assert.strictEqual(made.tokenType, "Bearer")
    assert.strictEqual(made.flow, "standard")
    assert.strictEqual(DateTime.formatIso(made.issuedAt), "2026-01-15T12:00:00.000Z")
    assert.strictEqual(DateTime.formatIso(made.expiresAt), "2026-01-15T13:00:00.000Z")
    assert.strictEqual(Option.getOrUndefined(made.scope), "donations:read")
    assert.strictEqual(token({ flow: "specialized" }).flow, "specialized")
    assert.isTrue(Option.isNone(token({ scope: undefined }).scope))
  })

  it("survives that somebody wipes what it has handed out", () => {
    const made = token()
    const header = Redacted.value(made.authorization)
    Redacted.unsafeWipe(made.authorization)
    Redacted.unsafeWipe(made.value)
    assert.strictEqual(Redacted.value(made.authorization), header)
    assert.strictEqual(header, `Bearer ${Redacted.value(made.value)}`)
  })

  it("F13 F19 takes years, and for ever, for one year", () => {
    const year = "2027-01-15T12:00:00.000Z"
    for (const expiresIn of [Duration.days(366), Duration.infinity, Duration.days(1e9)]) {
      assert.strictEqual(DateTime.formatIso(token({ expiresIn }).expiresAt), year)
    }
  })

  it("F68 F60 throws with the rule, and prints no token", () => {
    const cases: ReadonlyArray<readonly [Record<string, unknown>, string, RegExp]> = [
      ...["", "can\nary", "canary\r\nx: y", "can ary", "canaryø", "canary\0", "\u200bcanary"].map(
        (value) => [{ value: Redacted.make(value) }, "value", /visible ASCII/] as const
      ),
      [{ value: Redacted.make(`canary${"x".repeat(16_384)}`) }, "value", /is longer than 16384 characters/],
      [{ value: "canary" }, "value", /must be a redacted string/],
      ...["canary", "", "can\nary", undefined, { toString: () => "standard" }].map(
        (flow) => [{ flow }, "flow", /^flow must be standard or specialized$/] as const
      ),
      ...["canary\r\nx: y", "", " ", "a  b"].map((scope) => [{ scope }, "scope", /single spaces$/] as const),
      ...["canary.token.value", "a canary.token.value", "x".repeat(100_000)].map(
        (scope) => [{ scope }, "scope", /must not contain the token$/] as const
      ),
      [{ scope: { toString: () => "canary" } }, "scope", /must be a string$/],
      [{ value: Redacted.make(7) }, "value", /must be a redacted string/],
      ...[Number.NaN, -1, "canary", undefined].map(
        (expiresIn) => [{ expiresIn }, "expiresIn", /zero or more/] as const
      ),
      [{ issuedAt: DateTime.unsafeMake(8.64e15) }, "issuedAt", /end of dates/],
      [{ issuedAt: DateTime.unsafeMake(8.64e15 - 1000), expiresIn: "2 seconds" }, "issuedAt", /end of dates/],
      [{ issuedAt: "2026-01-01" }, "issuedAt", /must be a date/]
    ]
    for (const [changes, setting, rule] of cases) {
      try {
        token(changes as never)
        assert.fail(`${inspect(changes)} was taken`)
      } catch (error) {
        assert.instanceOf(error, AccessTokenError, inspect(changes))
        assert.strictEqual(error.setting, setting)
        assert.match(error.message, rule)
        assert.notInclude(inspect(error, { depth: null, showHidden: true }), "can")
      }
    }
  })

  it("F56 works at both ends of dates, and at the longest value", () => {
    const last = token({ issuedAt: DateTime.unsafeMake(8.64e15 - 1000), expiresIn: "1 second" })
    assert.strictEqual(last.expiresAt.epochMillis, 8.64e15)
    const first = token({ issuedAt: DateTime.unsafeMake(-8.64e15) })
    for (const made of [first, last]) {
      assert.isString(JSON.stringify(made))
      assert.isTrue(DateTime.isDateTime(made.issuedAt) && DateTime.isDateTime(made.expiresAt))
    }
    assert.strictEqual(Redacted.value(token({ value: Redacted.make("x".repeat(16_384)) }).value).length, 16_384)
  })

  it("is immutable", () => {
    const made = token()
    for (const field of ["value", "authorization", "issuedAt", "expiresAt", "tokenType"]) {
      assert.isFalse(Reflect.set(made, field, "changed"), field)
    }
  })
})

describe("AccessToken.timeToLive and isExpired", () => {
  it.effect("count down by the clock of the fiber, and stop at zero", () =>
    Effect.gen(function* () {
      const made = token({ issuedAt: DateTime.unsafeMake(0), expiresIn: "10 seconds" })
      const look = Effect.all([
        Effect.map(AccessToken.timeToLive(made), Duration.toMillis),
        AccessToken.isExpired(made)
      ])
      assert.deepStrictEqual(yield* look, [10_000, false])
      yield* TestClock.adjust(9_999)
      assert.deepStrictEqual(yield* look, [1, false])
      yield* TestClock.adjust(1)
      assert.deepStrictEqual(yield* look, [0, true])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* look, [0, true])
    })
  )
})

describe("equality", () => {
  it("is by value", () => {
    assert.isTrue(Equal.equals(token(), token()))
    assert.strictEqual(Hash.hash(token()), Hash.hash(token()))
    assert.strictEqual(HashSet.size(HashSet.make(token(), token(), token({ scope: undefined }))), 2)
  })

  it("sees every difference", () => {
    const others: ReadonlyArray<Partial<AccessTokenOptions>> = [
      { value: Redacted.make("another") },
      { flow: "specialized" },
      { issuedAt: DateTime.unsafeMake("2026-01-15T12:00:01Z") },
      { expiresIn: "2 hours" },
      { scope: "another" },
      { scope: undefined }
    ]
    for (const other of others) assert.isFalse(Equal.equals(token(), token(other)), Object.keys(other).join())
    for (const other of [undefined, null, {}, "canary.token.value", { ...token() }]) {
      assert.isFalse(Equal.equals(token(), other))
    }
  })

  it("F47 knows a token of another copy of the package, and is equal to it", async () => {
    vi.resetModules()
    const copy = await import("../src/AccessToken.js")
    assert.notStrictEqual(copy.AccessToken, AccessToken)
    const other = copy.AccessToken.make(options)
    assert.isTrue(AccessToken.isAccessToken(other))
    assert.isTrue(copy.AccessToken.isAccessToken(token()))
    assert.isTrue(Equal.equals(token(), other))
    assert.isFalse(Equal.equals(token({ scope: "another" }), other))
    for (const value of [undefined, null, {}, "token", options]) assert.isFalse(AccessToken.isAccessToken(value))
  })

  it("is not touched by whether the header was made already", () => {
    const used = token()
    assert.strictEqual(Redacted.value(used.authorization).length, 25)
    assert.isTrue(Equal.equals(used, token()))
  })
})

describe("printing", () => {
  it("F36 F35 shows everything but the token", () => {
    const made = token()
    assert.strictEqual(Redacted.value(made.authorization).slice(0, 6), "Bearer")
    const shown = {
      _id: "AccessToken",
      value: "<redacted>",
      flow: "standard",
      issuedAt: "2026-01-15T12:00:00.000Z",
      expiresAt: "2026-01-15T13:00:00.000Z",
      scope: "donations:read"
    }
    assert.deepStrictEqual(JSON.parse(JSON.stringify(made)), shown)
    const printed = [
      JSON.stringify(made),
      String(made),
      inspect(made, { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      inspect(Object.getOwnPropertyDescriptors(made), { depth: Number.POSITIVE_INFINITY, showHidden: true }),
      JSON.stringify({ ...made }),
      Object.values(made).join()
    ]
    for (const text of printed) assert.notInclude(text, "canary")
  })
})
