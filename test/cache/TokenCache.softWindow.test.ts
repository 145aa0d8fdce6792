/** C11 to C15 of docs/failures.md: when a token is due. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenSource } from "../../src/TokenSource.js"
import { drawing, sourceOf } from "../fixtures/caches.js"
import { withQuickTime } from "../fixtures/passingTime.js"
import { granted, scriptedFlow } from "../fixtures/scriptedFlow.js"

describe("the soft window", () => {
  /** How old the token is when it is due, and asked for again. */
  const refreshAge = (source: TokenSource) =>
    Effect.gen(function* () {
      const { issuedAt } = yield* source.get
      const refreshAt = Option.getOrThrow((yield* source.status).refreshAt)
      return DateTime.distance(issuedAt, refreshAt) / 1000
    })

  for (const [name, life, softWindow, policy] of [
    ["C11 of a life of 10 min", 600, 150, {}],
    ["C12 of a life of 20 min 30 s", 1230, 307.5, {}],
    ["C13 of a life of 6 h", 21_600, 5400, {}],
    ["C15 that was configured, of 10 min", 600, 300, { softWindow: 0.5 }]
  ] as const) {
    it.scoped(`${name} is ${softWindow} s`, () =>
      withQuickTime((passTime) =>
        Effect.gen(function* () {
          for (const random of [0, 0.5]) {
            const flow = scriptedFlow()
            flow.otherwise(granted(life * 1000))
            const source = yield* sourceOf(flow, policy).pipe(drawing(random))
            const age = yield* refreshAge(source)
            assert.strictEqual(age, life - softWindow + (random * softWindow) / 2)
            yield* passTime(age * 1000 - 1)
            assert.strictEqual(flow.sentAt.length, 1)
            yield* passTime(1)
            assert.strictEqual(flow.sentAt.length, 2)
          }
        })
      )
    )
  }

  it.scoped("C14 follows the newest token: a life of 6 h, then one of 10 min", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.next(granted("6 hours"), granted("10 minutes"), granted("10 minutes"))
        const source = yield* sourceOf(flow).pipe(drawing(0))
        assert.strictEqual(yield* refreshAge(source), 21_600 - 5400)
        yield* passTime("270 minutes")
        assert.strictEqual(yield* refreshAge(source), 600 - 150)
        yield* passTime("450 seconds")
        assert.strictEqual(flow.sentAt.length, 3)
      })
    )
  )
})
