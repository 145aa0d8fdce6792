/** The time that a token request may take: what `Effect.timeout` promises, with less of it. */
import { assert, describe, it } from "@effect/vitest"
import type * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as TestClock from "effect/TestClock"
import { within } from "../../src/internal/http/requestTimeout.js"

type Bounded = <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | "late">

const limit = Duration.seconds(10)

const kinds: Readonly<Record<string, Bounded>> = {
  "as it is bounded": (effect) =>
    Effect.flatMap(Effect.runtime<never>(), (runtime) => within(limit, effect, Effect.fail("late" as const), runtime)),
  "in Effect's own words": Effect.timeoutFail({ duration: limit, onTimeout: () => "late" as const })
}

/** The test's clock, which counts those who sleep by it. */
const countingSleepers = Effect.map(TestClock.testClock(), (testClock) => {
  const sleepers = { now: 0, ever: 0 }
  const clock: Clock.Clock = Object.assign(Object.create(testClock), {
    sleep: (duration: Duration.Duration) =>
      Effect.acquireUseRelease(
        Effect.sync(() => {
          sleepers.now += 1
          sleepers.ever += 1
        }),
        () => testClock.sleep(duration),
        () => Effect.sync(() => (sleepers.now -= 1))
      )
  })
  return { clock, sleepers }
})

/** Sends and waits for an answer; cleaning up takes until it is let. */
const request = Effect.gen(function* () {
  const sent = yield* Deferred.make<void>()
  const answer = yield* Deferred.make<string, string>()
  const cleaning = yield* Deferred.make<void>()
  const cleaned = yield* Deferred.make<void>()
  const effect = Effect.onInterrupt(Effect.zipRight(Deferred.succeed(sent, undefined), Deferred.await(answer)), () =>
    Effect.zipRight(Deferred.succeed(cleaning, undefined), Deferred.await(cleaned))
  )
  return { sent, answer, cleaning, cleaned, effect }
})

for (const [kind, bounded] of Object.entries(kinds)) {
  describe(`a request ${kind}`, () => {
    for (const [end, exit] of Object.entries({
      success: Exit.succeed("answer"),
      failure: Exit.fail("no"),
      defect: Exit.die("no"),
      interruption: Exit.interrupt(FiberId.none)
    })) {
      it.effect(`ends as it ends, and leaves no timer behind (${end})`, () =>
        Effect.gen(function* () {
          const { clock, sleepers } = yield* countingSleepers
          const { answer, cleaned, effect, sent } = yield* request
          yield* Deferred.succeed(cleaned, undefined)
          const fiber = yield* Effect.fork(Effect.withClock(Effect.exit(bounded(effect)), clock))
          yield* Deferred.await(sent)
          yield* Deferred.done(answer, exit)
          assert.deepStrictEqual(yield* Fiber.join(fiber), exit)
          assert.deepStrictEqual(sleepers, { now: 0, ever: 1 })
        })
      )
    }

    it.effect("F42 is interrupted when its time is up, and has ended when the caller is told", () =>
      Effect.gen(function* () {
        const { clock, sleepers } = yield* countingSleepers
        const { cleaned, cleaning, effect } = yield* request
        const fiber = yield* Effect.fork(Effect.withClock(Effect.flip(bounded(effect)), clock))
        yield* TestClock.adjust(Duration.subtract(limit, Duration.millis(1)))
        assert.isFalse(yield* Deferred.isDone(cleaning))
        yield* TestClock.adjust("1 millis")
        yield* Deferred.await(cleaning)
        assert.isNull(fiber.unsafePoll())
        yield* Deferred.succeed(cleaned, undefined)
        assert.strictEqual(yield* Fiber.join(fiber), "late")
        assert.strictEqual(sleepers.now, 0)
      })
    )

    it.effect("F4 ends with its caller, who waits for it", () =>
      Effect.gen(function* () {
        const { clock, sleepers } = yield* countingSleepers
        const { cleaned, cleaning, effect, sent } = yield* request
        const fiber = yield* Effect.fork(Effect.withClock(bounded(effect), clock))
        yield* Deferred.await(sent)
        const leaving = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* Deferred.await(cleaning)
        assert.isNull(fiber.unsafePoll())
        yield* Deferred.succeed(cleaned, undefined)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.join(leaving)))
        assert.strictEqual(sleepers.now, 0)
      })
    )

    it.effect("F4 ends with its caller also when it is late already", () =>
      Effect.gen(function* () {
        const { clock, sleepers } = yield* countingSleepers
        const { cleaned, cleaning, effect, sent } = yield* request
        const fiber = yield* Effect.fork(Effect.withClock(bounded(effect), clock))
        yield* Deferred.await(sent)
        yield* TestClock.adjust(limit)
        yield* Deferred.await(cleaning)
        const leaving = yield* Effect.fork(Fiber.interrupt(fiber))
        yield* Effect.yieldNow()
        yield* Deferred.succeed(cleaned, undefined)
        assert.isTrue(Exit.isInterrupted(yield* Fiber.join(leaving)))
        assert.strictEqual(sleepers.now, 0)
      })
    )

    it.effect("is as interruptible as its caller", () =>
      Effect.gen(function* () {
        const interruptible = Effect.checkInterruptible(Effect.succeed)
        assert.isTrue(yield* bounded(interruptible))
        assert.isFalse(yield* Effect.uninterruptible(bounded(interruptible)))
      })
    )

    it.effect("is waited for where it cannot be interrupted: neither its time nor its caller ends it", () =>
      Effect.gen(function* () {
        const { clock, sleepers } = yield* countingSleepers
        const { answer, effect, sent } = yield* request
        const uninterruptible = Effect.uninterruptible(Effect.exit(bounded(effect)))
        const fiber = yield* Effect.fork(Effect.withClock(uninterruptible, clock))
        yield* Deferred.await(sent)
        yield* Fiber.interruptFork(fiber)
        yield* TestClock.adjust(limit)
        assert.isNull(fiber.unsafePoll())
        yield* Deferred.succeed(answer, "answer")
        yield* Fiber.await(fiber)
        assert.strictEqual(sleepers.now, 0)
      })
    )
  })
}

describe("what the bound does not do", () => {
  const bounded = kinds["as it is bounded"] ?? Effect.die

  it.effect("it begins no timer for what ends at once", () =>
    Effect.gen(function* () {
      const { clock, sleepers } = yield* countingSleepers
      assert.strictEqual(yield* Effect.withClock(bounded(Effect.succeed("answer")), clock), "answer")
      assert.strictEqual(sleepers.ever, 0)
    })
  )

  it.effect("it lets nothing out of the request's fiber", () =>
    Effect.gen(function* () {
      const ref = FiberRef.unsafeMake("before")
      yield* bounded(FiberRef.set(ref, "within"))
      assert.strictEqual(yield* FiberRef.get(ref), "before")
    })
  )

  it.effect("it does not hide a clock that cannot sleep", () =>
    Effect.gen(function* () {
      const testClock = yield* TestClock.testClock()
      const clock: Clock.Clock = Object.assign(Object.create(testClock), {
        sleep: () => Effect.dieMessage("no timers")
      })
      const exit = yield* Effect.exit(Effect.withClock(bounded(Effect.never), clock))
      assert.deepStrictEqual(exit, yield* Effect.exit(Effect.dieMessage("no timers")))
    })
  )
})
