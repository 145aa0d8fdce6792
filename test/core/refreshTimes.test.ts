/** The arithmetic of docs/architecture.md §2, number by number. */
import { assert, describe, it } from "@effect/vitest"
import {
  type BackOffInput,
  backOffWithoutTokenMillis,
  backOffWithTokenMillis,
  flightSpacingMillis,
  hardWindowMillis,
  idleMillis,
  longestRetryAfterMillis,
  longestTimerMillis,
  refreshAgeMillis,
  retryDelayMillis,
  throttleMillis
} from "../../src/core/refreshTimes.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute

const failed = (change: Partial<BackOffInput> = {}): BackOffInput => ({
  kind: "transient",
  retryAfterMillis: undefined,
  failuresWithoutToken: 1,
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
      assert.strictEqual(refreshAgeMillis(life, softWindow, random), age))
  }
})

describe("the back-off while a token can be served", () => {
  it("F22 is half to all of a quarter of what is left", () => {
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 0 }), 12 * minute, hour), 1.5 * minute)
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 0.5 }), 12 * minute, hour), 2.25 * minute)
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 1 }), 12 * minute, hour), 3 * minute)
  })

  it("F22 is half to all of five minutes, however much is left", () => {
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 1 }), 20 * minute - 4, hour), 5 * minute - 1)
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 1 }), 20 * minute, hour), 5 * minute)
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 1 }), 20 * minute + 4, hour), 5 * minute)
    assert.strictEqual(backOffWithTokenMillis(failed({ random: 0 }), 6 * hour, hour), 2.5 * minute)
  })

  it("is the same for every kind of failure, and however many there were", () => {
    for (const kind of ["terminal", "transient", "rateLimited"] as const) {
      for (const failures of [0, 1, 9]) {
        assert.strictEqual(
          backOffWithTokenMillis(failed({ kind, failuresWithoutToken: failures }), 12 * minute, hour),
          1.5 * minute
        )
      }
    }
  })

  it("F43 is five seconds at least, or a hundredth of a life where that is less", () => {
    const backOff = (life: number) => backOffWithTokenMillis(failed({ random: 0 }), second, life)
    assert.strictEqual(backOff(hour), 5 * second)
    assert.strictEqual(backOff(500 * second), 5 * second)
    assert.strictEqual(backOff(499 * second), 4990)
    assert.strictEqual(backOff(20 * second), 200)
    assert.strictEqual(backOff(10 * second), 125)
  })

  it("F28 is never under Retry-After, up to an hour", () => {
    const backOff = (retryAfterMillis: number) =>
      backOffWithTokenMillis(failed({ retryAfterMillis }), 12 * minute, hour)
    assert.strictEqual(backOff(1.5 * minute - 1), 1.5 * minute)
    assert.strictEqual(backOff(1.5 * minute + 1), 1.5 * minute + 1)
    assert.strictEqual(backOff(hour), hour)
    assert.strictEqual(backOff(hour + 1), hour)
    assert.strictEqual(longestRetryAfterMillis, hour)
  })
})

describe("the back-off without a token", () => {
  for (const [failures, shortest, longest] of [
    [0, 2500, 5000],
    [1, 5000, 10_000],
    [2, 10_000, 20_000],
    [3, 20_000, 40_000],
    [4, 30_000, 60_000],
    [60, 30_000, 60_000]
  ] as const) {
    it(`F43 after ${failures} refusals of the keys it is ${shortest} to ${longest} ms`, () => {
      const backOff = (random: number) =>
        backOffWithoutTokenMillis(failed({ kind: "terminal", failuresWithoutToken: failures, random }))
      assert.strictEqual(backOff(0), shortest)
      assert.strictEqual(backOff(0.5), (shortest + longest) / 2)
      assert.strictEqual(backOff(1), longest)
    })
  }

  it("F44 after a refusal of the keys it is never under Retry-After, up to five minutes", () => {
    const backOff = (retryAfterMillis: number) =>
      backOffWithoutTokenMillis(failed({ kind: "terminal", retryAfterMillis }))
    assert.strictEqual(backOff(4999), 5 * second)
    assert.strictEqual(backOff(5001), 5001)
    assert.strictEqual(backOff(hour), 5 * minute)
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
      assert.strictEqual(backOffWithoutTokenMillis(failed({ failuresWithoutToken: failures, random: 0 })), shortest)
      assert.strictEqual(
        backOffWithoutTokenMillis(failed({ failuresWithoutToken: failures, random: 0.5 })),
        (shortest + longest) / 2
      )
      assert.strictEqual(backOffWithoutTokenMillis(failed({ failuresWithoutToken: failures, random: 1 })), longest)
    })
  }

  it("F28 is never under the Retry-After of a passing failure, up to five minutes", () => {
    const backOff = (retryAfterMillis: number) => backOffWithoutTokenMillis(failed({ retryAfterMillis }))
    assert.strictEqual(backOff(999), second)
    assert.strictEqual(backOff(1001), 1001)
    assert.strictEqual(backOff(5 * minute), 5 * minute)
    assert.strictEqual(backOff(5 * minute + 1), 5 * minute)
  })

  it("F28 after a 429 is Retry-After and up to a fifth more; five minutes is the longest that is taken for true", () => {
    const backOff = (retryAfterMillis: number | undefined, random: number) =>
      backOffWithoutTokenMillis(failed({ kind: "rateLimited", retryAfterMillis, random }))
    assert.strictEqual(backOff(10 * second, 0), 10 * second)
    assert.strictEqual(backOff(10 * second, 0.5), 11 * second)
    assert.strictEqual(backOff(10 * second, 1), 12 * second)
    assert.strictEqual(backOff(5 * minute - 1, 0), 5 * minute - 1)
    assert.strictEqual(backOff(hour, 0), 5 * minute)
    assert.strictEqual(backOff(hour, 1), 6 * minute)
  })

  for (const [failures, shortest, longest] of [
    [0, 500, 1000],
    [1, 1000, 2000],
    [5, 15_000, 30_000],
    [60, 15_000, 30_000]
  ] as const) {
    it(`F28 after ${failures} failures and a 429 with a Retry-After of 0 it is ${shortest} to ${longest} ms`, () => {
      const backOff = (random: number) =>
        backOffWithoutTokenMillis(
          failed({ kind: "rateLimited", retryAfterMillis: 0, failuresWithoutToken: failures, random })
        )
      assert.strictEqual(backOff(0), shortest)
      assert.strictEqual(backOff(1), longest)
    })
  }

  it("F28 after a 429 without a Retry-After is half a minute and up to a fifth more", () => {
    assert.strictEqual(backOffWithoutTokenMillis(failed({ kind: "rateLimited", random: 0 })), 30 * second)
    assert.strictEqual(
      backOffWithoutTokenMillis(failed({ kind: "rateLimited", random: 1, failuresWithoutToken: 9 })),
      36 * second
    )
  })
})

describe("the back-off of a server's other keys after a 429", () => {
  it("F27 F28 F64 is Retry-After, at most a minute; half a minute if it is not said", () => {
    assert.strictEqual(throttleMillis(undefined), 30 * second)
    assert.strictEqual(throttleMillis(0), 0)
    assert.strictEqual(throttleMillis(minute), minute)
    assert.strictEqual(throttleMillis(minute + 1), minute)
  })
})

describe("the wait before the next attempt of a flight", () => {
  const delay = (change: Partial<BackOffInput>, failedAttempts: number, random: number) =>
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
