/**
 * docs/architecture.md §5: when a token of the store is taken over, how long it stays there, and whom a failure binds.
 */
import { assert, describe, it } from "@effect/vitest"
import {
  busyWaitMillis,
  entryLeftMillis,
  failureMillis,
  isAdoptable,
  leaseMillis,
  pollMillis,
  sharedLifeMillis,
  skipMillis,
  timeToLiveMillis
} from "../../src/core/sharedToken.js"
import { backOffAfterMillis, emptyState, shifted } from "../../src/core/tokenPhases.js"
import { at, begins, failure, held, life, type State, stateOf } from "../fixtures/tokenStates.js"

const shared = { text: "B", lifeMillis: life }

describe("a token of the store", () => {
  const cases: ReadonlyArray<
    readonly [what: string, adopted: boolean, state: State, text: string, left: number, now: number]
  > = [
    ["is taken over where there is none", true, emptyState, "B", 1, 0],
    ["is taken over with its whole life left", true, emptyState, "B", life, 0],
    ["is not once it is over", false, emptyState, "B", 0, 0],
    ["is not if it is the rejected one", false, stateOf({ rejected: "B" }), "B", 1000, 0],
    ["is taken over in place of the rejected one", true, stateOf({ rejected: "A" }), "B", 1000, 0],
    ["is taken over if it is newer", true, stateOf({ held: held() }), "B", life - 99, 100],
    ["is not if it is as old", false, stateOf({ held: held() }), "B", life - 100, 100],
    ["is not if it is older", false, stateOf({ held: held() }), "B", life - 101, 100],
    ["is not if it is the current one", false, stateOf({ held: held() }), "A", life - 50, 100],
    ["is taken over from who has an expired one, whatever its age", true, stateOf({ held: held() }), "B", 1, life],
    ["is not if it is the expired one", false, stateOf({ held: held() }), "A", 1, life],
    ["is not if the store says that it has more left than its whole life", false, emptyState, "B", life + 1, 0],
    ["F34 is not if nobody knows what is left", false, emptyState, "B", Number.NaN, 0]
  ]
  for (const [what, adopted, state, text, left, now] of cases) {
    it(what, () => assert.strictEqual(isAdoptable(state, { ...shared, text }, left, at(now)), adopted))
  }

  it("is taken over from who has an expired one, even if it is older and lives longer", () => {
    const longLived = { text: "B", lifeMillis: 3 * life }
    assert.isTrue(isAdoptable(stateOf({ held: held() }), longLived, 1, at(life)))
    assert.isFalse(isAdoptable(stateOf({ held: held() }), longLived, 1, at(life - 1)))
  })

  it("ends early by the time that a write may be late", () =>
    assert.strictEqual(sharedLifeMillis(life), life - leaseMillis))

  it("F34 stays for a finite time, in whole milliseconds, or is not written", () => {
    assert.strictEqual(timeToLiveMillis(1234.9), 1234)
    for (const millis of [0, 0.9, -1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 60]) {
      assert.isUndefined(timeToLiveMillis(millis), String(millis))
    }
  })
})

describe("a failure of another process", () => {
  const noted = failure(0)

  it("binds one without a token for seconds", () => {
    assert.strictEqual(backOffAfterMillis(noted, undefined, at(500)), 1500)
    assert.strictEqual(backOffAfterMillis(noted, undefined, at(2000)), 0)
  })

  it("C20 binds one with a token for minutes, and one without for seconds all the same", () => {
    const later = failure(begins.due)
    assert.strictEqual(backOffAfterMillis(later, held(), at(begins.due + 2000)), 48_000)
    assert.strictEqual(backOffAfterMillis(later, undefined, at(begins.due + 2000)), 0)
  })

  it("is kept for as long as it binds anybody", () => {
    assert.strictEqual(failureMillis(stateOf({ held: held() }), failure(begins.due), at(begins.due)), 50_000)
    assert.strictEqual(failureMillis(stateOf({ held: held() }), failure(life - 1), at(life - 1)), 5000)
    assert.strictEqual(failureMillis(emptyState, noted, at(0)), 2000)
  })
})

it("waits are drawn: 50 to 250 ms before the next look, 5 to 10 s after a failure of the store", () => {
  assert.deepStrictEqual([pollMillis(0), pollMillis(1)], [50, 250])
  assert.deepStrictEqual([skipMillis(0), skipMillis(1)], [5000, 10_000])
})

it("a reading is shifted by both clocks, and the same one if it is not", () => {
  const reading = { wallMillis: 50, monotonicMillis: 7 }
  assert.deepStrictEqual(shifted(reading, -5), { wallMillis: 45, monotonicMillis: 2 })
  assert.deepStrictEqual(shifted(reading, 5), { wallMillis: 55, monotonicMillis: 12 })
  assert.strictEqual(shifted(reading, 0), reading)
})

describe("a flight", () => {
  const budget = 15_000

  it("F61 waits for another process for a lease without a token, and for half of its budget with one", () => {
    assert.strictEqual(busyWaitMillis(emptyState, budget, at(0)), leaseMillis)
    assert.strictEqual(busyWaitMillis(stateOf({ held: held() }), budget, at(life)), leaseMillis)
    assert.strictEqual(busyWaitMillis(stateOf({ held: held() }), budget, at(life - 1)), budget / 2)
  })

  it("F61 keeps half of a short budget for its own request", () => {
    assert.strictEqual(busyWaitMillis(emptyState, 2000, at(0)), 1000)
    assert.strictEqual(busyWaitMillis(stateOf({ held: held() }), 2000, at(0)), 1000)
  })
})

describe("the time left of an entry", () => {
  const hour = 3_600_000
  const left = (storeLeft: number, madeAt: number, now: number) =>
    entryLeftMillis(storeLeft, hour, madeAt, { wallMillis: now, monotonicMillis: 0 })

  it("is what the store says, between clocks that differ by two hours at most", () => {
    for (const difference of [-2 * hour, 0, 2 * hour]) {
      assert.strictEqual(left(hour, 0, difference), hour)
      assert.strictEqual(left(hour, 50 * hour, 50 * hour + difference), hour)
    }
  })

  it("F65 ends two hours after the entry's own end at the latest", () => {
    assert.strictEqual(left(hour, 0, 3 * hour - 5), 5)
    assert.isAtMost(left(hour, 0, 3 * hour), 0)
    assert.isAtMost(left(hour, 0, -2 * hour - 1), 0)
  })
})
