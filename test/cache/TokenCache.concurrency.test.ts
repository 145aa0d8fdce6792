/** F1 to F7 and F11 of docs/failures.md: many callers, one token. F8 and F12: TokenCache.generations.test.ts. */
import { assert, describe, it } from "@effect/vitest"
import { assertNone } from "@effect/vitest/utils"
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as HashMap from "effect/HashMap"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { ages, failingFlight, getTaking, given, givenNone, millisUntilNextAttempt } from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, served, sourceOf } from "../fixtures/caches.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { delayed, granted, hanging, lost, scriptedFlow, unavailable } from "../fixtures/scriptedFlow.js"

const many = (callers: number) => ({ length: callers })

describe("one flight for all", () => {
  it.scoped("F1 ten thousand callers without a token make one request, and all get its token", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(delayed("300 millis", granted("1 hour")))
      const callers = yield* Effect.forEach(Array.from(many(10_000)), () => Effect.fork(source.get))
      yield* TestClock.adjust("300 millis")
      const tokens = yield* Fiber.joinAll(callers)
      assert.strictEqual(tokens.length, 10_000)
      assert.strictEqual(new Set(tokens).size, 1)
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("F2 a thousand callers with a token that is due are served, and one request goes out beside", () =>
    given(ages.due, delayed("5 seconds", granted("1 hour")), ({ flow, source }) =>
      Effect.gen(function* () {
        const tokens = yield* Effect.forEach(Array.from(many(1000)), () => served(source), { concurrency: "unbounded" })
        assert.deepStrictEqual([...new Set(tokens)], ["scripted-1"])
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )

  it.scoped("F2 handles of the same key share its flight", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.otherwise(delayed("1 second", granted("1 hour")))
      const cache = yield* cacheWith()
      const callers = yield* Effect.forEach(Array.from(many(10)), () =>
        Effect.flatMap(cache.source(flow), (source) => Effect.fork(served(source)))
      )
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* Fiber.joinAll(callers))], ["scripted-1"])
    })
  )

  it.scoped(
    "F3 all who wait for a failing flight get that failure, and none tries again before the back-off ends",
    () =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable())
        const callers = yield* Effect.forEach(Array.from(many(100)), () => Effect.fork(Effect.flip(source.get)))
        yield* TestClock.adjust(failingFlight.millis)
        assert.strictEqual(new Set(yield* Fiber.joinAll(callers)).size, 1)
        assert.strictEqual(flow.sentAt.length, failingFlight.attempts)
        yield* TestClock.adjust((yield* millisUntilNextAttempt(source)) - 1)
        yield* Effect.forEach(Array.from(many(100)), () => outcome(source))
        assert.strictEqual(flow.sentAt.length, failingFlight.attempts)
      })
  )
})

describe("a flight belongs to nobody", () => {
  it.scoped("F4 a cancelled caller leaves the flight to the others", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(delayed("1 second", granted("1 hour")))
      const first = yield* Effect.fork(source.get)
      const second = yield* Effect.fork(served(source))
      yield* TestClock.adjust("500 millis")
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(first)))
      yield* TestClock.adjust("500 millis")
      assert.strictEqual(yield* Fiber.join(second), "scripted-1")
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("F4 a flight that everybody has left goes on, and its token is kept", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(delayed("1 second", granted("1 hour")))
      assert.isTrue(Option.isNone(yield* Effect.timeoutOption(source.get, 0)))
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  it.scoped("F5 a flight sees nothing of its first caller: no services, span, annotations nor deadline", () =>
    Effect.gen(function* () {
      class Tenant extends Context.Tag("Tenant")<Tenant, string>() {}
      const flow = scriptedFlow()
      const seen =
        yield* Deferred.make<
          readonly [Context.Context<never>, HashMap.HashMap<string, unknown>, Option.Option<unknown>]
        >()
      flow.otherwise((asked) =>
        Effect.all([Effect.context<never>(), FiberRef.get(FiberRef.currentLogAnnotations), Effect.currentSpan]).pipe(
          Effect.orDie,
          Effect.tap(([context, annotations, span]) => Deferred.succeed(seen, [context, annotations, span.parent])),
          Effect.zipRight(Effect.delay(granted("1 hour")(asked), "5 seconds"))
        )
      )
      const source = yield* sourceOf(flow)
      const caller = yield* source.get.pipe(
        Effect.timeout("1 second"),
        Effect.provideService(Tenant, "acme"),
        Effect.annotateLogs("tenant", "acme"),
        Effect.withSpan("checkout"),
        Effect.fork
      )
      yield* TestClock.adjust("1 second")
      assert.isTrue(Exit.isFailure(yield* Fiber.await(caller)))
      const [context, annotations, parent] = yield* Deferred.await(seen)
      assert.isTrue(Option.isNone(Context.getOption(context, Tenant)))
      assert.strictEqual(HashMap.size(annotations), 0)
      assertNone(parent)
      yield* TestClock.adjust("4 seconds")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
    })
  )

  it.scoped("F6 a flow that interrupts itself is a failed attempt, not the outcome", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      flow.next(() => Effect.interrupt)
      assert.strictEqual(yield* getTaking(source, 100), "scripted-2")
    })
  )

  it.scoped("F6 the interruption of a caller is never what another one gets", () =>
    Effect.gen(function* () {
      const { source } = yield* givenNone(delayed("1 second", granted("1 hour")))
      for (let callers = 0; callers < 10; callers++) yield* Effect.timeoutOption(source.get, 0)
      assert.strictEqual(yield* getTaking(source, 1000), "scripted-1")
    })
  )

  for (const [name, answer] of [
    ["never settles", hanging],
    ["never settles and cannot be interrupted", lost]
  ] as const) {
    it.scoped(`F7 a flow that ${name} fails its callers after the request budget, and the next flight is free`, () =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("1 hour"))
        flow.next(answer)
        const caller = yield* Effect.fork(Effect.flip(source.get))
        yield* TestClock.adjust("15 seconds")
        assert.deepInclude(yield* Fiber.join(caller), { _tag: "Unavailable", reason: "timeout" })
        yield* TestClock.adjust(yield* millisUntilNextAttempt(source))
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      })
    )
  }

  it.scoped("F7 what a flow says after the budget of its flight is not heard: the flight has ended once", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      const late = delayed("20 seconds", granted("1 hour"))
      flow.next((number) => Effect.uninterruptible(late(number)))
      const caller = yield* Effect.fork(Effect.flip(source.get))
      yield* TestClock.adjust("15 seconds")
      const error = yield* Fiber.join(caller)
      const before = yield* source.status
      yield* TestClock.adjust("5 seconds")
      assert.deepInclude(error, { _tag: "Unavailable", reason: "timeout" })
      const { lastFailure, phase } = yield* source.status
      assert.strictEqual(phase, "empty")
      assert.deepStrictEqual(Option.getOrThrow(lastFailure), Option.getOrThrow(before.lastFailure))
    })
  )
})

describe("a background refresh that goes wrong", () => {
  it.scoped("F11 by a defect is logged, noted as failed, and tried again", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      yield* source.get
      flow.next(() => Effect.die(new Error("a bug in the flow")))
      yield* TestClock.adjust(ages.due)
      assert.isTrue(logs.some(({ message }) => message.includes("refresh failed")))
      assert.deepInclude(Option.getOrThrow((yield* source.status).lastFailure), {
        _tag: "InvalidResponse",
        problem: "the flow ended without an answer"
      })
      yield* TestClock.adjust(yield* millisUntilNextAttempt(source))
      assert.strictEqual(yield* getTaking(source, 0), "scripted-3")
    }).pipe(recorded)
  })

  it.scoped("F11 by a flow that throws when it is looked at leaves no caller waiting", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const throwing = Object.defineProperty({ ...flow }, "request", {
        get: () => {
          throw new Error("a bug in the flow")
        }
      })
      const source = yield* sourceOf(throwing).pipe(drawing(0))
      assert.strictEqual(yield* getTaking(source, failingFlight.millis), "InvalidResponse")
    })
  )

  it.scoped("F56 by a flow whose label throws leaves no caller waiting, and the next flight departs", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      let broken = false
      const throwing = Object.defineProperty({ ...flow }, "label", {
        get: () => {
          if (broken) throw new Error("a bug in the flow")
          return "flow"
        }
      })
      const source = yield* sourceOf(throwing).pipe(drawing(0))
      broken = true
      const first = yield* Effect.fork(Effect.exit(source.get))
      yield* TestClock.adjust("15 seconds")
      assert.isTrue(Exit.isFailure(yield* Fiber.join(first)))
      broken = false
      yield* TestClock.adjust("1 minute")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
    })
  )

  it.scoped(
    "F11 by a flow that throws when the refresh fiber looks at it costs neither its own key nor others a refresh",
    () =>
      Effect.gen(function* () {
        const cache = yield* cacheWith().pipe(drawing(0))
        const [flow, other] = [scriptedFlow({ label: "flow" }), scriptedFlow({ label: "other" })]
        const throwing = Object.defineProperty({ ...flow }, "baseUrl", {
          get: () => {
            throw new Error("a bug in the flow")
          }
        })
        for (const one of [throwing, other]) yield* Effect.flatMap(cache.source(one), (source) => source.get)
        yield* TestClock.adjust(ages.due + 1000)
        assert.strictEqual(flow.sentAt.length, 2)
        assert.strictEqual(other.sentAt.length, 2)
      })
  )

  const names = {
    "another name": { name: "partner" },
    "no label": { label: undefined },
    "a symbol": { label: Symbol() }
  }
  for (const [what, given] of Object.entries(names)) {
    it.scoped(`F56 by a flow with ${what} where the types want two texts leaves no caller waiting, nor its key`, () =>
      Effect.gen(function* () {
        const failing = {
          foreign: () => Effect.fail(new Error() as never),
          dying: () => Effect.die("a bug"),
          hanging,
          lost
        }
        for (const answer of Object.values(failing)) {
          const flow = scriptedFlow()
          flow.otherwise(answer)
          const source = yield* sourceOf(Object.assign({}, flow, given)).pipe(drawing(0))
          const first = yield* Effect.fork(Effect.exit(source.get))
          yield* TestClock.adjust("15 seconds")
          assert.isTrue(Exit.isFailure(yield* Fiber.join(first)))
          assert.isString((yield* source.status).label)
          flow.otherwise(granted("1 hour"))
          yield* TestClock.adjust("1 minute")
          assert.match(yield* getTaking(source, 0), /^scripted-/)
        }
      })
    )
  }

  it.scoped("F56 by flows that throw when they are looked at does not hide the status of others", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const throwing = {
        ...scriptedFlow({ label: "throwing" }),
        get label(): string {
          throw new Error("a bug in the flow")
        }
      }
      for (const flow of [throwing, scriptedFlow()]) yield* cache.source(flow)
      const labels = (yield* cache.statuses).map(({ label }) => label)
      assert.deepStrictEqual(labels, ["a flow that throws", "scripted"])
    })
  )

  it.scoped("F11 by a logger that throws does not keep the place of a refresh", () => {
    const throwing = Logger.make(({ message }) => {
      if (String(message).startsWith("Vipps token")) throw new Error("a bug in the logger")
    })
    return Effect.gen(function* () {
      const flow = scriptedFlow()
      const source = yield* sourceOf(flow, { maxConcurrentRefreshes: 1 }).pipe(drawing(0))
      yield* source.get
      yield* TestClock.adjust(2 * ages.due)
      assert.strictEqual(yield* getTaking(source, 0), "scripted-3")
    }).pipe(Effect.provide(Layer.merge(Logger.add(throwing), Logger.minimumLogLevel(LogLevel.All))))
  })
})
