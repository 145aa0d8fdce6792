/** Many keys after the clocks have moved against each other: the cache goes through them in parts, and serves nobody wrongly. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { cacheWith, served } from "./fixtures/caches.js"
import { atRest, withMovableWall } from "./fixtures/passingTime.js"
import { scriptedFlow } from "./fixtures/scriptedFlow.js"

const minute = 60_000

/** More than the refresh fiber goes through in one go. */
const count = 2500

const filledCache = Effect.gen(function* () {
  const cache = yield* cacheWith()
  const flows = Array.from({ length: count }, (_, n) => scriptedFlow({ label: `key${n}` }))
  const sources = yield* Effect.forEach(flows, cache.source)
  yield* Effect.forEach(sources, (source) => source.get, { concurrency: "unbounded", discard: true })
  return { flows, sources }
})

describe("many keys", () => {
  it.scoped("F14 after a machine slept past their expiry, none of them is served expired", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const { sources } = yield* filledCache
        yield* moveWall(61 * minute)
        const texts = yield* Effect.forEach(sources, served)
        assert.deepStrictEqual(
          texts,
          sources.map(({ flow }) => `${flow.label}-2`)
        )
      })
    )
  )

  it.scoped("F14 after a machine slept into their soft window, all are refreshed, and nobody has to ask", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const { flows, sources } = yield* filledCache
        yield* moveWall(55 * minute)
        // A single caller finds out that the clocks have moved, and gets what still works.
        const [first] = sources
        assert.strictEqual(first === undefined ? "" : yield* served(first), "key0-1")
        yield* atRest
        assert.isTrue(flows.every(({ sentAt }) => sentAt.length === 2))
        assert.strictEqual(first === undefined ? "" : yield* served(first), "key0-2")
      })
    )
  )
})
