/** What one process writes to a store is what another reads, unless it is not for others or has had its time. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../src/AccessToken.js"
import type { FailedFlight } from "../../src/core/tokenPhases.js"
import { severityOf } from "../../src/internal/errors/tokenErrors.js"
import {
  failureContent,
  isShareable,
  readFailure,
  readToken,
  tokenContent
} from "../../src/internal/store/entryCodec.js"
import { InvalidResponse, RequestRejected, type TokenRequestError, Unavailable } from "../../src/TokenError.js"
import {
  type Answer,
  granted,
  rateLimited,
  rejected,
  scriptedFlow,
  unavailable,
  wrongKeys
} from "../fixtures/scriptedFlow.js"
import { told } from "../fixtures/told.js"

const source = { flow: "standard", label: "scripted" } as const
const flow = scriptedFlow()
const hour = 3_600_000
const at = (wallMillis: number) => ({ wallMillis, monotonicMillis: 6000 })
const epoch = { wallMillis: 0, monotonicMillis: 0 }

const parts = {
  value: Redacted.make("token"),
  flow: "standard",
  issuedAt: DateTime.unsafeMake(0),
  expiresIn: "1 hour"
} as const

const invalidScope: Answer = () =>
  Effect.fail(
    new RequestRejected({ ...source, status: 400, code: Option.some("invalid_scope"), hint: "Check the scope." })
  )

const shared: Record<string, Answer> = {
  "refused keys": wrongKeys,
  "a 400 in OAuth's words": invalidScope,
  "too many requests": rateLimited("1 minute")
}

const failureOf = (error: TokenRequestError): FailedFlight<TokenRequestError> => ({
  error,
  ...severityOf(error),
  failuresWithoutToken: 3,
  random: 0.25,
  at: epoch
})

const errorOf = (answer: Answer) => Effect.flip(answer({ flow, number: 1, atMillis: 0 }))

describe("a failure", () => {
  for (const [what, answer] of Object.entries(shared)) {
    it.effect(`${what}: is read as it was written, counted and drawn, and as old as it is`, () =>
      Effect.gen(function* () {
        const noted = failureOf(yield* errorOf(answer))
        const read = readFailure(
          { content: yield* failureContent(noted, 10_000), stamp: "1", left: Duration.seconds(4) },
          flow,
          at(hour + 6000)
        )
        const failure = Option.getOrThrow(read)
        assert.deepStrictEqual(told(failure.error), told(noted.error))
        assert.deepStrictEqual(
          { ...failure, error: undefined },
          { ...noted, error: undefined, at: { wallMillis: hour, monotonicMillis: 0 } }
        )
      })
    )
  }

  it.effect("F72 is shared only if it is Vipps' word on the keys, and adopted only then", () =>
    Effect.gen(function* () {
      const ofThisProcess: Record<string, TokenRequestError> = {
        "an outage": yield* errorOf(unavailable("7 seconds")),
        "no network": new Unavailable({ ...source, reason: "network", code: Option.some("CERT_HAS_EXPIRED") }),
        "a time-out": new Unavailable({ ...source, reason: "timeout" }),
        "an answer of a captive portal": new InvalidResponse({ ...source, problem: "access_token: is missing" }),
        "a wrong address": yield* errorOf(rejected),
        ...Object.fromEntries(
          [302, 400, 403, 407].map((status) => [`${status}`, new RequestRejected({ ...source, status, hint: "" })])
        ),
        "a 400 with a code of a proxy's own": new RequestRejected({
          ...source,
          status: 400,
          code: Option.some("policy_violation"),
          hint: ""
        })
      }
      for (const [what, error] of Object.entries(ofThisProcess)) {
        assert.isFalse(isShareable(error), what)
        const entry = {
          content: yield* failureContent(failureOf(error), 10_000),
          stamp: "1",
          left: Duration.seconds(4)
        }
        assert.isTrue(Option.isNone(readFailure(entry, flow, at(0))), what)
      }
      for (const [what, answer] of Object.entries(shared)) assert.isTrue(isShareable(yield* errorOf(answer)), what)
    })
  )

  it.effect("F65 whatever its numbers are, it is absent, or was written at a time that is a date", () =>
    Effect.gen(function* () {
      const noted = failureOf(yield* errorOf(rateLimited("1 minute")))
      const entry: Record<string, unknown> = JSON.parse(Redacted.value(yield* failureContent(noted, hour)))
      const error = entry.error
      assert(typeof error === "object")
      const ways: Record<string, (absurd: string) => Record<string, unknown>> = {
        madeAtMillis: (madeAtMillis) => ({ ...entry, madeAtMillis }),
        keptMillis: (keptMillis) => ({ ...entry, keptMillis }),
        failuresWithoutToken: (failures) => ({ ...entry, failures }),
        random: (random) => ({ ...entry, random }),
        retryAfter: (retryAfter) => ({ ...entry, error: { ...error, retryAfter } }),
        status: (status) => ({ ...entry, error: { ...error, status } })
      }
      for (const [field, changed] of Object.entries(ways)) {
        for (const absurd of ["-1e17", "1e17", "-1e308", "1e308", "-1e400", "1e400", "1e-300", "null"]) {
          const content = Redacted.make(JSON.stringify(changed("absurd")).replace('"absurd"', absurd))
          const read = readFailure({ content, stamp: "1", left: Duration.hours(1) }, flow, at(0))
          for (const failure of Option.toArray(read)) {
            assert.isTrue(Option.isSome(DateTime.make(failure.at.wallMillis)), `${field} ${absurd}`)
            assert.include(failure.error.message, "too many requests", `${field} ${absurd}`)
          }
        }
      }
    })
  )

  it.effect("F65 an old one that was put back counts as absent", () =>
    Effect.gen(function* () {
      const noted = failureOf(yield* errorOf(rateLimited("5 minutes")))
      const left = Duration.minutes(5)
      const entry = { content: yield* failureContent(noted, Duration.toMillis(left)), stamp: "1", left }
      const readAt = (wallMillis: number) => Option.isSome(readFailure(entry, flow, at(wallMillis)))
      assert.deepStrictEqual([readAt(0), readAt(2 * hour), readAt(-2 * hour)], [true, true, true], "clocks that differ")
      assert.deepStrictEqual([readAt(300_000 + 2 * hour), readAt(-2 * hour - 1)], [false, false])
    })
  )
})

describe("a token", () => {
  const content = Effect.flatMap(granted("1 hour")({ flow, number: 1, atMillis: 0 }), (token) =>
    tokenContent({ token, requestedAt: epoch }, hour)
  )
  const readAt = (left: Duration.DurationInput, wallMillis: number) =>
    Effect.map(content, (content) =>
      readToken({ content, stamp: "1", left: Duration.decode(left) }, flow, at(wallMillis))
    )
  const leftAt = (left: Duration.DurationInput, wallMillis: number) =>
    Effect.map(readAt(left, wallMillis), Option.getOrThrow)

  it.effect("has the time left that the store says, whatever the clocks, up to two hours apart, say", () =>
    Effect.gen(function* () {
      for (const wallMillis of [0, hour, 2 * hour, -2 * hour]) {
        const { requestedAt, leftMillis, token } = yield* leftAt("1 hour", wallMillis)
        assert.strictEqual(leftMillis, hour)
        assert.strictEqual(requestedAt.wallMillis, wallMillis)
        assert.strictEqual(token.expiresAt.epochMillis, wallMillis + hour)
      }
    })
  )

  it.effect("F65 works until two hours after its end at most, whatever time the store gives it", () =>
    Effect.gen(function* () {
      const { leftMillis, token } = yield* leftAt("1 hour", 2 * hour + 1_800_000)
      assert.strictEqual(leftMillis, 1_800_000)
      assert.isTrue(token instanceof AccessToken)
      assert.strictEqual(token.expiresAt.epochMillis, 3 * hour)
      for (const late of [3 * hour, 4 * hour, 24 * hour]) {
        assert.isTrue(Option.isNone(yield* readAt("1 hour", late)))
      }
      assert.isTrue(Option.isNone(yield* readAt("1 hour", -2 * hour - 1)), "made in the future")
    })
  )

  it.effect("F68 keeps its scope, and counts as absent where that contains the token", () =>
    Effect.gen(function* () {
      const entry: Record<string, unknown> = JSON.parse(Redacted.value(yield* content))
      const scopeOfRead = (scope: string) =>
        readToken(
          { content: Redacted.make(JSON.stringify({ ...entry, scope })), stamp: "1", left: Duration.hours(1) },
          flow,
          at(0)
        ).pipe(Option.map(({ token }) => Option.getOrUndefined(token.scope)))
      assert.deepStrictEqual(scopeOfRead("psp:authorize"), Option.some("psp:authorize"))
      assert.deepStrictEqual(scopeOfRead(String(entry.token)), Option.none())
    })
  )

  it("F56 is not shared where it cannot be encoded, which is no failure of the store", () => {
    const token = AccessToken.make(parts)
    const encodedAs = (changed: object, lifeMillis = hour) =>
      Option.isSome(
        tokenContent(
          { token: Object.create(token, Object.getOwnPropertyDescriptors(changed)), requestedAt: epoch },
          lifeMillis
        )
      )
    const value = token.value
    assert.isTrue(encodedAs({ value, flow: "standard", scope: Option.none() }))
    assert.isFalse(encodedAs({ value, flow: "another", scope: Option.none() }))
    assert.isFalse(encodedAs({ value, flow: "standard", scope: undefined }))
    assert.isFalse(encodedAs({ value, flow: "standard", scope: Option.none() }, Number.NaN))
  })

  it.effect("F65 counts as absent where a number in it makes a date impossible", () =>
    Effect.gen(function* () {
      const entry: Record<string, unknown> = JSON.parse(Redacted.value(yield* content))
      const read = (changed: string) =>
        readToken({ content: Redacted.make(changed), stamp: "1", left: Duration.hours(1) }, flow, at(0))
      assert.isTrue(Option.isSome(read(JSON.stringify(entry))))
      for (const field of ["madeAtMillis", "lifeMillis"]) {
        for (const absurd of ["-1e17", "1e17", "-8.64e15", "8.64e15", "-1e308", "1e308", "-1e400", "1e400", "null"]) {
          const changed = JSON.stringify({ ...entry, [field]: "absurd" }).replace('"absurd"', absurd)
          assert.isTrue(Option.isNone(read(changed)), `${field} ${absurd}`)
        }
      }
    })
  )
})
