/**
 * Many keys after the clocks have moved against each other: the cache goes through them in parts, and serves nobody
 * wrongly.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { RefreshPolicyOptions } from "../../src/RefreshPolicy.js"
import { cacheWith, served } from "../fixtures/caches.js"
import { Machine } from "../fixtures/machine.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

const minute = 60_000

/** More than the refresh fiber goes through in one go. */
const count = 1200

const filledCache = (options: RefreshPolicyOptions = {}, keys = count) => {
  const machine = new Machine(1_700_000_000_000)
  const scope = machine.run(Scope.make())
  const cache = machine.run(Scope.extend(cacheWith(options), scope))
  const flows = Array.from({ length: keys }, (_, n) => scriptedFlow({ label: `key${n}` }))
  const sources = machine.run(Effect.forEach(flows, cache.source))
  for (const { get } of sources) machine.run(get)
  return { machine, flows, sources }
}

describe("many keys", () => {
  it("F14 after a machine slept past their expiry, none of them is served expired", () => {
    const { machine, sources } = filledCache()
    machine.moveWall(61 * minute)
    assert.deepStrictEqual(
      sources.map((source) => machine.run(served(source))),
      sources.map(({ flow }) => `${flow.label}-2`)
    )
  })

  it("F14 after a machine slept into their soft window, all are refreshed, and nobody has to ask for each", () => {
    const { flows, machine, sources } = filledCache()
    machine.moveWall(55 * minute)
    // One caller finds out that the clocks have moved, and gets what still works.
    const [first] = sources
    assert.strictEqual(first === undefined ? "" : machine.run(served(first)), "key0-1")
    machine.pass(0)
    assert.isTrue(flows.every(({ sentAt }) => sentAt.length === 2))
  })

  it("where one may be refreshed at a time, and each takes none, all get their turn at once", () => {
    const { flows, machine, sources } = filledCache({ maxConcurrentRefreshes: 1 })
    machine.moveWall(55 * minute)
    const [first] = sources
    assert.strictEqual(first === undefined ? "" : machine.run(served(first)), "key0-1")
    machine.pass(0)
    assert.isTrue(flows.every(({ sentAt }) => sentAt.length === 2))
  })
})
