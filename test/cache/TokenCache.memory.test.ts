/** F33 and F62 of docs/failures.md: what a key takes, and that what a cache has forgotten is gone. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import type { TokenFlow } from "../../src/TokenFlow.js"
import { cacheWith, outcome } from "../fixtures/caches.js"
import { collectGarbage } from "../fixtures/garbage.js"
import { type Answer, granted, rateLimited, scriptedFlow, wrongKeys } from "../fixtures/scriptedFlow.js"

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

describe("a key", () => {
  const keys = 4000
  /** So many keys let code be compiled, and what it makes once be made. */
  const warmUp = 500

  /** What is in use once nothing more becomes free: what a turn has left behind goes one collection later. */
  const settledHeap = Effect.gen(function* () {
    let used = Number.POSITIVE_INFINITY
    for (let unchanged = 0; unchanged < 3; ) {
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 20)))
      collectGarbage()
      const now = process.memoryUsage().heapUsed
      unchanged = used - now > keys ? 0 : unchanged + 1
      used = now
    }
    return used
  })

  /** The bytes that a key takes, by the live clock: TestClock keeps every sleep that was interrupted. */
  const bytesWith = (answer: Answer) =>
    Effect.scoped(
      Effect.gen(function* () {
        const flows = Array.from({ length: warmUp + keys }, (_, n) => scriptedFlow({ label: `key${n}` }))
        for (const flow of flows) flow.otherwise(answer)
        const cache = yield* cacheWith()
        const fill = (some: typeof flows) =>
          Effect.gen(function* () {
            for (const flow of some) yield* outcome(yield* cache.source(flow))
            return yield* settledHeap
          })
        const before = yield* fill(flows.slice(0, warmUp))
        return ((yield* fill(flows.slice(warmUp))) - before) / keys
      })
    )

  it.live("F62 whose keys are refused, or that is limited, takes less than 2 kB more than one with a token", () =>
    Effect.gen(function* () {
      const withToken = yield* bytesWith(granted("1 hour"))
      assert.isBelow((yield* bytesWith(wrongKeys)) - withToken, 2048)
      assert.isBelow((yield* bytesWith(rateLimited("1 hour"))) - withToken, 2048)
    }).pipe(Logger.withMinimumLogLevel(LogLevel.None))
  )
})
