/** The table of docs/architecture.md §2, cell by cell: what each event does to the state, and what is to be done. */
import { assert, describe, it } from "@effect/vitest"
import { emptyState, phaseOf, type Reading } from "../../src/core/tokenPhases.js"
import {
  abandoned,
  asked,
  checked,
  type FailureReport,
  flightFailed,
  granted,
  hasNotDeparted,
  isForced,
  refreshWanted,
  rejected
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
  settings,
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
const onDemand = { ...settings, onDemand: true }
const reported: FailureReport<string> = {
  error: "unavailable",
  id: "unavailable",
  kind: "transient",
  retryAfterMillis: undefined
}

const get = (state: State, now: Reading, waited = false, by = settings) =>
  asked(state, { signal: "a new flight", waited }, now, by)

const wanted = (state: State, now: Reading, by = settings) => refreshWanted(state, { signal: "a new flight" }, now, by)

const failing = (state: State, millis: number, generation = 2, change: Partial<FailureReport<string>> = {}) =>
  flightFailed(state, { generation, reported: { ...reported, ...change }, random: 1 }, at(millis), settings)

const bringing = (state: State, change: Partial<ReturnType<typeof held>>, now: Reading, generation = 2) =>
  granted(
    state,
    {
      generation,
      granted: { ...held({ token: "token B", text: "B", requestedAt: now }), ...change },
      random: 0.4,
      unusable: (problem) => ({ ...reported, error: problem, reason: problem })
    },
    now,
    settings
  )

describe("a flight begins", () => {
  it("for a caller without a token, and is newer than all before it", () => {
    const first = get(emptyState, at(5000))
    assert.deepStrictEqual(first, {
      state: stateOf({ generation: 1, departsAt: at(5000), flightSignal: "a new flight" }),
      created: { generation: 1, signal: "a new flight", waitMillis: 0 },
      action: { do: "wait", signal: "a new flight" }
    })
    assert.strictEqual(get(abandoned(first.state, { generation: 1 }, at(0)).state, at(9000)).state.generation, 2)
  })

  it("after its wait, by both clocks, where another began within the last second", () => {
    const begun = get(stateOf(lastFlight(1, at(4300))), { wallMillis: 5000, monotonicMillis: 4600 })
    assert.strictEqual(begun.created?.waitMillis, 300)
    assert.deepStrictEqual(begun.state.departsAt, { wallMillis: 5300, monotonicMillis: 4900 })
  })

  it("and changes nothing else", () => {
    const state = stateOf({ failure: failure(0), rejected: "B" })
    assert.deepStrictEqual(get(state, at(5000)).state, {
      ...state,
      generation: 1,
      departsAt: at(5000),
      flightSignal: "a new flight"
    })
  })

  it("only where there is none: others wait for it", () => {
    const joined = get(stateOf(flight(2)), at(5000))
    assert.isUndefined(joined.created)
    assert.deepStrictEqual(joined.action, { do: "wait", signal: "flight 2" })
  })

  it("beside a token that is due, and on demand its caller waits for it a moment", () => {
    const state = stateOf({ held: held() })
    assert.deepStrictEqual(get(state, at(within.due)).action, { do: "serve", token: "token A" })
    assert.deepStrictEqual(get(state, at(within.due), false, onDemand).action, {
      do: "waitBriefly",
      signal: "a new flight",
      millis: 1000
    })
    for (const by of [settings, onDemand])
      assert.strictEqual(get(state, at(within.due), false, by).created?.generation, 1)
  })

  it("when the refresh fiber finds a token due, and not before", () => {
    const check = (millis: number) =>
      checked(
        stateOf({ held: held() }),
        { signal: "a new flight", sinceGetMillis: 0, throttledMillis: 0 },
        at(millis),
        settings
      )
    assert.isUndefined(check(begins.due - 1).created)
    assert.strictEqual(check(begins.due).created?.signal, "a new flight")
    assert.strictEqual(check(begins.due).state.flightSignal, "a new flight")
  })

  it("F41 in the place of one that is older than any may get, on demand alone", () => {
    const state = stateOf(flight(1, at(5000)))
    for (const event of [get, wanted]) {
      const lost = event === get ? get(state, at(20_001), false, onDemand) : wanted(state, at(20_001), onDemand)
      assert.strictEqual(lost.created?.generation, 2)
    }
    assert.isUndefined(get(state, at(20_000), false, onDemand).created)
    assert.isUndefined(get(state, at(20_001)).created)
  })
})

describe("a caller wants a new token", () => {
  it("F8 begins a flight at once, whatever is held and whatever is backed off from", () => {
    for (const { state, now } of Object.values(phases)) {
      const forced = wanted(stateOf({ ...state, failure: failure(now.wallMillis) }), now)
      assert.deepInclude(forced.created, { signal: "a new flight", waitMillis: 0 })
      assert.isTrue(forced.state.forced)
      assert.deepStrictEqual(forced.action, { do: "wait", signal: "a new flight" })
    }
  })

  it("F8 waits for the flight that follows the one in flight, and all share it", () => {
    const first = wanted(stateOf(flight(2)), at(5000))
    assert.deepStrictEqual(first.action, { do: "waitForSuccessor", signal: "a new flight" })
    assert.deepStrictEqual(first.state, stateOf({ ...flight(2), successorSignal: "a new flight" }))
    const second = refreshWanted(first.state, { signal: "another" }, at(6000), settings)
    assert.deepStrictEqual(second.action, { do: "waitForSuccessor", signal: "a new flight" })
    assert.deepStrictEqual(second.state, first.state)
  })

  it("F8 shares a flight whose request is still to be sent", () => {
    const waiting = stateOf(flight(2, at(5300)))
    assert.isTrue(hasNotDeparted(waiting, at(5299)))
    assert.isFalse(hasNotDeparted(waiting, at(5300)))
    assert.isFalse(hasNotDeparted(waiting, { wallMillis: 0, monotonicMillis: 5300 }))
    assert.isFalse(hasNotDeparted(emptyState, at(0)))
    assert.deepStrictEqual(wanted(waiting, at(5299)).action, { do: "wait", signal: "flight 2" })
    assert.strictEqual(wanted(waiting, at(5300)).action.do, "waitForSuccessor")
  })

  it("F8 a flight that it shares passes over what other processes hold", () => {
    const waiting = stateOf(flight(2, at(5300)))
    assert.isFalse(isForced(waiting, 2))
    const { state } = wanted(waiting, at(5299))
    assert.deepStrictEqual(state, { ...waiting, forced: true })
    assert.isTrue(isForced(state, 2))
    assert.isTrue(isForced(waiting, 1))
    assert.strictEqual(wanted(state, at(5299)).state, state)
  })

  it("F28 waits out a Retry-After that fits into the budget, and is told of one that does not", () => {
    const limited = (retryAfterMillis: number) =>
      stateOf({ failure: failure(0, { kind: "rateLimited", retryAfterMillis }) })
    assert.strictEqual(wanted(limited(16_000), at(1000)).created?.waitMillis, 15_000)
    const late = limited(16_001)
    const postponed = wanted(late, at(1000))
    assert.isUndefined(postponed.created)
    // The very same: a change would be told to those who watch.
    assert.strictEqual(postponed.state, late)
    assert.deepInclude(postponed.action, { do: "postpone", signal: "a new flight", waitMillis: 15_001 })
  })

  it("F41 takes over the successor of a lost flight", () => {
    const state = stateOf({ ...flight(1, at(5000)), successorSignal: "those who wait" })
    const begun = wanted(state, at(20_001), onDemand)
    assert.strictEqual(begun.created?.signal, "those who wait")
    assert.isUndefined(begun.state.successorSignal)
  })
})

describe("a flight brings a token", () => {
  for (const [letter, { state, now }] of Object.entries(phases)) {
    it(`${letter} C2 C4 C6: it becomes the current one; failures before it are forgotten`, () => {
      const running = stateOf({ ...state, failure: failure(0), ...flight(2) })
      const { action, created, state: next } = bringing(running, {}, now)
      assert.isUndefined(created)
      assert.deepInclude(next.held, {
        token: "token B",
        text: "B",
        requestedAt: now,
        generation: 2,
        refreshAgeMillis: 800_000
      })
      assert.deepStrictEqual(next, { ...running, ...lastFlight(2), held: next.held, failure: undefined })
      assert.strictEqual(phaseOf(next, now), "fresh")
      assert.deepInclude(action, { served: { token: "token B" }, refreshed: { token: "token B" } })
      assert.strictEqual(action.recovered, running.failure)
      assert.strictEqual(action.leftMillis, usablePhases.includes(letter) ? life - now.wallMillis : undefined)
    })
  }

  it("F17 C9: one that is already over is a failed flight", () => {
    const { action, state } = bringing(stateOf(flight(2)), { lifeMillis: 1000 }, at(5000))
    assert.strictEqual(state.held?.text, "B")
    assert.strictEqual(action.refreshed.token, "token B")
    const over = bringing(stateOf(flight(2)), { lifeMillis: 1000, requestedAt: at(4000) }, at(5000))
    assert.isUndefined(over.state.held)
    assert.strictEqual(over.action.refreshed.failure?.error, "over")
    assert.strictEqual(over.state.failure?.failuresWithoutToken, 1)
  })

  it("F17: the same again is a failed flight, expired or not", () => {
    for (const now of [at(within.due), at(2 * life)]) {
      const again = bringing(stateOf({ held: held(), ...flight(2) }), { text: "A" }, now)
      assert.strictEqual(again.action.refreshed.failure?.error, "repeated")
      assert.strictEqual(again.state.held?.generation, 1)
    }
  })

  it("R C19: the rejected one is not installed, not even after its successor", () => {
    const state = stateOf({ rejected: "A", ...flight(2) })
    assert.strictEqual(bringing(state, { text: "A" }, at(0)).action.refreshed.failure?.error, "repeated")
    const successor = bringing(state, {}, at(0)).state
    assert.strictEqual(bringing(successor, { text: "A" }, at(0), 3).action.refreshed.failure?.error, "repeated")
    assert.strictEqual(phaseOf(successor, at(0)), "fresh")
  })

  it("F8 F12: nothing changes where a newer flight was faster, and its token is what is told", () => {
    const newer = stateOf({ held: held({ token: "token C", text: "C", generation: 3 }), ...lastFlight(3) })
    for (const change of [{}, { lifeMillis: 0 }, { text: "C" }]) {
      const { action, state } = bringing(newer, change, at(within.due))
      assert.deepStrictEqual(state, newer)
      assert.deepInclude(action, {
        served: { token: "token C" },
        refreshed: { token: "token C" },
        recovered: undefined
      })
    }
    assert.strictEqual(bringing(newer, {}, at(within.due), 3).state.held?.text, "B")
  })

  it("F12: where the token of a newer flight has run out, that of an older one is better than none", () => {
    const newer = stateOf({ held: held({ text: "C", generation: 3 }) })
    assert.strictEqual(bringing(newer, { lifeMillis: 2 * life }, at(life)).state.held?.text, "B")
  })

  it("F8: a newer flight goes on", () => {
    const { state } = bringing(stateOf(flight(3)), {}, at(0))
    assert.strictEqual(state.flightSignal, "flight 3")
    assert.strictEqual(state.held?.text, "B")
  })

  it("F8 the successor begins, for those who wait for it", () => {
    const { created, state } = bringing(stateOf({ ...flight(2), successorSignal: "those who wait" }), {}, at(5000))
    assert.deepStrictEqual(created, { generation: 3, signal: "those who wait", waitMillis: 0 })
    assert.deepInclude(state, { flightSignal: "those who wait", successorSignal: undefined, forced: true })
  })
})

describe("a flight fails", () => {
  for (const [letter, { state, now }] of Object.entries(phases)) {
    const counts = usablePhases.includes(letter) ? 0 : 1

    it(`${letter}: it is noted, and counts ${counts} towards longer back-offs`, () => {
      const running = stateOf({ ...state, ...flight(2) })
      const once = failing(running, now.wallMillis)
      const noted = {
        ...reported,
        random: 1,
        at: now,
        since: now,
        inARow: 1,
        unserved: counts,
        changes: 0,
        failuresWithoutToken: counts
      }
      assert.deepStrictEqual(once.state, { ...running, flightSignal: undefined, failure: noted })
      assert.deepStrictEqual(once.action.refreshed, { failure: noted })
      assert.deepStrictEqual(once.action.served, counts === 0 ? { token: "token A" } : { failure: noted })
      assert.strictEqual(failing(once.state, now.wallMillis).state.failure?.failuresWithoutToken, 2 * counts)
    })
  }

  it("C20: those with a token do not count once it is gone", () => {
    const withToken = failing(failing(phases.D.state, within.due).state, within.hard).state
    assert.strictEqual(failing(withToken, begins.expired).state.failure?.failuresWithoutToken, 1)
  })

  it("F43 failures are counted from the first of them, and so are the changes of their id", () => {
    const twice = failing(failing(emptyState, 1000).state, 2000).state
    assert.deepInclude(twice.failure, { inARow: 2, unserved: 2, changes: 0, since: at(1000), at: at(2000) })
    const other = failing(twice, 3000, 2, { id: "wrong keys" }).state
    assert.deepInclude(other.failure, { inARow: 3, changes: 1, since: at(1000) })
  })

  it("F8 F12: it is no news where a newer flight has brought a token", () => {
    const state = stateOf({ held: held({ generation: 3 }), ...flight(4) })
    assert.isUndefined(failing(state, within.due).state.failure)
    assert.isDefined(failing(state, within.due, 3).state.failure)
  })

  it("F8: a newer flight goes on", () => {
    const state = stateOf(flight(3))
    assert.strictEqual(failing(state, 0).state.flightSignal, "flight 3")
    assert.deepStrictEqual(abandoned(state, { generation: 2 }, at(0)), { state, action: undefined })
    assert.isUndefined(abandoned(state, { generation: 3 }, at(0)).state.flightSignal)
  })

  it("F28 the successor is told of a Retry-After that does not fit into the budget", () => {
    const { action, created, state } = failing(stateOf({ ...flight(2), successorSignal: "those who wait" }), 0, 2, {
      retryAfterMillis: 15_001
    })
    assert.isUndefined(created)
    assert.isUndefined(state.successorSignal)
    assert.deepInclude(action.postponed, { signal: "those who wait", waitMillis: 15_001 })
  })
})

describe("a flight is abandoned", () => {
  it("F56 one that died leaves a failure with its back-off, unless a newer one is in flight", () => {
    const reported = { error: "died", kind: "transient", id: "died", retryAfterMillis: undefined } as const
    const died = { generation: 2, died: { reported, random: 0.5 } }
    const { failure, flightSignal: inFlight } = abandoned(stateOf(flight(2)), died, at(1000)).state
    assert.isUndefined(inFlight)
    assert.deepInclude(failure, { error: "died", failuresWithoutToken: 1, inARow: 1, at: at(1000) })
    assert.isUndefined(abandoned(stateOf(flight(3)), died, at(1000)).state.failure)
  })

  it("F40 its successor does not begin either, and is named", () => {
    const state = stateOf({ ...flight(2), successorSignal: "those who wait" })
    assert.deepStrictEqual(abandoned(state, { generation: 2 }, at(0)), {
      state: stateOf(lastFlight(2)),
      action: "those who wait"
    })
  })
})

describe("a token is rejected", () => {
  for (const [letter, { state, now }] of Object.entries(phases)) {
    if (usablePhases.includes(letter)) {
      it(`${letter} C18: the current token is gone, and its text is kept`, () => {
        const running = stateOf({ ...state, failure: failure(0), ...flight(2) })
        const { action, state: next } = rejected(running, { text: "A" }, now)
        assert.strictEqual(action, "dropped")
        assert.deepStrictEqual(next, { ...running, held: undefined, rejected: "A" })
        assert.strictEqual(phaseOf(next, now), "empty")
      })
    } else {
      it(`${letter}: nothing`, () => assert.strictEqual(rejected(state, { text: "A" }, now).state, state))
    }

    it(`${letter} F9 C21: of another token changes nothing`, () => {
      for (const text of ["B", ""]) {
        assert.deepStrictEqual(rejected(state, { text }, now), { state, action: "nothing" })
      }
    })
  }
})
