/** F46 and F55 of docs/failures.md: what surrounds a cache, such as a request's context or a test's clock. */
import { AsyncLocalStorage } from "node:async_hooks"
import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Runtime from "effect/Runtime"
import * as TestClock from "effect/TestClock"
import { served, sourceOf } from "../fixtures/caches.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

const currentRequest = new AsyncLocalStorage<string>()

describe("a refresh that begins inside a request", () => {
  it.scopedLive("F46 runs in no request's AsyncLocalStorage, and nor does the one after it", () =>
    Effect.gen(function* () {
      const runtime = yield* Effect.runtime<never>()
      const seen: Array<string | undefined> = []
      const scripted = scriptedFlow()
      const flow = {
        ...scripted,
        request: Effect.suspend(() => {
          seen.push(currentRequest.getStore())
          return scripted.request
        })
      }
      const source = yield* sourceOf(flow)
      yield* Effect.promise(() => currentRequest.run("a request", () => Runtime.runPromise(runtime)(source.get)))
      yield* Effect.promise(() => currentRequest.run("another", () => Runtime.runPromise(runtime)(source.refresh)))
      assert.deepStrictEqual(seen, [undefined, undefined])
    })
  )

  it.live("F46 nor where the cache itself was built inside a request", () =>
    Effect.gen(function* () {
      const seen = yield* Deferred.make<string | undefined>()
      const flow = {
        ...scriptedFlow(),
        request: Effect.zipRight(
          Effect.suspend(() => Deferred.succeed(seen, currentRequest.getStore())),
          scriptedFlow().request
        )
      }
      const program = Effect.scoped(Effect.flatMap(sourceOf(flow), served))
      yield* Effect.promise(() => currentRequest.run("a request", () => Effect.runPromise(program)))
      assert.strictEqual(yield* Deferred.await(seen), undefined)
    })
  )
})

describe("a test that sets a real date", () => {
  it.scoped("F55 goes on at once while the cache has no token: no timer ticks", () =>
    Effect.gen(function* () {
      const source = yield* sourceOf(scriptedFlow())
      yield* Effect.yieldNow()
      yield* TestClock.setTime(Date.parse("2026-01-01T12:00:00Z"))
      assert.strictEqual(yield* served(source), "scripted-1")
      assert.strictEqual((yield* source.status).phase, "fresh")
    })
  )
})
