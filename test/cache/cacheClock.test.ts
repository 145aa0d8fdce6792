/** Two clocks, and what their moving apart says. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { cacheClock, hasJumped } from "../../src/internal/cache/cacheClock.js"
import { withMovableWall } from "../fixtures/passingTime.js"

describe("hasJumped", () => {
  const since = { wallMillis: 5_000_000, monotonicMillis: 300 }
  const later = (wall: number, monotonic: number) => ({
    wallMillis: since.wallMillis + wall,
    monotonicMillis: since.monotonicMillis + monotonic
  })

  it("F14 F15 once the clocks are over a second apart, in either direction, however long that took", () => {
    for (const passed of [0, 86_400_000]) {
      assert.isFalse(hasJumped(since, later(passed, passed)))
      assert.isFalse(hasJumped(since, later(passed + 1000, passed)))
      assert.isFalse(hasJumped(since, later(passed - 1000, passed)))
      assert.isTrue(hasJumped(since, later(passed + 1001, passed)))
      assert.isTrue(hasJumped(since, later(passed - 1001, passed)))
    }
  })
})

describe("cacheClock", () => {
  it.effect("reads both clocks of the one that it was given, in milliseconds", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const clock = cacheClock(yield* Effect.clock)
        const before = clock.read()
        yield* TestClock.adjust("5 seconds")
        yield* moveWall(-2000)
        const after = clock.read()
        assert.strictEqual(after.wallMillis - before.wallMillis, 3000)
        assert.strictEqual(after.monotonicMillis - before.monotonicMillis, 5000)
        assert.strictEqual(clock.wallMillis(), after.wallMillis)
      })
    )
  )

  it.effect("gives who reads within one millisecond the same reading, and who reads later another", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const clock = cacheClock(yield* Effect.clock)
        const first = clock.read()
        assert.strictEqual(clock.read(), first)
        for (const moved of [TestClock.adjust("1 millis"), moveWall(1), moveWall(-1)]) {
          const before = clock.read()
          yield* moved
          assert.notDeepEqual(clock.read(), before)
        }
        assert.strictEqual(first.monotonicMillis + 1, clock.read().monotonicMillis)
      })
    )
  )
})
