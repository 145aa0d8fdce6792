/** F39 and F40 of docs/failures.md: a closed cache leaves nothing behind, and nothing starts after it. */
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { RefreshPolicyOptions } from "../../src/RefreshPolicy.js"
import { cacheWith } from "../fixtures/caches.js"
import { atRest, withMovableWall } from "../fixtures/passingTime.js"
import { type Answer, delayed, granted, hanging, lost, scriptedFlow } from "../fixtures/scriptedFlow.js"

/** A cache that the test closes itself. */
const closable = (answer: Answer, policy: RefreshPolicyOptions = {}) =>
  Effect.gen(function* () {
    const scope = yield* Scope.make()
    const flow = scriptedFlow()
    flow.otherwise(answer)
    const cache = yield* Scope.extend(cacheWith(policy), scope)
    return { cache, flow, source: yield* cache.source(flow), close: Scope.close(scope, Exit.void) }
  })

/** Done without any time passing. */
const promptly = <A, E>(effect: Effect.Effect<A, E>) =>
  Effect.gen(function* () {
    const fiber = yield* Effect.fork(effect)
    yield* atRest
    assert.isTrue(Option.isSome(yield* Fiber.poll(fiber)), "it takes time")
    return yield* Fiber.join(fiber)
  })

const assertClosed = (exit: Exit.Exit<unknown, unknown>) => {
  assert(Exit.isFailure(exit))
  const [defect] = Chunk.toReadonlyArray(Cause.defects(exit.cause))
  assert.match(String(defect), /token cache is closed/)
}

describe("closing", () => {
  for (const [name, answer] of [
    ["while a flight hangs", hanging],
    ["while a flight hangs that cannot be interrupted", lost],
    ["while an answer is on its way", delayed("1 second", granted("1 hour"))]
  ] as const) {
    for (const mode of ["background", "onDemand"] as const) {
      it.scoped(`F40 ${name} is prompt, and interrupts all who wait (${mode})`, () =>
        Effect.gen(function* () {
          const { close, flow, source } = yield* closable(answer, { mode })
          const waiting = [source.get, source.get, source.refresh, source.refresh].map((effect) => Effect.fork(effect))
          const callers = yield* Effect.all(waiting)
          yield* atRest
          yield* promptly(close)
          for (const exit of yield* promptly(Effect.forEach(callers, Fiber.await))) {
            assert(Exit.isFailure(exit))
            assert.isTrue(Cause.isInterruptedOnly(exit.cause), Cause.pretty(exit.cause))
          }
          yield* TestClock.adjust("1 hour")
          assert.strictEqual(flow.sentAt.length, 1)
        })
      )
    }
  }

  it.scoped("F40 interrupts a caller that waits for a successor while its token still works", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const { close, flow, source } = yield* closable(granted("1 hour"))
        yield* source.get
        flow.otherwise(hanging)
        yield* moveWall(3_590_000)
        const caller = yield* Effect.fork(source.get)
        yield* atRest
        yield* promptly(close)
        assert.isTrue(Exit.isInterrupted(yield* promptly(Fiber.await(caller))))
      })
    )
  )

  it.scoped("F40 interrupts callers of a key that was forgotten meanwhile", () =>
    Effect.gen(function* () {
      const { cache, close, flow, source } = yield* closable(hanging)
      const callers = yield* Effect.forEach([source.get, source.refresh], (effect) => Effect.fork(effect))
      yield* atRest
      yield* cache.forget(flow)
      yield* promptly(close)
      for (const caller of callers) assert.isTrue(Exit.isInterrupted(yield* promptly(Fiber.await(caller))))
    })
  )

  it.scoped("F40 is prompt where the cache was built in an uninterruptible region", () =>
    Effect.gen(function* () {
      const { close, source } = yield* Effect.uninterruptible(closable(hanging))
      const caller = yield* Effect.fork(source.get)
      yield* atRest
      yield* promptly(close)
      assert.isTrue(Exit.isInterrupted(yield* promptly(Fiber.await(caller))))
    })
  )

  it.scoped("F40 at any moment: no request follows, and nobody waits for ever", () =>
    Effect.gen(function* () {
      // Every fiber gives way every so many steps, so that the end comes anywhere between them.
      for (let steps = 12; steps < 42; steps += 3) {
        for (let yields = 0; yields < 20; yields++) {
          const { close, flow, source } = yield* closable(granted("1 hour")).pipe(Effect.withMaxOpsBeforeYield(steps))
          const callers = yield* Effect.forEach([source.get, source.refresh, source.refresh], (effect) =>
            Effect.fork(Effect.withMaxOpsBeforeYield(effect, steps))
          )
          yield* Effect.repeatN(Effect.yieldNow(), yields)
          yield* close
          const requests = flow.sentAt.length
          yield* Effect.repeatN(Effect.yieldNow(), 200)
          const closedAfter = `closed after ${yields} yields, one every ${steps} steps`
          for (const caller of callers) assert.isTrue(Option.isSome(yield* Fiber.poll(caller)), closedAfter)
          assert.strictEqual(flow.sentAt.length, requests, closedAfter)
        }
      }
    })
  )

  it.scoped("F40 between the decision for a flight and its beginning: it does not begin", () =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      // Without a fiber to interrupt first, the cache closes at once.
      const cache = yield* Scope.extend(cacheWith({ mode: "onDemand" }), scope)
      const scripted = scriptedFlow()
      let closing = false
      // The key is looked at while the flight is written into the state.
      const flow = Object.defineProperty({ ...scripted }, "key", {
        get: () => {
          if (closing) Effect.runFork(Scope.close(scope, Exit.void))
          closing = false
          return scripted.key
        }
      })
      for (const effect of [(yield* cache.source(flow)).get, (yield* cache.source(flow)).refresh]) {
        closing = true
        const caller = yield* Effect.fork(effect)
        assert.isTrue(Exit.isFailure(yield* promptly(Fiber.await(caller))))
      }
      assert.isEmpty(scripted.sentAt)
    })
  )

  it.scoped("F40 a cache that is closed says so, and starts nothing", () =>
    Effect.gen(function* () {
      const { cache, close, flow, source } = yield* closable(granted("1 hour"))
      const token = yield* source.get
      yield* close
      for (const effect of [source.get, source.refresh, cache.source(flow)]) {
        assertClosed(yield* promptly(Effect.exit<unknown, unknown, never>(effect)))
      }
      yield* source.invalidate(token)
      assert.isEmpty(yield* cache.statuses)
      assert.isTrue(Chunk.isEmpty(yield* promptly(Stream.runCollect(cache.changes))))
      assert.strictEqual((yield* source.status).phase, "empty")
      yield* TestClock.adjust("1 day")
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("F40 one cache leaves another alone", () =>
    Effect.gen(function* () {
      const [first, second] = [yield* closable(granted("1 hour")), yield* closable(granted("1 hour"))]
      yield* first.source.get
      yield* first.close
      yield* second.source.get
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(second.flow.sentAt.length, 2)
    })
  )
})

const Report = Schema.parseJson(
  Schema.Struct({ before: Schema.Array(Schema.String), open: Schema.Number, after: Schema.Array(Schema.String) })
)

const runChild = (mode: NonNullable<RefreshPolicyOptions["mode"]>) =>
  Effect.async<string, Error>((resume) => {
    const fixture = fileURLToPath(new URL("../fixtures/closedCache.ts", import.meta.url))
    execFile(
      process.execPath,
      ["--import", "tsx", fixture, mode],
      { timeout: 30_000, killSignal: "SIGKILL" },
      (error, stdout) => {
        resume(error === null ? Effect.succeed(stdout) : Effect.fail(error))
      }
    )
  })

describe("a process", () => {
  for (const [mode, open] of [
    ["background", 1],
    ["onDemand", 0]
  ] as const) {
    it.live(`F39 has no timer left of a closed cache, and ends by itself (${mode})`, () =>
      Effect.gen(function* () {
        const report = yield* Effect.flatMap(runChild(mode), Schema.decodeUnknown(Report))
        // What a cache holds open while it lives: the timer of its refresh fiber, and on demand nothing at all.
        assert.strictEqual(report.open, open)
        assert.deepStrictEqual(report.after, report.before)
      })
    )
  }
})
