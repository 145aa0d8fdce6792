/** The table of docs/architecture.md §2, cell by cell: what the refresh fiber does in each phase, and when it looks. */
import { assert, describe, it } from "@effect/vitest"
import { decideLook, nextLookMillis } from "../../src/core/tokenState.js"
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

const token = held()
const flying = flight(2)

describe("the refresh fiber", () => {
  const asked = 0
  const free = 0
  const look = (state: State, millis: number, unasked = asked, throttled = free) =>
    decideLook(state, at(millis), unasked, throttled)

  it("F: looks again when the token is due", () => {
    assert.deepStrictEqual(look(stateOf({ held: token }), 0), { do: "lookAgain", inMillis: begins.due })
    assert.deepStrictEqual(look(stateOf({ held: token }), begins.due - 1), { do: "lookAgain", inMillis: 1 })
  })

  for (const [letter, millis] of [
    ["D", begins.due],
    ["H", within.hard],
    ["H", life - 1]
  ] as const) {
    it(`${letter}: starts a flight, at an age of ${millis} ms`, () =>
      assert.deepStrictEqual(look(stateOf({ held: token }), millis), { do: "refresh" }))
  }

  it("D, hold in force: looks again when it is over, and starts a flight then", () => {
    const state = stateOf({ held: token, failure: failure(within.due) })
    assert.deepStrictEqual(look(state, within.due), { do: "lookAgain", inMillis: 37_500 })
    assert.deepStrictEqual(look(state, within.due + 37_499), { do: "lookAgain", inMillis: 1 })
    assert.deepStrictEqual(look(state, within.due + 37_500), { do: "refresh" })
  })

  it("D: looks again a second after the last flight: one that waits could be held back by then", () => {
    const state = stateOf({ held: token, ...lastFlight(2, at(within.due)) })
    assert.deepStrictEqual(look(state, within.due), { do: "lookAgain", inMillis: 1000 })
    assert.deepStrictEqual(look(state, within.due + 1000), { do: "refresh" })
  })

  it("F, hold in force: looks again when both are over", () => {
    const failed = (millis: number) => stateOf({ held: token, failure: failure(millis, { random: 0 }) })
    // A forced refresh failed at 100 s: held for 112.5 s. At 790 s: for 26.25 s, until 816.25 s.
    assert.deepStrictEqual(look(failed(100_000), 100_000), { do: "lookAgain", inMillis: 700_000 })
    assert.deepStrictEqual(look(failed(790_000), 790_000), { do: "lookAgain", inMillis: 26_250 })
  })

  it("H, hold in force: looks again when it is over, or when the token is", () => {
    assert.deepStrictEqual(look(stateOf({ held: token, failure: failure(within.hard) }), within.hard), {
      do: "lookAgain",
      inMillis: 7500
    })
    const longest = failure(within.hard, { retryAfterMillis: 3_600_000 })
    assert.deepStrictEqual(look(stateOf({ held: token, failure: longest }), within.hard), {
      do: "lookAgain",
      inMillis: life - within.hard
    })
  })

  it("a flight is running: looks again when the token is over", () =>
    assert.deepStrictEqual(look(stateOf({ held: token, ...flying }), within.due), {
      do: "lookAgain",
      inMillis: life - within.due
    }))

  it("F28 a 429 to another key of the server: looks again when that is over, or when the token is", () => {
    assert.deepStrictEqual(look(stateOf({ held: token }), within.due, asked, 5000), { do: "lookAgain", inMillis: 5000 })
    assert.deepStrictEqual(look(stateOf({ held: token }), within.due, asked, 1), { do: "lookAgain", inMillis: 1 })
    assert.deepStrictEqual(look(stateOf({ held: token }), within.due, asked, -1), { do: "refresh" })
    assert.deepStrictEqual(look(stateOf({ held: token }), within.hard, asked, 3_600_000), {
      do: "lookAgain",
      inMillis: life - within.hard
    })
  })

  it("F33 a key that nobody has asked for in two lives is not refreshed any more", () => {
    assert.deepStrictEqual(look(stateOf({ held: token }), within.due, 2 * life), { do: "refresh" })
    assert.deepStrictEqual(look(stateOf({ held: token }), within.due, 2 * life + 1), {
      do: "lookAgain",
      inMillis: life - within.due
    })
    assert.deepStrictEqual(look(stateOf({ held: token }), within.fresh, 2 * life + 1), {
      do: "lookAgain",
      inMillis: begins.due - within.fresh
    })
  })

  for (const [letter, { state, now }] of Object.entries(without)) {
    const idle = state.held === undefined ? 3_600_000 : 2 * life

    it(`${letter}: starts nothing, callers ask; looks again when nobody has asked for long enough`, () => {
      assert.deepStrictEqual(look(state, now.wallMillis), { do: "lookAgain", inMillis: idle })
      assert.deepStrictEqual(look(state, now.wallMillis, 5000), { do: "lookAgain", inMillis: idle - 5000 })
      assert.deepStrictEqual(look(state, now.wallMillis, idle), { do: "lookAgain", inMillis: 1000 })
    })

    it(`${letter} F33: forgets a key that nobody has asked for`, () =>
      assert.deepStrictEqual(look(state, now.wallMillis, idle + 1), { do: "forget" }))

    it(`${letter} F33: forgets no key whose hold is not over, or that has a flight`, () => {
      const waiting = stateOf({ ...state, failure: failure(now.wallMillis, { failures: 3 }) })
      assert.deepStrictEqual(look(waiting, now.wallMillis, idle + 1), { do: "lookAgain", inMillis: 8000 })
      assert.deepStrictEqual(look(waiting, now.wallMillis + 7999, idle + 1), { do: "lookAgain", inMillis: 1000 })
      assert.deepStrictEqual(look(waiting, now.wallMillis + 8000, idle + 1), { do: "forget" })
      assert.deepStrictEqual(look(stateOf({ ...state, ...flying }), now.wallMillis, idle + 1), {
        do: "lookAgain",
        inMillis: 1000
      })
    })

    it(`${letter}: the next look is when the key may be idle`, () =>
      assert.strictEqual(nextLookMillis(state, now), idle))
  }

  it("the next look is when the token is due and the hold over, at once if both are, and at its end at the latest", () => {
    assert.strictEqual(nextLookMillis(stateOf({ held: token }), at(within.fresh)), begins.due - within.fresh)
    assert.strictEqual(nextLookMillis(stateOf({ held: token }), at(within.hard)), 0)
    assert.strictEqual(nextLookMillis(stateOf({ held: token, failure: failure(within.due) }), at(within.due)), 37_500)
    assert.strictEqual(nextLookMillis(stateOf({ held: token, ...flying }), at(within.due)), life - within.due)
  })
})
