/** F8 and F12 of docs/failures.md: which flight's outcome counts. */
import { assert, describe, it } from "@effect/vitest"
import { assertNone } from "@effect/vitest/utils"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { getTaking, givenNone } from "../fixtures/agedToken.js"
import { outcome, served, sourceOf, text } from "../fixtures/caches.js"
import { atRest, withMovableWall, withoutTimers } from "../fixtures/passingTime.js"
import { type Answer, delayed, granted, hanging, scriptedFlow, wrongKeys } from "../fixtures/scriptedFlow.js"

describe("generations", () => {
  it.scoped("F8 a forced refresh does not join the flight that was there before it", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(delayed("1 second", granted("1 hour")))
      const get = yield* Effect.fork(served(source))
      yield* TestClock.adjust("500 millis")
      const refreshes = yield* Effect.forEach([1, 2, 3], () => Effect.fork(Effect.map(source.refresh, text)))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(get), "scripted-1")
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual(yield* Fiber.joinAll(refreshes), ["scripted-2", "scripted-2", "scripted-2"])
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("F8 a refresh while the forced one is under way is a flight of its own, after it", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(delayed("1 second", granted("1 hour")))
      const first = yield* Effect.fork(Effect.map(source.refresh, text))
      yield* TestClock.adjust("500 millis")
      const second = yield* Effect.fork(Effect.map(source.refresh, text))
      yield* TestClock.adjust("1500 millis")
      assert.deepStrictEqual(yield* Fiber.joinAll([first, second]), ["scripted-1", "scripted-2"])
      assert.deepStrictEqual(flow.sentAt, [0, 1000])
    })
  )

  it.scoped("F8 the successor is asked even where the flight before it fails, and its callers get its outcome", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      flow.next(hanging)
      const get = yield* Effect.fork(outcome(source))
      yield* atRest
      const refresh = yield* Effect.fork(Effect.map(source.refresh, text))
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* Fiber.join(get), "Unavailable")
      assert.strictEqual(yield* Fiber.join(refresh), "scripted-2")
      const status = yield* source.status
      assert.deepInclude(status, { phase: "fresh", refreshing: false })
      assertNone(status.lastFailure)
    })
  )

  /** On demand a flight that has come of age counts as lost; here it then comes back after all. */
  const comeback = (answer: Answer) =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const back = yield* Deferred.make<void>()
      flow.next((asked) => Effect.zipRight(Deferred.await(back), answer(asked)))
      const source = yield* sourceOf(flow, { mode: "onDemand" }).pipe(withoutTimers)
      assert.strictEqual(yield* getTaking(source, 15_000), "Unavailable")
      yield* TestClock.adjust(1)
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      yield* Deferred.succeed(back, undefined)
      yield* atRest
      return { flow, source }
    })

  it.scoped("F12 the token of an older flight does not overwrite that of a newer one", () =>
    Effect.gen(function* () {
      const { source } = yield* comeback(granted("2 hours"))
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
    })
  )

  it.scoped("F12 who waits for the older flight gets the token of the newer one", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const back = yield* Deferred.make<void>()
      flow.next((asked) => Effect.zipRight(Deferred.await(back), granted("2 hours")(asked)))
      const source = yield* sourceOf(flow, { mode: "onDemand" }).pipe(withoutTimers)
      const refresh = yield* Effect.fork(Effect.map(source.refresh, text))
      yield* TestClock.adjust(15_001)
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      yield* Deferred.succeed(back, undefined)
      yield* atRest
      assert.strictEqual(yield* Fiber.join(refresh), "scripted-2")
    })
  )

  it.scoped("F12 the failure of an older flight is no news once a newer one has brought a token", () =>
    Effect.gen(function* () {
      const { source } = yield* comeback(wrongKeys)
      const status = yield* source.status
      assert.deepInclude(status, { phase: "fresh", refreshing: false })
      assertNone(status.lastFailure)
    })
  )

  it.scoped("F12 the token of an older flight is better than one of a newer flight that has run out", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.next(delayed("10 seconds", granted("1 hour")), granted("5 seconds"))
        const source = yield* sourceOf(flow, { mode: "onDemand" })
        const first = yield* Effect.fork(outcome(source))
        yield* atRest
        yield* moveWall(20_000)
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
        yield* TestClock.adjust("10 seconds")
        assert.strictEqual(yield* Fiber.join(first), "scripted-1")
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
      })
    )
  )
})
