/** The rules for renewing a refused token, line by line. */
import { assert, describe, it } from "@effect/vitest"
import {
  decideRejection,
  failedRenewalPauseMillis,
  isIdle,
  isPaused,
  type KeyRenewal,
  lostRenewalMillis,
  noRenewal,
  pauseFor,
  type Rejection,
  refusedReplayPauseMillis,
  renewalEnded,
  renewalIntervalMillis
} from "../../src/core/renewal.js"

const now = 1_000_000
const lostMillis = lostRenewalMillis(15_000)

/** A refusal of the current token, of a merchant that nothing is known of. */
const rejection: Rejection = { replaced: false, merchantPause: undefined, lostMillis }

const pause = { fromMillis: now - 1000, untilMillis: now + 1 }
const over = { fromMillis: now - 1000, untilMillis: now }
const inFlight: KeyRenewal = { begunAtMillis: now - 1000, pause: { fromMillis: now - 1000, untilMillis: now + 29_000 } }

describe("a 401", () => {
  const cases: ReadonlyArray<readonly [what: string, key: KeyRenewal, change: Partial<Rejection>, decision: string]> = [
    ["F26 of the current token begins a renewal", noRenewal, {}, "begin"],
    ["F9 of a replaced token is replayed with the current one", noRenewal, { replaced: true }, "replay"],
    ["F9 of a replaced token is replayed in a pause", { ...noRenewal, pause }, { replaced: true }, "replay"],
    [
      "F9 of a replaced token is replayed in its merchant's pause",
      noRenewal,
      { replaced: true, merchantPause: pause },
      "replay"
    ],
    ["F9 while a renewal is in flight joins it", inFlight, {}, "join"],
    ["F9 in the second before a renewal is lost joins it", { ...inFlight, begunAtMillis: now - 59_999 }, {}, "join"],
    [
      "F41 of a key whose renewal is lost begins another",
      { begunAtMillis: now - lostMillis, pause: over },
      {},
      "begin"
    ],
    ["F15 while a renewal from the future is in flight joins it", { ...noRenewal, begunAtMillis: now + 5 }, {}, "join"],
    ["F70 in its merchant's pause stands", noRenewal, { merchantPause: pause }, "accept"],
    ["F70 in its merchant's pause joins no renewal in flight", inFlight, { merchantPause: pause }, "accept"],
    ["F70 after its merchant's pause begins a renewal", noRenewal, { merchantPause: over }, "begin"],
    ["F70 in the key's pause stands", { ...noRenewal, pause }, {}, "accept"],
    ["F70 after the key's pause begins a renewal", { ...noRenewal, pause: over }, {}, "begin"]
  ]
  for (const [what, key, change, decision] of cases) {
    it(what, () => {
      const [decided, next] = decideRejection(key, { ...rejection, ...change }, now)
      assert.strictEqual(decided, decision)
      assert.deepStrictEqual(
        next,
        decision === "begin" ? { begunAtMillis: now, pause: { fromMillis: now, untilMillis: now + 30_000 } } : key
      )
    })
  }
})

describe("a renewal", () => {
  it("F70 that has worked leaves the key's 30 seconds as they are", () => {
    assert.deepStrictEqual(renewalEnded(inFlight, true, now), { ...inFlight, begunAtMillis: undefined })
  })

  it("that has failed pauses the key for 30 seconds from then on", () => {
    assert.deepStrictEqual(renewalEnded(inFlight, false, now), {
      begunAtMillis: undefined,
      pause: { fromMillis: now, untilMillis: now + 30_000 }
    })
  })

  it("F41 is lost after a minute, or after all that a longer budget allows it", () => {
    assert.strictEqual(lostMillis, 60_000)
    assert.strictEqual(lostRenewalMillis(60_000), 180_000)
  })

  it("is pending while it is in flight, and while the key is paused", () => {
    assert.isTrue(isIdle(noRenewal, lostMillis, now))
    assert.isFalse(isIdle({ ...noRenewal, begunAtMillis: now }, lostMillis, now))
    assert.isFalse(isIdle({ ...noRenewal, pause }, lostMillis, now))
    assert.isTrue(isIdle({ begunAtMillis: now - lostMillis, pause: over }, lostMillis, now))
  })
})

describe("a pause", () => {
  it("is in force from its beginning, until its end; F15 not before it, where the clock was set back", () => {
    assert.isFalse(isPaused(undefined, now))
    assert.isTrue(isPaused({ fromMillis: now, untilMillis: now + 1 }, now))
    assert.isFalse(isPaused({ fromMillis: now - 1, untilMillis: now }, now))
    assert.isFalse(isPaused({ fromMillis: now + 1, untilMillis: now + 2 }, now))
  })

  it("never ends before the one in force, and does not mind one that is over", () => {
    const long = { fromMillis: now, untilMillis: now + 500 }
    assert.deepStrictEqual(pauseFor(long, 100, now), long)
    assert.deepStrictEqual(pauseFor(long, 900, now), { fromMillis: now, untilMillis: now + 900 })
    assert.deepStrictEqual(pauseFor(long, 100, now - 1), { fromMillis: now - 1, untilMillis: now + 99 })
  })

  it("takes 30 seconds after a renewal, whether or not it works, and five minutes after a refused replay", () => {
    assert.strictEqual(renewalIntervalMillis, 30_000)
    assert.strictEqual(failedRenewalPauseMillis, 30_000)
    assert.strictEqual(refusedReplayPauseMillis, 300_000)
  })
})
