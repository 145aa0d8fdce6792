/** F45 timeouts in the time in which the process ran. */
import { assert, describe, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as TestClock from "effect/TestClock"
import { sleepRunning, timeoutFail } from "../../src/internal/effect/timeout.js"
import { withRecordedSleeps } from "../fixtures/passingTime.js"

const limit = Duration.seconds(10)
const bounded = timeoutFail({ duration: limit, onTimeout: () => "late" as const })

/**
 * `TestClock`, whose process is stopped while its timers are due: they ring later than they should, by so much, in
 * turn.
 */
const withStops = <A, E, R>(stops: ReadonlyArray<Duration.DurationInput>, effect: Effect.Effect<A, E, R>) =>
  Effect.clockWith((testClock) => {
    const left = [...stops]
    const slept: Array<number> = []
    const clock: Clock.Clock = Object.assign(Object.create(testClock), {
      unsafeCurrentTimeNanos: () => testClock.unsafeCurrentTimeNanos(),
      sleep: (duration: Duration.Duration) => {
        slept.push(Duration.toMillis(duration))
        return testClock.sleep(Duration.sum(duration, left.shift() ?? 0))
      }
    })
    return Effect.map(Effect.withClock(effect, clock), (result) => ({ result, slept }))
  })

describe("a timeout", () => {
  it.effect("F42 fails when its time is up, and interrupts the effect", () =>
    Effect.gen(function* () {
      let interrupted = false
      const effect = Effect.onInterrupt(Effect.never, () => Effect.sync(() => (interrupted = true)))
      const fiber = yield* Effect.fork(Effect.flip(bounded(effect)))
      yield* TestClock.adjust(Duration.subtract(limit, "1 millis"))
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
      assert.isTrue(interrupted)
    })
  )

  it.effect("leaves success, failure, defect and interruption as they are, and no timer behind", () =>
    withRecordedSleeps((_, open) =>
      Effect.gen(function* () {
        assert.strictEqual(yield* bounded(Effect.succeed("answer")), "answer")
        assert.strictEqual(yield* Effect.flip(bounded(Effect.fail("no"))), "no")
        assert.deepStrictEqual(yield* Effect.catchAllDefect(bounded(Effect.die("no")), Effect.succeed), "no")
        assert.isTrue(Exit.isInterrupted(yield* Effect.exit(bounded(Effect.interrupt))))
        assert.strictEqual(open(), 0)
      })
    )
  )

  it.effect("F4 ends with its caller", () =>
    withRecordedSleeps((_, open) =>
      Effect.gen(function* () {
        const started = yield* Effect.makeLatch()
        const fiber = yield* Effect.fork(bounded(Effect.zipRight(started.open, Effect.never)))
        yield* started.await
        yield* Effect.yieldNow()
        assert.strictEqual(open(), 1)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
        assert.strictEqual(open(), 0)
      })
    )
  )

  it.effect("keeps what the effect sets in its fiber, as Effect.timeoutFail does", () =>
    Effect.gen(function* () {
      const ref = FiberRef.unsafeMake("before")
      yield* bounded(FiberRef.set(ref, "within"))
      assert.strictEqual(yield* FiberRef.get(ref), "within")
    })
  )
})

describe("F45 a timer that rings too late", () => {
  it.effect("sleeps again for what it overslept", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(withStops(["4 seconds"], sleepRunning(limit)))
      yield* TestClock.adjust("14 seconds")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("3999 millis")
      assert.isNull(fiber.unsafePoll())
      yield* TestClock.adjust("1 millis")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).slept, [10_000, 4_000])
    })
  )

  it.effect("after a long stop sleeps no longer than it would have at first", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(withStops(["3 hours"], sleepRunning(limit)))
      yield* TestClock.adjust("3 hours")
      yield* TestClock.adjust("20 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).slept, [10_000, 10_000])
    })
  )

  it.effect("counts every stop", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(withStops(["3 hours", "2 seconds", "1 hours"], sleepRunning(limit)))
      yield* TestClock.adjust("5 hours")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).slept, [10_000, 10_000, 2_000, 2_000])
    })
  )

  it.effect("is no stop where it is late by a second at most", () =>
    Effect.gen(function* () {
      const fiber = yield* Effect.fork(withStops(["1 seconds"], sleepRunning(limit)))
      yield* TestClock.adjust("11 seconds")
      assert.deepStrictEqual((yield* Fiber.join(fiber)).slept, [10_000])
    })
  )

  it.effect("does not time out an effect that ends soon after the stop", () =>
    Effect.gen(function* () {
      const testClock = yield* TestClock.testClock()
      const answer = Effect.withClock(Effect.as(Effect.sleep("31 seconds"), "answer"), testClock)
      const fiber = yield* Effect.fork(withStops(["20 seconds"], Effect.either(bounded(answer))))
      yield* TestClock.adjust("32 seconds")
      const { result } = yield* Fiber.join(fiber)
      assert.strictEqual(result._tag === "Right" ? result.right : result.left, "answer")
    })
  )
})
