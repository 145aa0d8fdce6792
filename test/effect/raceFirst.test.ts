/** F40 the one race of the library: whenever it is interrupted, it ends. */
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { raceFirst } from "../../src/internal/effect/raceFirst.js"
import { timeoutFail } from "../../src/internal/effect/timeout.js"

describe("the race", () => {
  it.effect("ends as the first one does, and interrupts the other", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const loser = Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      assert.strictEqual(yield* raceFirst(Effect.succeed("one"), loser), "one")
      assert.strictEqual(yield* raceFirst(loser, Effect.succeed("other")), "other")
      assert.strictEqual(yield* Effect.flip(raceFirst(loser, Effect.fail("no"))), "no")
      assert.isTrue(Exit.isInterrupted(yield* Effect.exit(raceFirst(Effect.interrupt, loser))))
      assert.strictEqual(interrupted, 4)
    })
  )

  it.effect("leaves the winner's fiber refs behind", () =>
    Effect.gen(function* () {
      const ref = FiberRef.unsafeMake("before")
      yield* raceFirst(FiberRef.set(ref, "after"), Effect.never)
      assert.strictEqual(yield* FiberRef.get(ref), "after")
    })
  )

  it.effect(
    "F56 a logger that throws at DEBUG keeps no caller waiting, and hears of no failure that is handed on",
    () => {
      let heard = 0
      const throwing = Logger.make(() => {
        heard += 1
        throw new Error("a bug in the logger")
      })
      const failing = Effect.delay(Effect.fail("no"), 1)
      const raced = {
        race: raceFirst(failing, Effect.never),
        timeout: timeoutFail({ duration: Duration.minutes(1), onTimeout: () => "late" })(failing)
      }
      return Effect.gen(function* () {
        for (const effect of Object.values(raced)) {
          const fiber = yield* Effect.fork(Effect.flip(effect))
          yield* TestClock.adjust(1)
          assert.strictEqual(yield* Fiber.join(fiber), "no")
        }
        assert.strictEqual(heard, 0)
      }).pipe(
        Effect.provide(
          Layer.merge(Logger.replace(Logger.defaultLogger, throwing), Logger.minimumLogLevel(LogLevel.All))
        )
      )
    }
  )

  it.live("F40 interrupted at any moment: both have ended", () =>
    Effect.gen(function* () {
      // Every fiber gives way every so many steps, so that the interruption comes anywhere between them.
      for (let steps = 12; steps < 30; steps++) {
        for (let turns = 0; turns < 10; turns++) {
          let running = 0
          const contender = Effect.acquireUseRelease(
            Effect.sync(() => running++),
            () => Effect.never,
            () => Effect.sync(() => running--)
          )
          const race = Effect.withMaxOpsBeforeYield(
            Effect.zipRight(Effect.void, raceFirst(contender, contender)),
            steps
          )
          const fiber = yield* Effect.fork(race)
          for (let turn = 0; turn < turns; turn++) yield* Effect.yieldNow()
          const ended = yield* Effect.timeoutOption(Effect.disconnect(Fiber.interrupt(fiber)), "5 seconds")
          assert.isTrue(Option.isSome(ended), `interrupted after ${turns} turns of ${steps} steps`)
          assert.strictEqual(running, 0)
        }
      }
    })
  )

  it.effect("a timeout of what cannot be interrupted is over with it, and not when its time is up", () =>
    Effect.gen(function* () {
      const answered = yield* Deferred.make<string>()
      const bounded = timeoutFail({ duration: Duration.hours(1), onTimeout: () => "late" })(Deferred.await(answered))
      const fiber = yield* Effect.fork(Effect.uninterruptible(bounded))
      yield* Effect.yieldNow()
      yield* Deferred.succeed(answered, "answer")
      assert.strictEqual(yield* Fiber.join(fiber), "answer")
    })
  )

  it.effect("F40 ends in a finalizer as well, and interrupts the other there", () =>
    Effect.gen(function* () {
      const ends = {
        first: raceFirst(Effect.succeed("first"), Effect.never),
        other: raceFirst(Effect.never, Effect.void)
      }
      yield* Effect.void.pipe(Effect.ensuring(ends.first), Effect.ensuring(ends.other))
      const late = timeoutFail({ duration: Duration.zero, onTimeout: () => "late" })(Effect.never)
      const fiber = yield* Effect.fork(Effect.uninterruptible(Effect.flip(late)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(fiber), "late")
    })
  )

  it("is the only one: Effect's own may wait for ever when it is interrupted", () => {
    const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"))
    const racing = files.filter((file) =>
      /\b(?:Effect|Stream)\.(?:race\w*|timeout\w*|validateFirst)\(/.test(readFileSync(`src/${file}`, "utf8"))
    )
    assert.isNotEmpty(files)
    assert.isEmpty(racing)
  })
})
