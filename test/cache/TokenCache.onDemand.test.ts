/** F41 of docs/failures.md: platforms that freeze a process between calls, or end a flight with its request. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import type { RefreshPolicyOptions } from "../../src/RefreshPolicy.js"
import { ages, getTaking } from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, served, sourceOf, text } from "../fixtures/caches.js"
import { atRest, withMovableWall, withoutTimers, withRecordedSleeps } from "../fixtures/passingTime.js"
import { type Answer, delayed, granted, lost, scriptedFlow, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"

/** A key on demand, and the answers to its requests after the first token, if it has one. */
const onDemand = (answer: Answer, policy: RefreshPolicyOptions = {}) =>
  Effect.gen(function* () {
    const flow = scriptedFlow()
    flow.otherwise(answer)
    return { flow, source: yield* sourceOf(flow, { mode: "onDemand", ...policy }).pipe(drawing(0)) }
  })

const withToken = (answer: Answer, policy?: RefreshPolicyOptions) =>
  Effect.gen(function* () {
    const state = yield* onDemand(answer, policy)
    state.flow.next(granted("1 hour"))
    assert.strictEqual(yield* served(state.source), "scripted-1")
    return state
  })

describe("between calls", () => {
  it.scoped("F41 nothing waits: no timer is left of a token, a failure, nor of a caller's patience", () =>
    withRecordedSleeps((_, open) =>
      Effect.gen(function* () {
        const { source } = yield* withToken(delayed("3 seconds", wrongKeys))
        assert.strictEqual(open(), 0)
        yield* TestClock.setTime(ages.due)
        assert.strictEqual(yield* getTaking(source, 1000), "scripted-1")
        assert.isAbove(open(), 0)
        yield* TestClock.adjust("2 seconds")
        assert.strictEqual(open(), 0)
        yield* TestClock.setTime(ages.expired)
        assert.strictEqual(yield* getTaking(source, 3000), "InvalidCredentials")
        assert.strictEqual(open(), 0)
      })
    )
  )

  it.scoped("F41 a token that is due gets its refresh done while its caller waits", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* withToken(delayed("400 millis", granted("1 hour")))
      yield* TestClock.setTime(ages.due)
      assert.strictEqual(yield* getTaking(source, 400), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("F41 the caller waits up to patience, and the late token is kept", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* withToken(delayed("3 seconds", granted("1 hour")))
      yield* TestClock.setTime(ages.due)
      assert.strictEqual(yield* getTaking(source, 1000), "scripted-1")
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("F41 others do not wait while that refresh is under way", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* withToken(delayed("800 millis", granted("1 hour")))
      yield* TestClock.setTime(ages.due)
      const first = yield* Effect.fork(served(source))
      yield* atRest
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
      yield* TestClock.adjust("800 millis")
      assert.strictEqual(yield* Fiber.join(first), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("F41 a failed refresh costs its caller no token, and the next ones no wait", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* withToken(delayed("400 millis", unavailable()))
      yield* TestClock.setTime(ages.due)
      assert.strictEqual(yield* getTaking(source, 400), "scripted-1")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("F41 a caller that is gone leaves the flight to the next one", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* onDemand(delayed("2 seconds", granted("1 hour")))
      const first = yield* Effect.fork(source.get)
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(first)))
      assert.strictEqual(yield* getTaking(source, 1000), "scripted-1")
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )
})

describe("keepAlive", () => {
  for (const [name, answer, settlesAfter] of [
    ["brings a token", delayed("3 seconds", granted("1 hour")), 3000],
    ["fails", delayed("3 seconds", wrongKeys), 3000],
    ["never gets an answer", lost, 15_000]
  ] as const) {
    it.scoped(`F41 is given a promise that settles, and never rejects, when a flight ${name}`, () =>
      Effect.gen(function* () {
        const kept: Array<Promise<void>> = []
        const { source } = yield* onDemand(answer, { keepAlive: (refreshing) => kept.push(refreshing) })
        yield* Effect.fork(source.get)
        yield* atRest
        assert.strictEqual(kept.length, 1)
        let settled = false
        for (const promise of kept) yield* Effect.fork(Effect.promise(() => promise.then(() => (settled = true))))
        yield* TestClock.adjust(settlesAfter - 1)
        assert.isFalse(settled)
        yield* TestClock.adjust(1)
        assert.isTrue(settled)
      })
    )
  }
})

describe("a flight that is lost with the request that began it", () => {
  /** No timer of the flight rings any more, and no answer comes; callers have timers of their own. */
  const givenLost = Effect.gen(function* () {
    const state = yield* withoutTimers(onDemand(granted("1 hour")))
    state.flow.next(lost)
    return state
  })

  it.scoped("F41 holds callers for the request budget, by their own timers", () =>
    Effect.gen(function* () {
      const { source } = yield* givenLost
      const caller = yield* Effect.fork(Effect.flip(source.get))
      yield* TestClock.adjust("14999 millis")
      assert.strictEqual(yield* Effect.map(Fiber.poll(caller), ({ _tag }) => _tag), "None")
      yield* TestClock.adjust("1 millis")
      assert.deepInclude(yield* Fiber.join(caller), { _tag: "Unavailable", reason: "timeout" })
    })
  )

  it.scoped("F41 is replaced once it is older than the budget", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenLost
      const first = yield* Effect.fork(outcome(source))
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* Fiber.join(first), "Unavailable")
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      assert.deepStrictEqual(flow.sentAt, [0, 15_001])
    })
  )

  it.scoped("F41 F33 is no longer shown, nor does it keep its key from being forgotten", () =>
    Effect.gen(function* () {
      const cache = yield* withoutTimers(cacheWith({ mode: "onDemand" }))
      const flow = scriptedFlow({ label: "lost" })
      flow.next(lost)
      const source = yield* cache.source(flow)
      yield* Effect.fork(source.get)
      yield* TestClock.adjust("15 seconds")
      assert.isTrue((yield* source.status).refreshing)
      yield* TestClock.adjust("1 millis")
      assert.isFalse((yield* source.status).refreshing)
      yield* TestClock.adjust("1 hour")
      yield* cache.source(scriptedFlow())
      assert.deepStrictEqual(
        (yield* cache.statuses).map(({ label }) => label),
        ["scripted"]
      )
    })
  )

  it.scoped("F41 costs a caller whose token still works nothing but its patience", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const { flow, source } = yield* withoutTimers(withToken(lost))
        yield* moveWall(ages.due)
        assert.strictEqual(yield* getTaking(source, 1000), "scripted-1")
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
        flow.otherwise(granted("1 hour"))
        yield* TestClock.adjust("15 seconds")
        assert.strictEqual(yield* getTaking(source, 0), "scripted-3")
      })
    )
  )

  it.scoped("F41 a forced refresh does not wait for it for ever", () =>
    Effect.gen(function* () {
      const { source } = yield* givenLost
      yield* Effect.fork(outcome(source))
      yield* TestClock.adjust("1 second")
      const refreshes = [yield* Effect.fork(source.refresh), yield* Effect.fork(source.refresh)]
      yield* TestClock.adjust("16 seconds")
      for (const refresh of refreshes) assert.strictEqual(text(yield* Fiber.join(refresh)), "scripted-2")
    })
  )

  it.scoped(
    "F41 a forced refresh that waits for a slow flight is answered by the one after it, and asks for no third",
    () =>
      Effect.gen(function* () {
        const { flow, source } = yield* onDemand(delayed("14999 millis", wrongKeys))
        const refreshes = [yield* Effect.fork(source.refresh), yield* Effect.fork(source.refresh)]
        yield* TestClock.adjust("1 minute")
        for (const refresh of refreshes)
          assert.deepInclude(yield* Effect.flip(Fiber.join(refresh)), { _tag: "InvalidCredentials" })
        assert.deepStrictEqual(flow.sentAt, [0, 14_999])
      })
  )

  it.scoped("F41 a forced refresh that is lost itself fails its callers, and the next one works", () =>
    Effect.gen(function* () {
      const { source } = yield* givenLost
      const refresh = yield* Effect.fork(Effect.flip(source.refresh))
      yield* TestClock.adjust("31 seconds")
      assert.deepInclude(yield* Fiber.join(refresh), { _tag: "Unavailable", reason: "timeout" })
      assert.strictEqual(text(yield* source.refresh), "scripted-2")
    })
  )
})
