/**
 * Whatever happens, in whatever order, the cache keeps its promises: calls, interruptions, refreshes, rejections, time
 * that passes or stands still, machines that sleep, wall clocks that jump, and every answer that an endpoint may give.
 * `fixtures/histories/history` says what can happen, `fixtures/histories/promises` what must hold.
 */
import { setImmediate } from "node:timers/promises"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { history } from "../fixtures/histories/history.js"
import { brokenPromise } from "../fixtures/histories/play.js"
import { seed } from "../fixtures/seed.js"

const numRuns = Number(process.env.HISTORIES ?? 10_000)

describe(`${numRuns} histories, SEED=${seed}`, () => {
  it("break no promise of the cache", { timeout: 600_000 }, () =>
    fc.assert(
      fc.asyncProperty(history, async (history) => {
        // The runner gives up on a worker that does not answer for a minute.
        await setImmediate()
        assert.isUndefined(brokenPromise(history))
      }),
      { numRuns, seed }
    )
  )
})
