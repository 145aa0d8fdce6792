/** F13 to F18 of docs/failures.md: long lives and short ones, machines that sleep, clocks that jump. */
import { assert, describe, it } from "@effect/vitest"
import { assertNone } from "@effect/vitest/utils"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ages, getTaking, given, givenNone } from "../fixtures/agedToken.js"
import { drawing, outcome, served, sourceOf } from "../fixtures/caches.js"
import { atRest, withMovableWall, withQuickTime, withRecordedSleeps } from "../fixtures/passingTime.js"
import { delayed, granted, scriptedFlow, unavailable } from "../fixtures/scriptedFlow.js"

const day = 86_400_000

describe("long lives and short ones", () => {
  it.scoped("F13 no timer is longer than a minute, whatever the token lives", () =>
    withRecordedSleeps((sleeps) =>
      Effect.gen(function* () {
        const { source } = yield* givenNone(granted("60 days"))
        yield* source.get
        yield* TestClock.adjust("10 minutes")
        assert.isAtMost(Math.max(...sleeps), 60_000)
        assert.isAtMost(sleeps.length, 20)
      })
    )
  )

  it.scoped("F13 F16 a token of 60 days is kept for 45 days, and then refreshed", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("60 days"))
        yield* source.get
        yield* passTime(45 * day - 1)
        assert.strictEqual(yield* served(source), "scripted-1")
        assert.strictEqual(flow.sentAt.length, 1)
        yield* passTime(1)
        assert.strictEqual(yield* served(source), "scripted-2")
        assert.deepStrictEqual(flow.sentAt, [0, 45 * day])
      })
    )
  )

  for (const random of [0, 0.999]) {
    it.scoped(`F16 a token of 10 s is used for most of 10 s (draws of ${random})`, () =>
      withQuickTime((passTime) =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          flow.otherwise(granted("10 seconds"))
          const source = yield* sourceOf(flow).pipe(drawing(random))
          for (let tenth = 0; tenth < 600; tenth++) {
            yield* source.get
            yield* passTime("100 millis")
          }
          assert.isAtMost(flow.sentAt.length, 60 / 7.5 + 1)
        })
      )
    )
  }

  for (const [name, answer, problem] of [
    ["the same token", granted("1 hour", "scripted-1"), "is the same as before"],
    ["an already expired token", granted(0), "is already over"]
  ] as const) {
    it.scoped(`F17 ${name} again is a failed refresh: callers keep their token, and the endpoint gets its rest`, () =>
      withQuickTime((passTime) =>
        Effect.gen(function* () {
          const { flow, source } = yield* givenNone(answer)
          flow.next(granted("1 hour"))
          yield* source.get
          for (let second = 0; second < 3500; second++) {
            yield* passTime("1 second")
            if (second < 3480) assert.strictEqual(yield* served(source), "scripted-1")
          }
          assert.deepInclude(Option.getOrThrow((yield* source.status).lastFailure), {
            _tag: "InvalidResponse",
            problem: `access_token: ${problem}`
          })
          assert.isAtMost(flow.sentAt.length, 25)
        })
      )
    )
  }

  it.scoped("F18 the life of a token counts from when it was asked for, however slow the answer", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(unavailable())
      flow.next(delayed("8 seconds", granted("20 seconds")))
      assert.strictEqual(yield* getTaking(source, 8000), "scripted-1")
      yield* TestClock.adjust(11_999)
      assert.strictEqual((yield* source.status).phase, "expiring")
      yield* TestClock.adjust(1)
      assert.strictEqual((yield* source.status).phase, "expired")
      const caller = yield* Effect.fork(outcome(source))
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* caller, "Expired")
    })
  )
})

describe("a flow of the user's own", () => {
  it.scoped("F18 that hands out a token which it got earlier: the token is as old as it says", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(day)
      const { flow, source } = yield* givenNone((asked) =>
        granted("1 hour")({ ...asked, atMillis: asked.atMillis - 600_000 })
      )
      yield* source.get
      yield* TestClock.adjust(ages.due - 600_000 - 1)
      assert.strictEqual(flow.sentAt.length, 1)
      yield* TestClock.adjust(1)
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )
})

describe("a machine that sleeps", () => {
  it.scoped("F14 never serves a token that expired meanwhile", () =>
    given(ages.expired, granted("1 hour"), ({ source }) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      })
    )
  )

  it.scoped("F14 refreshes within a minute of waking, before anybody asks", () =>
    given(ages.due, granted("1 hour"), ({ flow, source }) =>
      Effect.gen(function* () {
        assert.strictEqual(flow.sentAt.length, 1)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(flow.sentAt.length, 2)
        assert.strictEqual(yield* served(source), "scripted-2")
      })
    )
  )

  it.scoped("F14 does not wait out a hold that ended meanwhile", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("1 hour"))
        yield* source.get
        flow.next(unavailable("1 hour"))
        yield* TestClock.adjust(ages.due)
        yield* moveWall(ages.expired)
        assert.strictEqual(yield* getTaking(source, 0), "scripted-3")
      })
    )
  )
})

describe("a wall clock", () => {
  for (const [name, skew] of [
    ["a day slow", -day],
    ["a day fast", day]
  ] as const) {
    it.scoped(`F15 that is ${name} changes nothing`, () =>
      withMovableWall((moveWall) =>
        Effect.gen(function* () {
          yield* TestClock.setTime(100 * day)
          yield* moveWall(skew)
          const { flow, source } = yield* givenNone(granted("1 hour"))
          yield* source.get
          yield* TestClock.adjust(ages.due - 1)
          assert.strictEqual(flow.sentAt.length, 1)
          yield* TestClock.adjust(1)
          assert.strictEqual(yield* served(source), "scripted-2")
        })
      )
    )
  }

  for (const mode of ["background", "onDemand"] as const) {
    it.scoped(`F15 that jumps back makes no expired token served for over a minute (${mode})`, () =>
      withMovableWall((moveWall) =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          const source = yield* sourceOf(flow, { mode }).pipe(drawing(0))
          yield* source.get
          flow.otherwise(unavailable())
          yield* TestClock.adjust("40 minutes")
          yield* moveWall(-day)
          yield* atRest
          yield* TestClock.adjust("21 minutes")
          const caller = yield* Effect.fork(outcome(source))
          yield* TestClock.adjust("20 seconds")
          assert.strictEqual(yield* caller, "Expired")
        })
      )
    )

    it.scoped(`F15 that jumps back makes no new token refused (${mode})`, () =>
      withMovableWall((moveWall) =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          yield* TestClock.setTime(100 * day)
          const source = yield* sourceOf(flow, { mode }).pipe(drawing(0))
          flow.otherwise(delayed("400 millis", granted("1 hour")))
          const caller = yield* Effect.fork(outcome(source))
          yield* TestClock.adjust("200 millis")
          yield* moveWall(-day)
          yield* TestClock.adjust("200 millis")
          assert.strictEqual(yield* caller, "scripted-1")
          yield* TestClock.adjust(ages.due - 2000)
          assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
          assert.strictEqual(flow.sentAt.length, 1)
          assertNone((yield* source.status).lastFailure)
        })
      )
    )

    it.scoped(`F15 that jumps a day ahead costs one request, and nothing when it comes back (${mode})`, () =>
      withMovableWall((moveWall) =>
        Effect.gen(function* () {
          const flow = scriptedFlow()
          const source = yield* sourceOf(flow, { mode }).pipe(drawing(0))
          yield* source.get
          yield* TestClock.adjust("10 minutes")
          yield* moveWall(day)
          assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
          yield* moveWall(-day)
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
          assert.strictEqual(flow.sentAt.length, 2)
        })
      )
    )
  }
})
