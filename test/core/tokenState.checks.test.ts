/**
 * The table of docs/architecture.md §2, cell by cell: what the refresh fiber does in each phase, and when it checks.
 */
import { assert, describe, it } from "@effect/vitest"
import { decideCheck, nextCheckMillis } from "../../src/core/tokenState.js"
import {
  at,
  begins,
  failure,
  flight,
  held,
  lastFlight,
  life,
  type State,
  settings,
  stateOf,
  within,
  without
} from "../fixtures/tokenStates.js"

const token = held()
const inFlight = flight(2)

describe("the refresh fiber", () => {
  const asked = 0
  const free = 0
  const check = (state: State, millis: number, unasked = asked, throttled = free) =>
    decideCheck(state, at(millis), { sinceGetMillis: unasked, throttledMillis: throttled }, settings)

  it("F: checks again when the token is due", () => {
    assert.deepStrictEqual(check(stateOf({ held: token }), 0), { do: "checkAgain", inMillis: begins.due })
    assert.deepStrictEqual(check(stateOf({ held: token }), begins.due - 1), { do: "checkAgain", inMillis: 1 })
  })

  for (const [letter, millis] of [
    ["D", begins.due],
    ["H", within.hard],
    ["H", life - 1]
  ] as const) {
    it(`${letter}: starts a flight, at an age of ${millis} ms`, () =>
      assert.deepStrictEqual(check(stateOf({ held: token }), millis), { do: "refresh" }))
  }

  it("D, back-off in force: checks again when it is over, and starts a flight then", () => {
    const state = stateOf({ held: token, failure: failure(within.due) })
    assert.deepStrictEqual(check(state, within.due), { do: "checkAgain", inMillis: 37_500 })
    assert.deepStrictEqual(check(state, within.due + 37_499), { do: "checkAgain", inMillis: 1 })
    assert.deepStrictEqual(check(state, within.due + 37_500), { do: "refresh" })
  })

  it("D: checks again a second after the last flight: one that waits could be held back by then", () => {
    const state = stateOf({ held: token, ...lastFlight(2, at(within.due)) })
    assert.deepStrictEqual(check(state, within.due), { do: "checkAgain", inMillis: 1000 })
    assert.deepStrictEqual(check(state, within.due + 1000), { do: "refresh" })
  })

  it("F, back-off in force: checks again when both are over", () => {
    const failed = (millis: number) => stateOf({ held: token, failure: failure(millis, { random: 0 }) })
    // A forced refresh failed at 100 s: held for 112.5 s. At 790 s: for 26.25 s, until 816.25 s.
    assert.deepStrictEqual(check(failed(100_000), 100_000), { do: "checkAgain", inMillis: 700_000 })
    assert.deepStrictEqual(check(failed(790_000), 790_000), { do: "checkAgain", inMillis: 26_250 })
  })

  it("H, back-off in force: checks again when it is over, or when the token is", () => {
    assert.deepStrictEqual(check(stateOf({ held: token, failure: failure(within.hard) }), within.hard), {
      do: "checkAgain",
      inMillis: 7500
    })
    const longest = failure(within.hard, { retryAfterMillis: 3_600_000 })
    assert.deepStrictEqual(check(stateOf({ held: token, failure: longest }), within.hard), {
      do: "checkAgain",
      inMillis: life - within.hard
    })
  })

  it("a flight is running: checks again when the token is over", () =>
    assert.deepStrictEqual(check(stateOf({ held: token, ...inFlight }), within.due), {
      do: "checkAgain",
      inMillis: life - within.due
    }))

  it("F28 F64 a 429 to another key of the server: checks again when that is over, or the second half of the window is there", () => {
    const state = stateOf({ held: token })
    assert.deepStrictEqual(check(state, within.due, asked, 5000), { do: "checkAgain", inMillis: 5000 })
    assert.deepStrictEqual(check(state, within.due, asked, 1), { do: "checkAgain", inMillis: 1 })
    assert.deepStrictEqual(check(state, within.due, asked, -1), { do: "refresh" })
    assert.deepStrictEqual(check(state, within.due, asked, 60_000), {
      do: "checkAgain",
      inMillis: life - 125_000 - within.due
    })
    assert.deepStrictEqual(check(state, life - 125_000, asked, 60_000), { do: "refresh" })
  })

  it("F33 a key that nobody has asked for in two lives is not refreshed any more", () => {
    assert.deepStrictEqual(check(stateOf({ held: token }), within.due, 2 * life), { do: "refresh" })
    assert.deepStrictEqual(check(stateOf({ held: token }), within.due, 2 * life + 1), {
      do: "checkAgain",
      inMillis: life - within.due
    })
    assert.deepStrictEqual(check(stateOf({ held: token }), within.fresh, 2 * life + 1), {
      do: "checkAgain",
      inMillis: begins.due - within.fresh
    })
  })

  for (const [letter, { state, now }] of Object.entries(without)) {
    const idle = state.held === undefined ? 3_600_000 : 2 * life

    it(`${letter}: starts nothing, callers ask; checks again when nobody has asked for long enough`, () => {
      assert.deepStrictEqual(check(state, now.wallMillis), { do: "checkAgain", inMillis: idle })
      assert.deepStrictEqual(check(state, now.wallMillis, 5000), { do: "checkAgain", inMillis: idle - 5000 })
      assert.deepStrictEqual(check(state, now.wallMillis, idle), { do: "checkAgain", inMillis: 1000 })
    })

    it(`${letter} F33: forgets a key that nobody has asked for`, () =>
      assert.deepStrictEqual(check(state, now.wallMillis, idle + 1), { do: "forget" }))

    it(`${letter} F41: on demand, forgets a key whose flight is lost`, () => {
      const lost = { ...state, ...flight(2, at(now.wallMillis - settings.requestBudgetMillis - 1)) }
      const use = { sinceGetMillis: idle + 1, throttledMillis: free }
      const onDemand = { ...settings, onDemand: true }
      assert.deepStrictEqual(decideCheck(lost, now, use, onDemand), { do: "forget" })
      assert.strictEqual(decideCheck(lost, now, use, settings).do, "checkAgain")
    })

    it(`${letter} F33: forgets no key whose back-off is not over, or that has a flight`, () => {
      const waiting = stateOf({ ...state, failure: failure(now.wallMillis, { failuresWithoutToken: 3 }) })
      assert.deepStrictEqual(check(waiting, now.wallMillis, idle + 1), { do: "checkAgain", inMillis: 8000 })
      assert.deepStrictEqual(check(waiting, now.wallMillis + 7999, idle + 1), { do: "checkAgain", inMillis: 1000 })
      assert.deepStrictEqual(check(waiting, now.wallMillis + 8000, idle + 1), { do: "forget" })
      assert.deepStrictEqual(check(stateOf({ ...state, ...inFlight }), now.wallMillis, idle + 1), {
        do: "checkAgain",
        inMillis: 1000
      })
    })

    it(`${letter}: the next check is when the key may be idle`, () =>
      assert.strictEqual(nextCheckMillis(state, now), idle))
  }

  it("the next check is when the token is due and the back-off over, at once if both are, and at its end at the latest", () => {
    assert.strictEqual(nextCheckMillis(stateOf({ held: token }), at(within.fresh)), begins.due - within.fresh)
    assert.strictEqual(nextCheckMillis(stateOf({ held: token }), at(within.hard)), 0)
    assert.strictEqual(nextCheckMillis(stateOf({ held: token, failure: failure(within.due) }), at(within.due)), 37_500)
    assert.strictEqual(nextCheckMillis(stateOf({ held: token, ...inFlight }), at(within.due)), life - within.due)
  })
})
