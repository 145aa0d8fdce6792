/** What `statuses` and `changes` tell of a cache. */
import { assert, describe, it } from "@effect/vitest"
import { assertNone, assertSome } from "@effect/vitest/utils"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { ages, givenNone } from "../fixtures/agedToken.js"
import { cacheWith, drawing } from "../fixtures/caches.js"
import { atRest } from "../fixtures/passingTime.js"
import { delayed, granted, hanging, scriptedFlow, wrongKeys } from "../fixtures/scriptedFlow.js"

describe("status", () => {
  it.scoped("names every phase of a token's life, with its times", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith({ mode: "onDemand" }).pipe(drawing(0))
      const flow = scriptedFlow()
      const source = yield* cache.source(flow)
      const empty = yield* source.status
      assert.deepInclude(empty, { label: "scripted", flow: "standard", phase: "empty", refreshing: false })
      for (const none of [empty.expiresAt, empty.refreshAt, empty.nextAttemptAt]) assertNone(none)
      assertNone(empty.lastFailure)

      const token = yield* source.get
      for (const [phase, from] of [
        ["fresh", 0],
        ["refreshDue", ages.due],
        ["expiring", ages.hard],
        ["expired", ages.expired]
      ] as const) {
        yield* TestClock.setTime(from)
        const status = yield* source.status
        assert.strictEqual(status.phase, phase)
        assert.strictEqual(Option.getOrThrow(status.expiresAt).epochMillis, token.expiresAt.epochMillis)
        assert.strictEqual(Option.getOrThrow(status.refreshAt).epochMillis, ages.due)
        assert.deepStrictEqual(yield* cache.statuses, [status])
      }
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )
})

describe("changes of a key", () => {
  it.scoped("tell of no call that changes nothing", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith({ mode: "onDemand" })
      const source = yield* cache.source(scriptedFlow())
      yield* source.get
      const changes = yield* Effect.fork(
        Stream.runCollect(Stream.takeUntil(cache.changes, ({ refreshing }) => refreshing))
      )
      yield* atRest
      for (let n = 0; n < 5; n++) yield* source.get
      yield* source.refresh
      assert.strictEqual(Chunk.size(yield* Fiber.join(changes)), 1)
    })
  )

  it.scoped("tell of no key that was forgotten, and its handle finds it anew", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const flow = scriptedFlow()
      flow.next(delayed("1 second", granted("1 hour")))
      const source = yield* cache.source(flow)
      const caller = yield* Effect.fork(source.get)
      yield* TestClock.adjust("500 millis")
      yield* cache.forget(flow)
      const changes = yield* Effect.fork(Stream.runHead(cache.changes))
      yield* TestClock.adjust("500 millis")
      yield* Fiber.join(caller)
      assertNone(yield* Fiber.poll(changes))
      assert.isEmpty(yield* cache.statuses)
      yield* source.get
      assert.strictEqual(flow.sentAt.length, 2)
      assert.lengthOf(yield* cache.statuses, 1)
    })
  )
})

describe("status of a key whose last refresh failed", () => {
  it.scoped("names the next attempt, unless one is running", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(wrongKeys)
      yield* Effect.flip(source.get)
      assertSome((yield* source.status).nextAttemptAt, DateTime.unsafeMake(5000))
      flow.otherwise(hanging)
      yield* Effect.fork(source.refresh)
      yield* atRest
      const status = yield* source.status
      assert.isTrue(status.refreshing)
      assertNone(status.nextAttemptAt)
    })
  )
})

describe("changes", () => {
  it.scoped("tells every reader of every change, of the failure as well, and ends with the cache", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      const cache = yield* Scope.extend(cacheWith(), scope).pipe(drawing(0))
      const flow = scriptedFlow()
      const source = yield* cache.source(flow)
      const reader = Effect.fork(Stream.runCollect(cache.changes))
      const readers = [yield* reader, yield* reader]
      yield* atRest
      flow.next(delayed("1 second", granted("1 hour")), wrongKeys)
      yield* Effect.fork(source.get)
      yield* TestClock.adjust("1 second")
      yield* TestClock.adjust(ages.due)
      yield* source.invalidate(yield* source.get)
      yield* Scope.close(scope, Exit.void)
      for (const seen of readers) {
        const told = Chunk.toReadonlyArray(yield* Fiber.join(seen)).map(({ lastFailure, phase, refreshing }) =>
          [phase, ...(refreshing ? ["refreshing"] : []), ...Option.toArray(lastFailure).map(({ _tag }) => _tag)].join()
        )
        assert.deepStrictEqual(told, [
          "empty,refreshing",
          "fresh",
          "refreshDue,refreshing",
          "refreshDue,InvalidCredentials",
          "empty,InvalidCredentials"
        ])
      }
      assert.isTrue(Chunk.isEmpty(yield* Stream.runCollect(cache.changes)))
    })
  )

  it.scoped("is bounded: a reader that is late loses the oldest, never the newest, and holds nobody up", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const source = yield* cache.source(scriptedFlow())
      const goOn = yield* Deferred.make<void>()
      let told = 0
      const reader = yield* cache.changes.pipe(
        Stream.tap(() => Effect.sync(() => ++told)),
        Stream.tap(() => Deferred.await(goOn)),
        Stream.takeUntil(({ phase }) => phase === "empty" && told > 1),
        Stream.runDrain,
        Effect.fork
      )
      yield* atRest
      for (let n = 0; n < 700; n++) yield* source.refresh
      yield* source.invalidate(yield* source.get)
      yield* Deferred.succeed(goOn, undefined)
      yield* Fiber.join(reader)
      assert.isAtLeast(told, 1024)
      assert.isAtMost(told, 1030)
    })
  )
})
