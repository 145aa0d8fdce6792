/** What a `get` costs whose answer is known: one look at the wall clock, and no decision. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { ages, givenNone } from "../fixtures/agedToken.js"
import { outcome, served } from "../fixtures/caches.js"
import { atRest, withCountedReadings } from "../fixtures/passingTime.js"
import { delayed, granted, wrongKeys } from "../fixtures/scriptedFlow.js"

describe("nothing is decided anew", () => {
  for (const [name, answer, expected, holdsFor] of [
    ["a token is fresh", granted("1 hour"), "scripted-1", ages.due],
    ["a failure holds callers back", wrongKeys, "InvalidCredentials", 1000]
  ] as const) {
    it.scoped(`while ${name}, to the last millisecond`, () =>
      withCountedReadings((readings) =>
        Effect.gen(function* () {
          const { source } = yield* givenNone(answer)
          yield* outcome(source)
          for (const millis of [0, holdsFor - 1]) {
            yield* TestClock.adjust(millis)
            const before = readings()
            for (let n = 0; n < 100; n++) assert.strictEqual(yield* outcome(source), expected)
            assert.strictEqual(readings(), before)
          }
        })
      )
    )
  }

  it.scoped("F1 for those who join a flight", () =>
    withCountedReadings((readings) =>
      Effect.gen(function* () {
        const { source } = yield* givenNone(delayed("1 second", granted("1 hour")))
        const first = yield* Effect.fork(served(source))
        yield* atRest
        const before = readings()
        const others = yield* Effect.forEach(Array.from({ length: 100 }), () => Effect.fork(served(source)))
        yield* atRest
        assert.strictEqual(readings(), before)
        yield* TestClock.adjust("1 second")
        assert.deepStrictEqual(new Set(yield* Fiber.joinAll([first, ...others])), new Set(["scripted-1"]))
      })
    )
  )
})
