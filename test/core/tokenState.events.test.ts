/** The table of docs/architecture.md §2, cell by cell: what a flight and a rejection do to the state. */
import { assert, describe, it } from "@effect/vitest"
import {
  abandon,
  beginFlight,
  emptyState,
  fail,
  install,
  invalidate,
  isFlightWaiting,
  judgeToken,
  phaseOf,
  withoutLostFlight
} from "../../src/core/tokenState.js"
import {
  at,
  begins,
  failure,
  flight,
  held,
  lastFlight,
  life,
  type State,
  stateOf,
  within,
  without
} from "../fixtures/tokenStates.js"

/** The state in each phase, and a moment of it. */
const phases = {
  F: { state: stateOf({ held: held() }), now: at(within.fresh) },
  D: { state: stateOf({ held: held() }), now: at(within.due) },
  H: { state: stateOf({ held: held() }), now: at(within.hard) },
  ...without
}

const usablePhases = ["F", "D", "H"]

describe("a flight begins", () => {
  it("each is newer than all before it, ended or not", () => {
    const first = beginFlight(emptyState, at(5000), 0)
    assert.deepStrictEqual(first, stateOf(flight(1, at(5000))))
    const second = beginFlight(first, at(7000), 0)
    assert.deepStrictEqual(second, stateOf(flight(2, at(7000))))
    assert.deepStrictEqual(beginFlight(abandon(second, 2), at(9000), 0), stateOf(flight(3, at(9000))))
  })

  it("after its wait, by both clocks", () =>
    assert.deepStrictEqual(beginFlight(emptyState, { wallMillis: 5000, monotonicMillis: 20 }, 300).begunAt, {
      wallMillis: 5300,
      monotonicMillis: 320
    }))

  it("and changes nothing else", () => {
    const state = stateOf({ held: held(), failure: failure(0), rejected: "B" })
    assert.deepStrictEqual(beginFlight(state, at(5000), 0), { ...state, ...flight(1, at(5000)) })
  })

  it("F8 it can be shared by a forced refresh only while it waits for its beginning", () => {
    const state = beginFlight(emptyState, at(5000), 300)
    assert.isTrue(isFlightWaiting(state, at(5000)))
    assert.isTrue(isFlightWaiting(state, at(5299)))
    assert.isFalse(isFlightWaiting(state, at(5300)))
    assert.isFalse(isFlightWaiting(state, { wallMillis: 0, monotonicMillis: 5300 }))
    assert.isFalse(isFlightWaiting(emptyState, at(0)))
  })

  it("F41 one that is older than any may get is lost, and another may begin in its place", () => {
    const state = stateOf({ ...flight(1, at(5000)), rejected: "A" })
    assert.strictEqual(withoutLostFlight(state, at(20_000), 15_000), state)
    assert.deepStrictEqual(withoutLostFlight(state, at(20_001), 15_000), { ...state, flying: false })
    assert.strictEqual(withoutLostFlight(emptyState, at(20_001), 15_000), emptyState)
  })
})

describe("a flight brings a token", () => {
  const brought = held({ token: "token B", text: "B", askedAt: at(within.due), generation: 2 })

  for (const [letter, { state, now }] of Object.entries(phases)) {
    it(`${letter} C2 C4 C6: it becomes the current one; failures before it are forgotten`, () => {
      const candidate = held({ ...brought, askedAt: now })
      const running = stateOf({ ...state, failure: failure(0), ...flight(2) })
      assert.strictEqual(judgeToken(running, candidate, now), "installed")
      const installed = install(running, candidate)
      assert.strictEqual(installed.held, candidate)
      assert.isUndefined(installed.failure)
      assert.deepStrictEqual(installed, { ...running, ...lastFlight(2), held: candidate, failure: undefined })
      assert.strictEqual(phaseOf(installed, now), "fresh")
    })
  }

  it("F17 C9: one that is already over is not installed", () => {
    for (const [lifeMillis, judged] of [
      [1000, "over"],
      [999, "over"],
      [1001, "installed"]
    ] as const) {
      assert.strictEqual(judgeToken(emptyState, held({ lifeMillis }), at(1000)), judged)
    }
  })

  it("F17: the same again is not installed, expired or not", () => {
    const again = held({ askedAt: at(2 * life), generation: 2 })
    assert.strictEqual(judgeToken(stateOf({ held: held() }), again, at(2 * life)), "repeated")
    assert.strictEqual(judgeToken(stateOf({ held: held() }), held({ generation: 2 }), at(within.due)), "repeated")
    assert.strictEqual(judgeToken(stateOf({ held: held({ text: "B" }) }), again, at(2 * life)), "installed")
  })

  it("R C19: the rejected one is not installed", () =>
    assert.strictEqual(judgeToken(stateOf({ rejected: "A" }), held(), at(0)), "repeated"))

  it("R C19: the rejected one is not installed once another one was either", () => {
    const successor = install(stateOf({ rejected: "A" }), held({ text: "B", generation: 2 }))
    assert.strictEqual(judgeToken(successor, held({ generation: 3 }), at(0)), "repeated")
    assert.strictEqual(phaseOf(successor, at(0)), "fresh")
  })

  it("F8 F12: nothing changes where a newer flight was faster", () => {
    const newer = stateOf({ held: held({ text: "C", generation: 3 }) })
    for (const candidate of [brought, held({ ...brought, lifeMillis: 0 }), held({ ...brought, text: "C" })]) {
      assert.strictEqual(judgeToken(newer, candidate, at(within.due)), "outdated")
    }
    assert.strictEqual(judgeToken(newer, held({ ...brought, generation: 3 }), at(within.due)), "installed")
  })

  it("F12: where the token of a newer flight has run out, that of an older one is better than none", () => {
    const newer = stateOf({ held: held({ text: "C", generation: 3 }) })
    const candidate = held({ ...brought, lifeMillis: 2 * life })
    assert.strictEqual(judgeToken(newer, candidate, at(life)), "installed")
  })

  it("F8: a newer flight goes on", () => {
    const state = stateOf(flight(3))
    assert.deepStrictEqual(install(state, brought), { ...state, held: brought })
  })
})

describe("a flight fails", () => {
  const { failures: _, ...noted } = failure(0)
  const failing = (state: State, millis: number, generation = 2) =>
    fail(state, generation, { ...noted, at: at(millis) })

  for (const [letter, { state, now }] of Object.entries(phases)) {
    const counts = usablePhases.includes(letter) ? 0 : 1

    it(`${letter}: it is noted, and counts ${counts} towards longer holds`, () => {
      const running = stateOf({ ...state, ...flight(2) })
      const once = failing(running, now.wallMillis)
      assert.deepStrictEqual(once, {
        ...running,
        flying: false,
        failure: { ...noted, at: now, failures: counts }
      })
      assert.strictEqual(failing(once, now.wallMillis).failure?.failures, 2 * counts)
    })
  }

  it("C20: those with a token do not count once it is gone", () => {
    const withToken = failing(failing(phases.D.state, within.due), within.hard)
    assert.strictEqual(failing(withToken, begins.expired).failure?.failures, 1)
  })

  it("F8 F12: it is no news where a newer flight has brought a token", () => {
    const state = stateOf({ held: held({ generation: 3 }), ...flight(4) })
    assert.strictEqual(failing(state, within.due).failure, undefined)
    assert.isDefined(failing(state, within.due, 3).failure)
  })

  it("F8: a newer flight goes on", () => {
    const state = stateOf(flight(3))
    assert.isTrue(failing(state, 0).flying)
    assert.deepStrictEqual(abandon(state, 2), state)
    assert.deepStrictEqual(abandon(state, 3), { ...state, flying: false })
  })
})

describe("invalidate", () => {
  for (const [letter, { state, now }] of Object.entries(phases)) {
    if (usablePhases.includes(letter)) {
      it(`${letter} C18: the current token is gone, and its text is kept`, () => {
        const running = stateOf({ ...state, failure: failure(0), ...flight(2) })
        const rejecting = invalidate(running, "A", now)
        assert.deepStrictEqual(rejecting, { ...running, held: undefined, rejected: "A" })
        assert.strictEqual(phaseOf(rejecting, now), "invalidated")
      })
    } else {
      it(`${letter}: nothing`, () => assert.strictEqual(invalidate(state, "A", now), state))
    }

    it(`${letter} F9 C21: of another token changes nothing`, () => {
      for (const text of ["B", ""]) assert.strictEqual(invalidate(state, text, now), state)
    })
  }
})
