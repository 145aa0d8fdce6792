/** F33 of docs/failures.md: what a cache has forgotten it does not hold on to. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { TokenFlow } from "../../src/TokenFlow.js"
import { cacheWith } from "../fixtures/caches.js"
import { collectGarbage } from "../fixtures/garbage.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

describe("memory", () => {
  for (const mode of ["background", "onDemand"] as const) {
    it.scoped(`F33 keys that were forgotten are gone, token and all (${mode})`, () =>
      Effect.gen(function* () {
        const cache = yield* cacheWith({ mode })
        const flows: Array<WeakRef<TokenFlow>> = []
        for (let n = 0; n < 10_000; n++) {
          const flow = scriptedFlow({ label: `key${n}` })
          flows.push(new WeakRef(flow))
          const source = yield* cache.source(flow)
          if (n % 10 === 0) yield* source.get
          yield* cache.forget(flow)
        }
        // What a WeakRef has been asked for is kept to the end of the turn.
        yield* Effect.promise(() => new Promise((resolve) => setImmediate(resolve)))
        collectGarbage()
        const alive = flows.filter((flow) => flow.deref() !== undefined).length
        assert.isBelow(alive, 2500)
      })
    )
  }
})
