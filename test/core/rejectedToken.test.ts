/** The suspect rule, line by line. */
import { assert, describe, it } from "@effect/vitest"
import {
  decideRejection,
  failedRenewalPauseMillis,
  type Rejection,
  refusedReplayPauseMillis
} from "../../src/core/rejectedToken.js"

/** A token of a minute that works nowhere any more. */
const rejection: Rejection = {
  replaced: false,
  ageMillis: 60_000,
  expired: false,
  pauseLeftMillis: 0,
  replayable: true
}

describe("a 401", () => {
  const cases: ReadonlyArray<readonly [what: string, change: Partial<Rejection>, decision: string]> = [
    ["F26 of the current token calls for a renewal", {}, "renew"],
    [
      "F26 of the current token calls for a renewal, whether or not the request can follow",
      { replayable: false },
      "renew"
    ],
    ["F9 of an older token calls for a replay with the current one", { replaced: true }, "replay"],
    ["F9 of an older token is replayed though renewals are paused", { replaced: true, pauseLeftMillis: 1 }, "replay"],
    [
      "F9 of an older token calls for nothing where the request cannot follow",
      { replaced: true, replayable: false },
      "accept"
    ],
    ["F10 in a pause stands", { pauseLeftMillis: 1 }, "accept"],
    ["F10 in a pause stands, even of an expired token", { pauseLeftMillis: 1, expired: true }, "accept"],
    ["F10 of a token of 29.999 s stands", { ageMillis: 29_999 }, "accept"],
    ["F10 of a token of 0 s stands", { ageMillis: 0 }, "accept"],
    ["of a token of 30 s calls for a renewal", { ageMillis: 30_000 }, "renew"],
    ["of a young token that is expired calls for a renewal", { ageMillis: 10_000, expired: true }, "renew"],
    ["F15 of a token from the future calls for a renewal: the clock was set back", { ageMillis: -1 }, "renew"]
  ]
  for (const [what, change, decision] of cases) {
    it(what, () => assert.strictEqual(decideRejection({ ...rejection, ...change }), decision))
  }
})

it("F10 a refused replay pauses renewals for five minutes, a failed renewal for half a minute", () => {
  assert.strictEqual(refusedReplayPauseMillis, 300_000)
  assert.strictEqual(failedRenewalPauseMillis, 30_000)
})
