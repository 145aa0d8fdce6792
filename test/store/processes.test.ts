/** docs/architecture.md §5: what a store saves in a virtual day; `npm run processes` prints more of it. */
import { assert, describe, it } from "@effect/vitest"
import { seed } from "../fixtures/seed.js"
import { lives, requestsOfADay } from "../simulations/processes.js"

describe("the token requests of a day", () => {
  it("are those of each process by itself, without a store", () => {
    assert.strictEqual(requestsOfADay(1, lives["24 h"], false, seed), 2)
    assert.strictEqual(requestsOfADay(10, lives["24 h"], false, seed), 20)
  })

  it("are those of one process, with a store, however many there are", () => {
    assert.strictEqual(requestsOfADay(50, lives["24 h"], true, seed), 2)
    const alone = requestsOfADay(1, lives["1 h"], false, seed)
    assert.strictEqual(requestsOfADay(1, lives["1 h"], true, seed), alone)
    // A fleet refreshes when the earliest of many draws says: after three quarters of a life.
    assert.isAtMost(requestsOfADay(10, lives["1 h"], true, seed), 33)
  })
})
