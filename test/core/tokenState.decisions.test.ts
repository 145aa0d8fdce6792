/** The table of docs/architecture.md §2, cell by cell: what a `get` does in each phase. */
import { assert, describe, it } from "@effect/vitest"
import type { Reading } from "../../src/core/tokenPhases.js"
import { asked, decideGet, type GetDecision, readyAnswer } from "../../src/core/tokenState.js"
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

const patience = 1000
const get = (state: State, now: Reading, waited = false): GetDecision<string, string> =>
  decideGet(state, now, patience, waited)

const token = held()
const inFlight = flight(2)
/** A failure that holds a flight back for 5 s at least, in whatever phase. */
const refused5s = (now: Reading) => failure(now.wallMillis, { kind: "rateLimited", retryAfterMillis: 5000 })

describe("get, back-off in force, no flight", () => {
  it("F: current, until it is due", () =>
    assert.deepStrictEqual(get(stateOf({ held: token, failure: refused5s(at(within.fresh)) }), at(within.fresh)), {
      do: "serve",
      held: token,
      forMillis: begins.due - within.fresh
    }))

  it("D: current, until the back-off ends", () => {
    // A quarter of the 150 s that are left.
    const state = stateOf({ held: token, failure: failure(within.due) })
    assert.deepStrictEqual(get(state, at(within.due)), { do: "serve", held: token, forMillis: 37_500 })
    assert.deepStrictEqual(get(state, at(within.due + 37_499)), { do: "serve", held: token, forMillis: 1 })
  })

  it("D: current, until the hard window, where that comes first", () => {
    const state = stateOf({ held: token, failure: failure(within.due, { retryAfterMillis: 3_600_000 }) })
    assert.deepStrictEqual(get(state, at(within.due)), {
      do: "serve",
      held: token,
      forMillis: begins.hard - within.due
    })
  })

  it("H C5: current, until the back-off ends", () => {
    const state = stateOf({ held: token, failure: failure(within.hard) })
    for (const waited of [false, true]) {
      assert.deepStrictEqual(get(state, at(within.hard), waited), { do: "serve", held: token, forMillis: 7500 })
    }
  })

  it("H: current, until it expires, where that comes first", () => {
    const state = stateOf({ held: token, failure: failure(within.hard, { retryAfterMillis: 3_600_000 }) })
    assert.deepStrictEqual(get(state, at(within.hard)), { do: "serve", held: token, forMillis: life - within.hard })
  })

  for (const [letter, { state, now }] of Object.entries(without)) {
    it(`${letter} F3 C23: fails at once with the last failure, until the back-off ends`, () => {
      const last = failure(now.wallMillis)
      const failed = stateOf({ ...state, failure: last })
      assert.deepStrictEqual(get(failed, now), { do: "fail", failure: last, forMillis: 2000 })
      assert.deepStrictEqual(get(failed, at(now.wallMillis + 1999)), { do: "fail", failure: last, forMillis: 1 })
    })
  }
})

describe("get, a flight would have to wait, or does", () => {
  for (const [letter, millis] of [
    ["D", within.due],
    ["H", within.hard]
  ] as const) {
    it(`${letter}: current, within a second of the last flight: one that waits could be held back by then`, () => {
      const state = stateOf({ held: token, ...lastFlight(2, at(millis - 400)) })
      assert.deepStrictEqual(get(state, at(millis)), { do: "serve", held: token, forMillis: 600 })
      assert.notStrictEqual(get(state, at(millis + 600)).do, "serve")
    })
  }

  it("H F28: current, until a forced flight has waited out its Retry-After", () => {
    const state = stateOf({
      held: token,
      failure: refused5s(at(within.hard)),
      ...flight(2, at(within.hard + 5000))
    })
    assert.deepStrictEqual(get(state, at(within.hard)), { do: "serve", held: token, forMillis: 5000 })
    assert.strictEqual(get(state, at(within.hard + 5000)).do, "waitBriefly")
  })

  for (const [letter, { state, now }] of Object.entries(without)) {
    it(`${letter} F28: fails at once, until a forced flight has waited out its Retry-After`, () => {
      const last = failure(now.wallMillis, { retryAfterMillis: 1000 })
      const waiting = stateOf({ ...state, ...flight(2, at(now.wallMillis + 1000)), failure: last })
      assert.deepStrictEqual(get(waiting, now), { do: "fail", failure: last, forMillis: 1000 })
      assert.strictEqual(get(waiting, at(now.wallMillis + 1000)).do, "wait")
    })
  }
})

describe("get, else", () => {
  it("F C1: current, until it is due, whether a flight is running or not", () => {
    for (const flights of [{}, inFlight]) {
      assert.deepStrictEqual(get(stateOf({ held: token, ...flights }), at(begins.due - 1)), {
        do: "serve",
        held: token,
        forMillis: 1
      })
    }
  })

  it("F: current, until the hard window, where that comes before it is due", () => {
    const late = held({ refreshAgeMillis: begins.hard + 10_000 })
    assert.deepStrictEqual(get(stateOf({ held: late }), at(begins.hard - 1)), { do: "serve", held: late, forMillis: 1 })
  })

  it("D C2: current, and a flight begins beside it", () => {
    for (const millis of [begins.due, within.due, begins.hard - 1]) {
      assert.deepStrictEqual(get(stateOf({ held: token }), at(millis)), { do: "serveAndRefresh", held: token })
    }
  })

  it("D: a second time, current, and no other flight: a token that is due as soon as it comes is handed out", () =>
    assert.deepStrictEqual(get(stateOf({ held: token }), at(within.due), true), {
      do: "serve",
      held: token,
      forMillis: 0
    }))

  it("D F2: current, where a flight is running already, whatever the one before it came to", () => {
    for (const last of [undefined, refused5s(at(within.due))]) {
      assert.deepStrictEqual(get(stateOf({ held: token, failure: last, ...inFlight }), at(within.due)), {
        do: "serve",
        held: token,
        forMillis: begins.hard - within.due
      })
    }
  })

  it("D C22: a flight begins as soon as the back-off is over", () => {
    const state = stateOf({ held: token, failure: failure(within.due) })
    assert.deepStrictEqual(get(state, at(within.due + 37_500)), { do: "serveAndRefresh", held: token })
  })

  it("H C4: joins a flight for `patience`, or for what is left", () => {
    for (const flights of [{}, inFlight]) {
      for (const [millis, patienceMillis] of [
        [begins.hard, patience],
        [life - patience - 1, patience],
        [life - patience + 1, patience - 1],
        [life - 1, 1]
      ] as const) {
        assert.deepStrictEqual(get(stateOf({ held: token, ...flights }), at(millis)), {
          do: "waitBriefly",
          patienceMillis
        })
      }
    }
  })

  it("H: joins a flight that is running, whatever the one before it came to", () =>
    assert.strictEqual(
      get(stateOf({ held: token, failure: refused5s(at(within.hard)), ...inFlight }), at(within.hard)).do,
      "waitBriefly"
    ))

  it("H: a second time, current", () => {
    for (const flights of [{}, inFlight]) {
      assert.deepStrictEqual(get(stateOf({ held: token, ...flights }), at(within.hard), true), {
        do: "serve",
        held: token,
        forMillis: 0
      })
    }
  })

  for (const [letter, { state, now }] of Object.entries(without)) {
    it(`${letter} C6 C8 C18: waits for a flight`, () => {
      for (const flights of [{}, inFlight]) {
        for (const waited of [false, true]) {
          assert.deepStrictEqual(get(stateOf({ ...state, ...flights }), now, waited), { do: "wait" })
        }
      }
    })

    it(`${letter}: waits for a flight that is running, whatever the one before it came to`, () =>
      assert.deepStrictEqual(get(stateOf({ ...state, failure: refused5s(now), ...inFlight }), now), { do: "wait" }))

    it(`${letter} C8 C22: waits for a flight as soon as the back-off is over`, () =>
      assert.deepStrictEqual(get(stateOf({ ...state, failure: failure(now.wallMillis - 2000) }), now), { do: "wait" }))

    it(`${letter}: waits for a flight though that keeps its distance from the one before`, () => {
      const over = { failure: failure(now.wallMillis - 2000), ...lastFlight(1, at(now.wallMillis - 500)) }
      assert.deepStrictEqual(get(stateOf({ ...state, ...over }), now), { do: "wait" })
    })
  }
})

describe("what is done with the decision", () => {
  const ask = (state: State, now: Reading, by = settings) =>
    asked(state, { signal: "a new flight", waited: false }, now, by)

  it("F: the token is handed out, and nothing else", () => {
    const state = stateOf({ held: token })
    assert.deepStrictEqual(ask(state, at(within.fresh)), { state, action: { do: "serve", token: token.token } })
  })

  it("N, back-off in force: the failure is handed out, and nothing else", () => {
    const last = failure(5000)
    const state = stateOf({ failure: last })
    const step = ask(state, at(5000))
    assert.strictEqual(step.state, state)
    assert.deepInclude(step.action, { do: "fail", failure: last })
  })

  it("N, in flight: the caller waits for that flight", () => {
    const state = stateOf(inFlight)
    assert.deepStrictEqual(ask(state, at(5000)), { state, action: { do: "wait", signal: "flight 2" } })
  })

  it("H, in flight: the caller waits for that flight, but no longer than its patience", () => {
    const state = stateOf({ held: token, ...inFlight })
    assert.deepStrictEqual(ask(state, at(within.hard)), {
      state,
      action: { do: "waitBriefly", signal: "flight 2", millis: settings.patienceMillis }
    })
  })

  it("D, nothing in flight: the token is handed out; on demand, the caller waits for its flight for a moment", () => {
    const state = stateOf({ held: token, ...lastFlight(1) })
    const now = at(within.due)
    const created = { generation: 2, signal: "a new flight", waitMillis: 0 }
    const step = ask(state, now)
    assert.deepStrictEqual(step.created, created)
    assert.deepStrictEqual(step.action, { do: "serve", token: token.token })
    const onDemand = ask(state, now, { ...settings, onDemand: true })
    assert.deepStrictEqual(onDemand.created, created)
    assert.deepStrictEqual(onDemand.action, { do: "waitBriefly", signal: "a new flight", millis: 1000 })
  })
})

describe("the answer that is ready for every caller", () => {
  it("F: the token, until it is due", () =>
    assert.deepStrictEqual(readyAnswer(stateOf({ held: token }), at(within.fresh)), {
      do: "serve",
      held: token,
      forMillis: begins.due - within.fresh
    }))

  it("D: none, until a caller has begun a flight", () => {
    assert.isUndefined(readyAnswer(stateOf({ held: token, ...lastFlight(1) }), at(within.due)))
    assert.strictEqual(readyAnswer(stateOf({ held: token, ...inFlight }), at(within.due))?.do, "serve")
  })

  it("H: none, since each caller waits for itself", () =>
    assert.isUndefined(readyAnswer(stateOf({ held: token, ...inFlight }), at(within.hard))))

  it("N: the failure, until the back-off ends", () => {
    const last = failure(5000)
    assert.deepStrictEqual(readyAnswer(stateOf({ failure: last }), at(5000)), {
      do: "fail",
      failure: last,
      forMillis: 2000
    })
  })

  it("N, in flight: the flight, whatever time passes", () =>
    assert.deepStrictEqual(readyAnswer(stateOf(inFlight), at(5000)), {
      do: "wait",
      signal: "flight 2",
      forMillis: Number.POSITIVE_INFINITY
    }))

  it("N, nothing in flight: none", () => assert.isUndefined(readyAnswer(stateOf(), at(5000))))
})
