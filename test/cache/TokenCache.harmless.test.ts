/** F56 of docs/failures.md: whatever of the user's throws or hangs costs no caller more than the budget, and no key. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as Tracer from "effect/Tracer"
import { Sharing } from "../../src/internal/cache/sharing.js"
import { Unavailable } from "../../src/TokenError.js"
import { ages, getTaking, givenNone } from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, served, sourceOf } from "../fixtures/caches.js"
import { atRest, withBreakingClock } from "../fixtures/passingTime.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import { recordingTracer } from "../fixtures/recordingTracer.js"
import { type Answer, granted, hanging, lost, scriptedFlow, unavailable } from "../fixtures/scriptedFlow.js"

const bug = (): never => {
  throw new Error("a bug of the user's")
}

/** A tracer some of whose parts throw. */
const brokenTracer = (broken: "span" | "end" | "attribute" | "event" | "everything") => {
  const { tracer } = recordingTracer()
  const breaks = (part: typeof broken) => broken === part || broken === "everything"
  return Tracer.make({
    span: (...told) => {
      if (breaks("span")) return bug()
      const span = tracer.span(...told)
      for (const part of ["end", "attribute", "event"] as const) {
        if (breaks(part)) Object.defineProperty(span, part, { value: bug })
      }
      return span
    },
    context: (run) => run()
  })
}

describe("F56 a tracer that throws", () => {
  for (const part of ["span", "end", "attribute", "event", "everything"] as const) {
    it.scoped(`at ${part}, always: every token is served and refreshed, and no place is lost`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        const source = yield* sourceOf(flow, { maxConcurrentRefreshes: 1 }).pipe(drawing(0))
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
        for (let refresh = 2; refresh < 8; refresh++) {
          yield* TestClock.adjust(ages.due)
          assert.strictEqual(yield* getTaking(source, 0), `scripted-${refresh}`)
        }
      }).pipe(Effect.withTracer(brokenTracer(part)))
    )
  }
})

describe("F56 a tracer that is a mock", () => {
  const methods = { attribute: () => {}, event: () => {} }
  for (const [name, span] of [
    ["undefined", undefined],
    ["null", null],
    ["an empty object", {}],
    ["an object with some methods", methods],
    ["a proxy that throws", new Proxy({ ...methods, end: () => {} }, { get: bug, has: bug })]
  ] as ReadonlyArray<readonly [string, unknown]>) {
    it.scoped(`whose span is ${name} costs no token`, () =>
      Effect.gen(function* () {
        const source = yield* sourceOf(scriptedFlow()).pipe(drawing(0))
        assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
        yield* TestClock.adjust(ages.due)
        assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      }).pipe(Effect.withTracer(Tracer.make({ span: () => span as Tracer.Span, context: (run) => run() })))
    )
  }
})

describe("F56 a logger that throws", () => {
  it.scoped("at every level costs no key its refreshes", () => {
    const throwing = Layer.merge(
      Logger.replace(
        Logger.defaultLogger,
        Logger.make(() => bug())
      ),
      Logger.minimumLogLevel(LogLevel.All)
    )
    return Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      flow.next(granted("1 hour"), unavailable())
      yield* source.get
      yield* TestClock.adjust(3 * ages.due)
      assert.strictEqual(yield* getTaking(source, 0), `scripted-${flow.sentAt.length}`)
      assert.isAtLeast(flow.sentAt.length, 4)
    }).pipe(Effect.provide(throwing))
  })
})

describe("F56 a clock that throws", () => {
  it.scoped("when it is read delays a refresh, and no more", () =>
    withBreakingClock((breaking) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("1 hour"))
        yield* source.get
        yield* TestClock.adjust(ages.due - 1)
        breaking.broken = "reading"
        yield* TestClock.adjust(1)
        breaking.broken = undefined
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  )

  for (const [what, answer, later] of [
    ["brings a token", granted("1 hour"), "scripted-1"],
    ["fails", unavailable(), "scripted-2"]
  ] as const) {
    it.scoped(`while a flight ${what} leaves no caller waiting, nor its key`, () =>
      withBreakingClock((breaking) =>
        Effect.gen(function* () {
          const { flow, source } = yield* givenNone(granted("1 hour"))
          flow.next((asked) =>
            Effect.ensuring(
              answer(asked),
              Effect.sync(() => (breaking.broken = "reading"))
            )
          )
          const first = yield* Effect.fork(Effect.exit(source.get))
          yield* TestClock.adjust(1)
          breaking.broken = undefined
          yield* TestClock.adjust("1 minute")
          yield* Fiber.join(first)
          assert.strictEqual(yield* getTaking(source, 0), later)
          assert.isFalse((yield* source.status).refreshing)
        })
      )
    )
  }

  it.scoped("in the sleep of the refresh fiber is logged, and stops it until something happens to a key", () => {
    const { logs, recorded } = recordingLogs()
    return withBreakingClock((breaking) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("1 hour"))
        yield* source.get
        breaking.broken = "sleep"
        yield* TestClock.adjust("1 minute")
        breaking.broken = undefined
        // With no timer of its own the fiber waits for the next event of any key.
        yield* TestClock.adjust(ages.due)
        yield* source.get
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(flow.sentAt.length, 2)
        yield* TestClock.adjust(ages.due)
        assert.strictEqual(flow.sentAt.length, 3)
        const [log] = logs.filter(({ level }) => level === "ERROR")
        assert.strictEqual(
          log?.message,
          "Vipps token refresh in the background failed. It goes on in a minute. a bug in the clock"
        )
      })
    ).pipe(recorded)
  })
})

describe("F56 a Random", () => {
  for (const [name, random] of [
    ["that dies", Object.defineProperty(Object.create(Random.make("seed")), "next", { value: Effect.die("no luck") })],
    ["that never draws", Object.defineProperty(Object.create(Random.make("seed")), "next", { value: Effect.never })],
    ["that is not a number", Random.fixed([Number.NaN])],
    ["out of its range", Random.fixed([7])]
  ] as const) {
    it.scoped(`${name} costs the spread alone`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.next(unavailable())
        const source = yield* Effect.withRandom(sourceOf(flow), random)
        const first = yield* Effect.fork(served(source))
        yield* TestClock.adjust("15 seconds")
        assert.strictEqual(yield* Fiber.join(first), "scripted-2")
        yield* TestClock.adjust(ages.hard)
        assert.strictEqual(yield* getTaking(source, 0), "scripted-3")
      })
    )
  }
})

describe("F56 a flow of the user's own", () => {
  const unreadable = Object.defineProperty(
    new Unavailable({ flow: "standard", label: "scripted", reason: "network" }),
    "message",
    { get: bug }
  )
  const hostile = new Proxy({}, { get: bug, has: bug, ownKeys: bug, getPrototypeOf: bug })
  const tokenWith =
    (parts: PropertyDescriptorMap): Answer =>
    (asked) =>
      Effect.map(granted("1 hour")(asked), (token) =>
        Object.create(token, {
          value: { value: token.value },
          issuedAt: { value: token.issuedAt },
          expiresAt: { value: token.expiresAt },
          ...parts
        })
      )
  const farAway = tokenWith({
    issuedAt: { value: DateTime.unsafeMake(8.64e15 - 1) },
    expiresAt: { value: DateTime.unsafeMake(8.64e15) }
  })
  for (const [name, answer] of [
    ["whose error cannot be printed", () => Effect.fail(unreadable)],
    ["whose error throws at every look", () => Effect.fail(hostile as unknown as Unavailable)],
    ["that fails with nothing", () => Effect.fail(undefined as unknown as Unavailable)],
    ["whose token's value is a plain text", tokenWith({ value: { value: "plain" } })],
    ["whose token's value is no text", tokenWith({ value: { value: Redacted.make(7) } })],
    ["whose token's value throws", tokenWith({ value: { get: bug } })],
    ["whose token has no value", tokenWith({ value: { value: undefined } })],
    ["whose token has a line break", tokenWith({ value: { value: Redacted.make("a\nb") } })],
    ["whose token's scope throws", tokenWith({ scope: { get: bug } })],
    ["whose token ends at no time", tokenWith({ expiresAt: { value: { epochMillis: Number.NaN } } })],
    ["that hands out no token", () => Effect.succeed({} as never)],
    ["that hands out nothing", () => Effect.succeed(undefined as never)],
    ["that throws", bug]
  ] as ReadonlyArray<readonly [string, Answer]>) {
    it.scoped(`${name} fails its callers, and the key goes on`, () =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(answer)
        const caller = yield* Effect.fork(outcome(source))
        yield* TestClock.adjust("15 seconds")
        assert.match(yield* Fiber.join(caller), /^(Unavailable|InvalidResponse)$/)
        flow.otherwise(granted("1 hour"))
        yield* TestClock.adjust("1 minute")
        assert.match(yield* getTaking(source, 0), /^scripted-/)
      })
    )
  }

  for (const [name, answer] of [
    ["has no readable value", tokenWith({ value: { get: bug } })],
    ["is from the beginning of time", tokenWith({ issuedAt: { value: DateTime.unsafeMake(-8.64e15) } })]
  ] as const) {
    it.scoped(`whose token ${name} is asked rarely`, () =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(granted("1 hour"))
        yield* source.get
        flow.otherwise(answer)
        yield* TestClock.adjust(ages.expired - 1)
        assert.isBelow(flow.sentAt.length, 40)
      })
    )
  }

  it.scoped("whose token ends beyond all dates is cut to a year, and its status can be read", () =>
    Effect.gen(function* () {
      const { source } = yield* givenNone(tokenWith({ expiresAt: { value: { epochMillis: 1e300 } } }))
      yield* source.get
      const { expiresAt } = yield* source.status
      assert.strictEqual(Option.getOrThrow(expiresAt).epochMillis, 365 * 24 * 3_600_000)
    })
  )

  it.scoped("whose token is of the year 275760 leaves nobody waiting", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(farAway)
      const caller = yield* Effect.fork(outcome(source))
      yield* TestClock.adjust("15 seconds")
      yield* Fiber.join(caller)
      flow.otherwise(granted("1 hour"))
      assert.match(yield* Effect.map(source.refresh, () => "works"), /works/)
    })
  )
})

describe("F56 keepAlive", () => {
  it.scoped("that throws costs its caller nothing", () =>
    Effect.gen(function* () {
      const { source } = yield* givenNone(granted("1 hour"), { mode: "onDemand", keepAlive: bug })
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
    })
  )

  it.scoped("that rejects does not end the process", () =>
    Effect.gen(function* () {
      const rejections: Array<unknown> = []
      const onRejection = (reason: unknown) => rejections.push(reason)
      yield* Effect.acquireRelease(
        Effect.sync(() => process.on("unhandledRejection", onRejection)),
        () => Effect.sync(() => process.off("unhandledRejection", onRejection))
      )
      const { source } = yield* givenNone(granted("1 hour"), {
        mode: "onDemand",
        keepAlive: () => Promise.reject("no")
      })
      yield* source.get
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 10)))
      assert.deepStrictEqual(rejections, [])
    })
  )
})

describe("F56 a defect of what a flight runs in", () => {
  it.scoped("is answered to those who wait, and keeps the next flight away for a back-off", () =>
    Effect.gen(function* () {
      let flights = 0
      const share = Effect.sync(() => {
        flights++
        return bug()
      })
      const sharing = { share: () => share, remove: () => Effect.void }
      const source = yield* sourceOf(scriptedFlow()).pipe(Effect.provideService(Sharing, () => sharing))
      const first = yield* Effect.exit(source.get)
      assert.isTrue(Exit.isFailure(first) && Cause.isDie(first.cause))
      for (let second = 0; second < 600; second++) {
        yield* Effect.fork(outcome(source))
        yield* TestClock.adjust("1 second")
      }
      assert.isBelow(flights, 50)
    })
  )
})

describe("F56 keys that hang", () => {
  for (const [name, answer] of [
    ["", hanging],
    [" and cannot be interrupted", lost]
  ] as const) {
    it.scoped(`${name} take no place from the others for longer than two seconds`, () =>
      Effect.gen(function* () {
        const cache = yield* cacheWith({ maxConcurrentRefreshes: 2 }).pipe(drawing(0))
        const hanging = ["a", "b", "c", "d"].map((label) => scriptedFlow({ label }))
        const well = scriptedFlow({ label: "well" })
        for (const flow of [...hanging, well]) yield* (yield* cache.source(flow)).get
        for (const flow of hanging) flow.otherwise(answer)
        yield* TestClock.adjust(ages.due)
        yield* TestClock.adjust("6 seconds")
        yield* atRest
        assert.strictEqual(well.sentAt.length, 2)
      })
    )
  }
})
