/** F21 to F25, F27 and F28 of docs/failures.md: what callers and the endpoint see of an outage. */
import { assert, describe, it } from "@effect/vitest"
import { assertNone } from "@effect/vitest/utils"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { Fault, VippsEmulator } from "../../src/testing.js"
import {
  ages,
  assertBackOff,
  failingFlight,
  getTaking,
  given,
  givenNone,
  millisUntilNextAttempt
} from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, served, sourceOf, text } from "../fixtures/caches.js"
import { withMovableWall, withQuickTime } from "../fixtures/passingTime.js"
import {
  delayed,
  granted,
  rateLimited,
  rejected,
  scriptedFlow,
  unavailable,
  wrongKeys
} from "../fixtures/scriptedFlow.js"

describe("an outage while a token works", () => {
  it.scoped("F21 is not seen by any caller until the token expires", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable())
        flow.next(granted("1 hour"))
        yield* source.get
        for (let minute = 0; minute < 59; minute++) {
          yield* passTime("1 minute")
          assert.strictEqual(yield* served(source), "scripted-1")
        }
        // In the last minute a caller may wait, but not for longer than `patience`.
        for (let second = 0; second < 59; second++) {
          const caller = yield* Effect.fork(outcome(source))
          yield* passTime("1 second")
          assert.deepStrictEqual(yield* Fiber.poll(caller), Option.some(Exit.succeed("scripted-1")))
        }
      })
    )
  )

  it.scoped("F22 is asked about by a back-off, whatever its callers do", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable())
        flow.next(granted("24 hours"))
        yield* source.get
        for (let minute = 0; minute < 24 * 60 - 60; minute++) {
          yield* passTime("1 minute")
          yield* source.get
        }
        // Due for five hours at most; a hold is 2.5 minutes at least.
        assert.isAtMost(flow.sentAt.length, 2 + (5 * 60) / 2.5)
        assert.isAtLeast(flow.sentAt.length, 60)
      })
    )
  )

  it.scoped("F23 is tried again for ever, and a refresh that works ends it", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable())
        flow.next(granted("1 hour"))
        yield* source.get
        yield* passTime("3590 seconds")
        flow.otherwise(granted("1 hour"))
        yield* passTime("9999 millis")
        const status = yield* source.status
        assert.strictEqual(status.phase, "fresh")
        assertNone(status.lastFailure)
      })
    )
  )
})

describe("an outage without a token", () => {
  for (const answer of [unavailable(), wrongKeys, rejected, granted(0)]) {
    it.scoped("F22 F25 holds callers back, for at most 30 s, and never lets them hammer", () =>
      withQuickTime((passTime) =>
        Effect.gen(function* () {
          const { flow, source } = yield* givenNone(answer)
          for (let second = 0; second < 1200; second++) {
            yield* Effect.fork(outcome(source))
            assert.isAtMost(yield* millisUntilNextAttempt(source), 30_000)
            yield* passTime("1 second")
          }
          assert.isAtMost(flow.sentAt.length, 1200)
          for (let n = 1; n < flow.sentAt.length; n++) {
            assert.isAtLeast((flow.sentAt[n] ?? 0) - (flow.sentAt[n - 1] ?? 0), 100)
          }
          flow.otherwise(granted("1 hour"))
          yield* passTime("30 seconds")
          yield* Effect.fork(outcome(source))
          yield* passTime("15 seconds")
          assert.match(yield* outcome(source), /^scripted-/)
        })
      )
    )
  }

  it.scoped("F24 says Expired, with its cause and the next attempt, and never serves the expired token", () =>
    given(ages.expired, unavailable(), ({ source }) =>
      Effect.gen(function* () {
        const caller = yield* Effect.fork(Effect.flip(source.get))
        yield* TestClock.adjust(failingFlight.millis)
        for (const error of [yield* Fiber.join(caller), yield* Effect.flip(source.get)]) {
          assert(error._tag === "Expired")
          assert.strictEqual(error.cause._tag, "Unavailable")
          assert.deepStrictEqual(
            Option.getOrThrow(error.nextAttemptAt),
            Option.getOrThrow((yield* source.status).nextAttemptAt)
          )
          assert.include(error.message, "No token request before")
        }
      })
    )
  )

  it.scoped("F24 wrong keys are named for what they are, expired or not", () =>
    given(ages.expired, wrongKeys, ({ source }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* getTaking(source, 0), "InvalidCredentials")
      })
    )
  )
})

describe("429", () => {
  it.scoped("F28 that asks for no wait is followed by the back-off of any passing failure", () =>
    Effect.gen(function* () {
      const given = yield* givenNone(rateLimited(0))
      const caller = yield* Effect.fork(Effect.flip(given.source.get))
      yield* TestClock.adjust(failingFlight.millis)
      const { nextAttemptAt } = yield* Fiber.join(caller)
      assert.deepStrictEqual(nextAttemptAt, Option.some(DateTime.unsafeMake(failingFlight.millis + 1000)))
      yield* assertBackOff(given)
    })
  )

  for (const [retryAfter, millis, expected] of [
    ["13 seconds", 13_000, "key-2"],
    ["14500 millis", 0, "RateLimited"]
  ] as const) {
    it.scoped(`F28 is obeyed within a flight if it leaves a second for the next attempt: ${retryAfter}`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow({ label: "key" })
        flow.next(rateLimited(retryAfter))
        assert.strictEqual(yield* getTaking(yield* sourceOf(flow), millis), expected)
      })
    )
  }

  const vipps = "https://vipps.invalid"

  it.scoped("F27 of one key does not delay the callers of another", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const [limited, free] = [scriptedFlow({ label: "limited" }), scriptedFlow({ label: "free" })]
      limited.otherwise(rateLimited("1 minute"))
      assert.strictEqual(yield* getTaking(yield* cache.source(limited), 0), "RateLimited")
      assert.strictEqual(yield* getTaking(yield* cache.source(free), 0), "free-1")
    })
  )

  for (const [name, origin, answer, expected] of [
    [
      "holds back the background refreshes of its server, for a minute at most (F64)",
      vipps,
      rateLimited("5 minutes"),
      60
    ],
    ["holds back those of no other server", "https://elsewhere.invalid", rateLimited("5 minutes"), 0],
    ["holds back none if it is no 429", vipps, unavailable("5 minutes"), 0]
  ] as const) {
    it.scoped(`F28 ${name}`, () =>
      Effect.gen(function* () {
        const cache = yield* cacheWith().pipe(drawing(0))
        const [limited, other] = [scriptedFlow({ label: "limited" }), scriptedFlow({ label: "other", origin })]
        yield* (yield* cache.source(other)).get
        limited.otherwise(answer)
        yield* TestClock.adjust(ages.due - 1)
        assert.include(["RateLimited", "Unavailable"], yield* outcome(yield* cache.source(limited)))
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(Math.round(((other.sentAt[1] ?? 0) - ages.due) / 1000), expected)
      })
    )
  }

  it.scoped("F28 holds them back no less because another key of the server was told to wait for less", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith().pipe(drawing(0))
      const [long, short, other] = ["long", "short", "other"].map((label) => scriptedFlow({ label }))
      assert(long !== undefined && short !== undefined && other !== undefined)
      yield* (yield* cache.source(other)).get
      long.otherwise(rateLimited("1 minute"))
      short.otherwise(rateLimited("20 seconds"))
      yield* TestClock.adjust(ages.due - 1)
      for (const flow of [long, short]) assert.strictEqual(yield* outcome(yield* cache.source(flow)), "RateLimited")
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(Math.round(((other.sentAt[1] ?? 0) - ages.due) / 1000), 60)
    })
  )

  for (const [policy, age, seconds] of [
    ["background", 0, 20],
    ["background", ages.due, 300],
    ["onDemand", 0, 20],
    ["onDemand", ages.due, 300]
  ] as const) {
    it.scoped(`F28 Retry-After is obeyed: ${policy}, at an age of ${age}`, () =>
      withMovableWall((moveWall) =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          const source = yield* sourceOf(flow, { mode: policy }).pipe(drawing(0))
          if (age > 0) {
            yield* source.get
            yield* moveWall(age)
          }
          const before = flow.sentAt.length
          flow.next(rateLimited(seconds * 1000))
          yield* getTaking(source, 0)
          assert.strictEqual(flow.sentAt.length, before + 1)
          yield* TestClock.adjust(seconds * 1000 - 1)
          yield* getTaking(source, 0)
          assert.strictEqual(flow.sentAt.length, before + 1)
          yield* TestClock.adjust(1)
          yield* getTaking(source, 0)
          assert.strictEqual(flow.sentAt.length, before + 2)
        })
      )
    )
  }

  it.scoped(
    "F28 a forced refresh waits out a Retry-After that fits into the budget, and fails at once with one that does not",
    () =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("1 hour"))
        flow.next(rateLimited("16 seconds"), rateLimited("16 seconds"))
        assert.deepInclude(yield* Effect.flip(source.refresh), { _tag: "RateLimited" })
        assert.deepInclude(yield* Effect.flip(source.refresh), { _tag: "RateLimited" })
        assert.strictEqual(flow.sentAt.length, 1)
        yield* TestClock.adjust("1 second")
        const refresh = yield* Effect.fork(Effect.map(source.refresh, text))
        yield* TestClock.adjust("15 seconds")
        assert.deepInclude(yield* Effect.flip(Fiber.join(refresh)), { _tag: "RateLimited" })
        assert.deepStrictEqual(flow.sentAt, [0, 16_000])
      })
  )

  it.scoped("F28 a forced refresh that follows another flight fails with it if that is told to wait for too long", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(delayed("1 second", rateLimited("1 hour")))
      const first = yield* Effect.fork(Effect.flip(source.get))
      yield* TestClock.adjust("500 millis")
      const successor = yield* Effect.fork(Effect.flip(source.refresh))
      yield* TestClock.adjust("500 millis")
      for (const caller of [first, successor]) {
        assert.strictEqual(Option.getOrThrow(yield* Fiber.poll(caller))._tag, "Success")
        assert.deepInclude(yield* Fiber.join(caller), { _tag: "RateLimited" })
      }
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("F28 a forced refresh that waits out a Retry-After keeps nobody else waiting", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(unavailable("12 seconds"))
      yield* Effect.fork(source.refresh)
      yield* TestClock.adjust("15 seconds")
      yield* Effect.fork(source.refresh)
      yield* TestClock.adjust("1 second")
      assert.isTrue((yield* source.status).refreshing)
      assert.strictEqual(yield* getTaking(source, 0), "Unavailable")
      flow.otherwise(delayed("2 seconds", granted("1 hour")))
      yield* TestClock.adjust("8 seconds")
      assert.strictEqual(yield* getTaking(source, 2000), "scripted-3")
    })
  )

  for (const [form, fault] of [
    ["in seconds", Fault.rateLimited({ retryAfter: "20 seconds" })],
    ["as a date", Fault.rateLimitedUntilDate({ retryAfter: "20 seconds" })]
  ] as const) {
    it.scoped(`F28 Retry-After ${form} is read from the wire`, () =>
      Effect.gen(function* () {
        const { credentials, environment, ...emulator } = yield* VippsEmulator
        const flow = yield* StandardFlow.make({ credentials: credentials.standard, environment })
        const source = yield* sourceOf(flow).pipe(drawing(0))
        yield* emulator.fault(fault)
        assert.strictEqual(yield* outcome(source), "RateLimited")
        yield* TestClock.adjust(19_000)
        assert.strictEqual(yield* outcome(source), "RateLimited")
        yield* TestClock.adjust(1000)
        yield* source.get
        assert.strictEqual((yield* emulator.tokenRequests).length, 2)
      }).pipe(Effect.provide(VippsEmulator.layer))
    )
  }
})
