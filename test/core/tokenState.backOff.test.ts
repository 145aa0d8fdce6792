/** Design §5: ages, phases, and how long a failure holds back the next flight. */
import { assert, describe, it } from "@effect/vitest"
import {
  ageMillis,
  backOffLeftMillis,
  elapsedMillis,
  emptyState,
  leftMillis,
  phaseOf,
  retryAfterLeftMillis,
  spacingLeftMillis,
  usable
} from "../../src/core/tokenPhases.js"
import { at, begins, failure, held, lastFlight, life, stateOf, without } from "../fixtures/tokenStates.js"

const hour = 3_600_000

describe("time", () => {
  it("F14 F15 what has passed is what the clock says that says more", () => {
    const since = { wallMillis: 1_000_000, monotonicMillis: 500 }
    assert.strictEqual(elapsedMillis(since, { wallMillis: 1_000_007, monotonicMillis: 503 }), 7)
    assert.strictEqual(elapsedMillis(since, { wallMillis: 1_000_003, monotonicMillis: 507 }), 7)
    assert.strictEqual(elapsedMillis(since, { wallMillis: 0, monotonicMillis: 507 }), 7)
    assert.strictEqual(elapsedMillis(since, { wallMillis: 999_990, monotonicMillis: 490 }), -10)
  })

  it("F18 a token's age counts from when it was asked for, and what is left is the rest of its life", () => {
    const token = held({ requestedAt: at(200) })
    assert.strictEqual(ageMillis(token, at(1200)), 1000)
    assert.strictEqual(leftMillis(token, at(1200)), life - 1000)
    assert.strictEqual(leftMillis(token, { wallMillis: life + 300, monotonicMillis: 0 }), -100)
  })
})

describe("phases", () => {
  it("N: a key that has nothing", () => assert.strictEqual(phaseOf(emptyState, at(0)), "empty"))

  it("R: a key whose token was invalidated", () =>
    assert.strictEqual(phaseOf(stateOf({ rejected: "A" }), at(0)), "empty"))

  for (const [phase, millis] of [
    ["fresh", 0],
    ["fresh", begins.due - 1],
    ["refreshDue", begins.due],
    ["refreshDue", begins.hard - 1],
    ["expiring", begins.hard],
    ["expiring", begins.expired - 1],
    ["expired", begins.expired],
    ["expired", begins.expired + hour]
  ] as const) {
    it(`${phase} at an age of ${millis} ms, by either clock`, () => {
      for (const now of [at(millis), { ...at(0), wallMillis: millis }, { ...at(0), monotonicMillis: millis }]) {
        assert.strictEqual(phaseOf(stateOf({ held: held() }), now), phase)
        // That another token was rejected before says nothing of this one.
        assert.strictEqual(phaseOf(stateOf({ held: held(), rejected: "B" }), now), phase)
      }
    })
  }

  it("F16 the hard window of a short life is a tenth of it", () => {
    const state = stateOf({ held: held({ lifeMillis: 10_000, refreshAgeMillis: 7500 }) })
    assert.strictEqual(phaseOf(state, at(8999)), "refreshDue")
    assert.strictEqual(phaseOf(state, at(9000)), "expiring")
  })

  it("a token is expiring in the hard window, even where it was not to be due before", () =>
    assert.strictEqual(
      phaseOf(stateOf({ held: held({ refreshAgeMillis: begins.hard + 1 }) }), at(begins.hard)),
      "expiring"
    ))

  it("F24 a token is usable until it expires, and not at that moment", () => {
    const state = stateOf({ held: held() })
    assert.strictEqual(usable(state, at(life - 1)), state.held)
    assert.isUndefined(usable(state, at(life)))
    assert.isUndefined(usable(emptyState, at(0)))
    assert.isUndefined(usable(stateOf({ rejected: "A" }), at(0)))
  })
})

describe("the back-off", () => {
  it("there is none without a failure", () => {
    assert.strictEqual(backOffLeftMillis(emptyState, at(0)), 0)
    assert.strictEqual(backOffLeftMillis(stateOf({ held: held() }), at(begins.due)), 0)
  })

  it("F22 C3 while a token can be served it is reckoned from what was left of it at the failure", () => {
    // 200 s were left: a quarter of them, all of it with a draw of 1.
    const state = stateOf({ held: held(), failure: failure(begins.due, { failuresWithoutToken: 0 }) })
    assert.strictEqual(backOffLeftMillis(state, at(begins.due)), 50_000)
    assert.strictEqual(backOffLeftMillis(state, at(begins.due + 20_000)), 30_000)
    assert.strictEqual(backOffLeftMillis(state, at(begins.due + 49_999)), 1)
    assert.strictEqual(backOffLeftMillis(state, at(begins.due + 50_000)), 0)
    assert.strictEqual(backOffLeftMillis(state, at(begins.due + 60_000)), 0)
  })

  for (const { state, now, phase } of Object.values(without)) {
    it(`C20 in ${phase} it is that of a key without a token: seconds, whatever it was before`, () => {
      const failed = (kind: "terminal" | "transient", ago: number) =>
        stateOf({ ...state, failure: failure(now.wallMillis - ago, { kind }) })
      assert.strictEqual(backOffLeftMillis(failed("transient", 0), now), 2000)
      assert.strictEqual(backOffLeftMillis(failed("transient", 1999), now), 1)
      assert.strictEqual(backOffLeftMillis(failed("transient", 2000), now), 0)
      assert.strictEqual(backOffLeftMillis(failed("terminal", 9999), now), 1)
      assert.strictEqual(backOffLeftMillis(failed("terminal", 10_001), now), 0)
    })
  }

  it("ends by whichever clock is first", () => {
    const state = stateOf({ failure: failure(0) })
    assert.strictEqual(backOffLeftMillis(state, { wallMillis: 2000, monotonicMillis: 0 }), 0)
    assert.strictEqual(backOffLeftMillis(state, { wallMillis: -hour, monotonicMillis: 2000 }), 0)
    assert.strictEqual(backOffLeftMillis(state, { wallMillis: -hour, monotonicMillis: 1500 }), 500)
  })
})

describe("what is left of a Retry-After", () => {
  it("F28 is nothing without a failure, or where it was not said", () => {
    assert.strictEqual(retryAfterLeftMillis(emptyState, at(0)), 0)
    assert.strictEqual(retryAfterLeftMillis(stateOf({ failure: failure(0) }), at(0)), 0)
  })

  it("F28 runs from the failure, with a token or without, and is an hour at most", () => {
    for (const token of [undefined, held()]) {
      const said = (retryAfterMillis: number) => stateOf({ held: token, failure: failure(0, { retryAfterMillis }) })
      assert.strictEqual(retryAfterLeftMillis(said(60_000), at(59_999)), 1)
      assert.strictEqual(retryAfterLeftMillis(said(60_000), at(60_000)), 0)
      assert.strictEqual(retryAfterLeftMillis(said(60_000), at(70_000)), 0)
      assert.strictEqual(retryAfterLeftMillis(said(hour), at(1)), hour - 1)
      assert.strictEqual(retryAfterLeftMillis(said(2 * hour), at(1)), hour - 1)
    }
  })
})

describe("the distance between flights", () => {
  it("is a second from the beginning of the newest one, ended or not", () => {
    assert.strictEqual(spacingLeftMillis(emptyState, at(0)), 0)
    const state = stateOf(lastFlight(1, at(5000)))
    assert.strictEqual(spacingLeftMillis(state, at(5000)), 1000)
    assert.strictEqual(spacingLeftMillis(state, at(5999)), 1)
    assert.strictEqual(spacingLeftMillis(state, at(6000)), 0)
    assert.strictEqual(spacingLeftMillis(state, at(9000)), 0)
    assert.strictEqual(spacingLeftMillis(state, { wallMillis: 0, monotonicMillis: 5600 }), 400)
  })
})
