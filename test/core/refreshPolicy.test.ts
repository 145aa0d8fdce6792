/** The arithmetic of docs/architecture.md §2, number by number. */
import { assert, describe, it } from "@effect/vitest"
import {
  flightSpacingMillis,
  type HoldInput,
  hardWindowMillis,
  holdWithoutTokenMillis,
  holdWithTokenMillis,
  idleMillis,
  longestRetryAfterMillis,
  longestTimerMillis,
  refreshAgeMillis,
  retryDelayMillis,
  throttleMillis
} from "../../src/core/refreshPolicy.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute

const failed = (change: Partial<HoldInput> = {}): HoldInput => ({
  kind: "transient",
  retryAfterMillis: undefined,
  failures: 1,
  random: 0,
  ...change
})

describe("the windows of a token", () => {
  for (const [life, hard] of [
    [10 * second, second],
    [599 * second, 59_900],
    [10 * minute, minute],
    [601 * second, minute],
    [24 * hour, minute]
  ] as const) {
    it(`F16 the hard window of a life of ${life / 1000} s is ${hard / 1000} s`, () =>
      assert.strictEqual(hardWindowMillis(life), hard))
  }

  for (const [life, softWindow, random, age] of [
    [hour, 0.25, 0, 45 * minute],
    [hour, 0.25, 0.5, 48.75 * minute],
    [hour, 0.25, 1, 52.5 * minute],
    [hour, 0.5, 0, 30 * minute],
    [hour, 1, 0, 0],
    [24 * hour, 0.25, 1, 21 * hour],
    [10 * second, 0.25, 0, 7500]
  ] as const) {
    it(`F20 a life of ${life / 1000} s, a soft window of ${softWindow} and a draw of ${random}: due at ${age / 1000} s`, () =>
      assert.strictEqual(refreshAgeMillis(life, softWindow, random, 0), age))
  }

  it("F20 keys that are due within a 10,000th of their life are due at once, and within the window", () => {
    for (const life of [hour, 24 * hour, 3599 * second]) {
      const dueAt = new Set<number>()
      for (let key = 0; key < 20_000; key++) {
        const askedAt = 7 * hour + (key % 1000)
        const age = refreshAgeMillis(life, 0.25, (key + 0.5) / 20_000, askedAt)
        assert.isAtLeast(age, 0.75 * life)
        assert.isAtMost(age, 0.875 * life)
        assert.strictEqual(age, Math.floor(age))
        dueAt.add(askedAt + age)
      }
      // An eighth of the life is 1,250 of them.
      assert.isBelow(dueAt.size, 1300)
    }
  })
})

describe("the hold while a token can be served", () => {
  it("F22 is half to all of a quarter of what is left", () => {
    assert.strictEqual(holdWithTokenMillis(failed({ random: 0 }), 12 * minute), 1.5 * minute)
    assert.strictEqual(holdWithTokenMillis(failed({ random: 0.5 }), 12 * minute), 2.25 * minute)
    assert.strictEqual(holdWithTokenMillis(failed({ random: 1 }), 12 * minute), 3 * minute)
  })

  it("F22 is half to all of five minutes, however much is left", () => {
    assert.strictEqual(holdWithTokenMillis(failed({ random: 1 }), 20 * minute - 4), 5 * minute - 1)
    assert.strictEqual(holdWithTokenMillis(failed({ random: 1 }), 20 * minute), 5 * minute)
    assert.strictEqual(holdWithTokenMillis(failed({ random: 1 }), 20 * minute + 4), 5 * minute)
    assert.strictEqual(holdWithTokenMillis(failed({ random: 0 }), 6 * hour), 2.5 * minute)
  })

  it("is the same for every kind of failure, and however many there were", () => {
    for (const kind of ["terminal", "transient", "rateLimited"] as const) {
      for (const failures of [0, 1, 9]) {
        assert.strictEqual(holdWithTokenMillis(failed({ kind, failures }), 12 * minute), 1.5 * minute)
      }
    }
  })

  it("F28 is never under Retry-After, up to an hour", () => {
    const hold = (retryAfterMillis: number) => holdWithTokenMillis(failed({ retryAfterMillis }), 12 * minute)
    assert.strictEqual(hold(1.5 * minute - 1), 1.5 * minute)
    assert.strictEqual(hold(1.5 * minute + 1), 1.5 * minute + 1)
    assert.strictEqual(hold(hour), hour)
    assert.strictEqual(hold(hour + 1), hour)
    assert.strictEqual(longestRetryAfterMillis, hour)
  })
})

describe("the hold without a token", () => {
  it("F25 is one to five seconds after a terminal failure, however many there were, whatever Retry-After says", () => {
    assert.strictEqual(holdWithoutTokenMillis(failed({ kind: "terminal", random: 0 })), second)
    assert.strictEqual(holdWithoutTokenMillis(failed({ kind: "terminal", random: 0.5 })), 3 * second)
    assert.strictEqual(holdWithoutTokenMillis(failed({ kind: "terminal", random: 1 })), 5 * second)
    assert.strictEqual(
      holdWithoutTokenMillis(failed({ kind: "terminal", failures: 9, retryAfterMillis: hour })),
      second
    )
  })

  for (const [failures, shortest, longest] of [
    [0, 500, 1000],
    [1, 1000, 2000],
    [2, 2000, 4000],
    [3, 4000, 8000],
    [4, 8000, 16_000],
    [5, 15_000, 30_000],
    [60, 15_000, 30_000]
  ] as const) {
    it(`F25 after ${failures} passing failures it is ${shortest} to ${longest} ms`, () => {
      assert.strictEqual(holdWithoutTokenMillis(failed({ failures, random: 0 })), shortest)
      assert.strictEqual(holdWithoutTokenMillis(failed({ failures, random: 0.5 })), (shortest + longest) / 2)
      assert.strictEqual(holdWithoutTokenMillis(failed({ failures, random: 1 })), longest)
    })
  }

  it("F28 is never under the Retry-After of a passing failure, up to five minutes", () => {
    const hold = (retryAfterMillis: number) => holdWithoutTokenMillis(failed({ retryAfterMillis }))
    assert.strictEqual(hold(999), second)
    assert.strictEqual(hold(1001), 1001)
    assert.strictEqual(hold(5 * minute), 5 * minute)
    assert.strictEqual(hold(5 * minute + 1), 5 * minute)
  })

  it("F28 after a 429 is Retry-After and up to a fifth more; five minutes is the longest that is taken for true", () => {
    const hold = (retryAfterMillis: number | undefined, random: number) =>
      holdWithoutTokenMillis(failed({ kind: "rateLimited", retryAfterMillis, random }))
    assert.strictEqual(hold(10 * second, 0), 10 * second)
    assert.strictEqual(hold(10 * second, 0.5), 11 * second)
    assert.strictEqual(hold(10 * second, 1), 12 * second)
    assert.strictEqual(hold(0, 1), 0)
    assert.strictEqual(hold(5 * minute - 1, 0), 5 * minute - 1)
    assert.strictEqual(hold(hour, 0), 5 * minute)
    assert.strictEqual(hold(hour, 1), 6 * minute)
  })

  it("F28 after a 429 without a Retry-After is half a minute and up to a fifth more", () => {
    assert.strictEqual(holdWithoutTokenMillis(failed({ kind: "rateLimited", random: 0 })), 30 * second)
    assert.strictEqual(holdWithoutTokenMillis(failed({ kind: "rateLimited", random: 1, failures: 9 })), 36 * second)
  })
})

describe("the hold of a server's other keys after a 429", () => {
  it("F27 F28 is Retry-After, at most an hour; half a minute if it is not said", () => {
    assert.strictEqual(throttleMillis(undefined), 30 * second)
    assert.strictEqual(throttleMillis(0), 0)
    assert.strictEqual(throttleMillis(hour), hour)
    assert.strictEqual(throttleMillis(hour + 1), hour)
  })
})

describe("the wait before the next attempt of a flight", () => {
  const delay = (change: Partial<HoldInput>, failedAttempts: number, random: number) =>
    retryDelayMillis(failed(change), failedAttempts, random)

  for (const [failedAttempts, longest] of [
    [0, 200],
    [1, 400],
    [2, 800],
    [6, 12_800]
  ] as const) {
    it(`F22 is half to all of ${longest} ms after ${failedAttempts} failed attempts`, () => {
      assert.strictEqual(delay({}, failedAttempts, 0), longest / 2)
      assert.strictEqual(delay({}, failedAttempts, 0.5), longest * 0.75)
      assert.strictEqual(delay({}, failedAttempts, 1), longest)
    })
  }

  it("F28 is never under Retry-After", () => {
    for (const kind of ["transient", "rateLimited"] as const) {
      assert.strictEqual(delay({ kind, retryAfterMillis: 99 }, 0, 0), 100)
      assert.strictEqual(delay({ kind, retryAfterMillis: 101 }, 0, 0), 101)
      assert.strictEqual(delay({ kind, retryAfterMillis: 2 * hour }, 0, 0), 2 * hour)
    }
  })

  it("F28 is half a minute after a 429 that does not say", () => {
    assert.strictEqual(delay({ kind: "rateLimited" }, 0, 1), 30 * second)
    assert.strictEqual(delay({ kind: "terminal" }, 0, 1), 200)
  })
})

describe("the rest", () => {
  it("no flight begins within a second of the one before", () => assert.strictEqual(flightSpacingMillis, second))
  it("F13 F14 no timer is longer than a minute", () => assert.strictEqual(longestTimerMillis, minute))
  it("F33 a key that nobody asks for stays for two lives of its token, or for an hour", () => {
    assert.strictEqual(idleMillis(undefined), hour)
    assert.strictEqual(idleMillis(10 * second), 20 * second)
    assert.strictEqual(idleMillis(24 * hour), 48 * hour)
  })
})
