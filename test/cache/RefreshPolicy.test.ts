/** F42 of docs/failures.md: every option does what it says, and where it is provided matters. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as TestClock from "effect/TestClock"
import { RefreshPolicy, type RefreshPolicyOptions } from "../../src/RefreshPolicy.js"
import { StandardToken } from "../../src/standard/StandardToken.js"
import { TokenCache } from "../../src/TokenCache.js"
import { VippsEmulator } from "../../src/testing.js"
import { ages, getTaking } from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, served, sourceOf } from "../fixtures/caches.js"
import { atRest, withMovableWall } from "../fixtures/passingTime.js"
import { delayed, granted, hanging, type ScriptedFlow, scriptedFlow } from "../fixtures/scriptedFlow.js"

/** What an option makes of a test that tells it apart: with it, and without it. */
const told = <A, E>(
  options: RefreshPolicyOptions,
  test: (options: RefreshPolicyOptions, flow: ScriptedFlow) => Effect.Effect<A, E, Scope.Scope>
) => Effect.all([Effect.suspend(() => test(options, scriptedFlow())), Effect.suspend(() => test({}, scriptedFlow()))])

describe("options", () => {
  it.scoped("F42 mode: onDemand nobody refreshes but callers", () =>
    Effect.gen(function* () {
      const requests = yield* told({ mode: "onDemand" }, (options, flow) =>
        Effect.gen(function* () {
          yield* (yield* sourceOf(flow, options)).get
          yield* TestClock.adjust("1 hour")
          return flow.sentAt.length
        })
      )
      assert.deepStrictEqual(requests, [1, 2])
    })
  )

  it.scoped("F42 softWindow: how early a token is due", () =>
    Effect.gen(function* () {
      const dueAfter = yield* told({ softWindow: 1 }, (options, flow) =>
        Effect.gen(function* () {
          const source = yield* sourceOf(flow, options).pipe(drawing(0.5))
          const { issuedAt } = yield* source.get
          return Option.getOrThrow((yield* source.status).refreshAt).epochMillis - issuedAt.epochMillis
        })
      )
      assert.deepStrictEqual(dueAfter, [900_000, 2_925_000])
    })
  )

  it.scoped("F42 patience: how long a caller waits while its token still works", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const waits = yield* told({ patience: "3 seconds" }, (options, flow) =>
          Effect.gen(function* () {
            const source = yield* sourceOf(flow, options)
            yield* source.get
            flow.otherwise(hanging)
            yield* moveWall(ages.hard)
            const caller = yield* Effect.fork(Effect.timed(source.get))
            yield* TestClock.adjust("10 seconds")
            const [waited] = yield* Fiber.join(caller)
            return waited
          })
        )
        assert.deepStrictEqual(
          waits.map((wait) => String(wait)),
          ["Duration(3s)", "Duration(1s)"]
        )
      })
    )
  )

  it.scoped("F42 requestBudget: how long one refresh takes at most", () =>
    Effect.gen(function* () {
      const phases = yield* told({ requestBudget: "3 seconds" }, (options, flow) =>
        Effect.gen(function* () {
          flow.otherwise(hanging)
          const source = yield* sourceOf(flow, options)
          const caller = yield* Effect.fork(outcome(source))
          yield* TestClock.adjust("2999 millis")
          const before = Option.isSome(yield* Fiber.poll(caller))
          yield* TestClock.adjust("1 millis")
          return [before, Option.isSome(yield* Fiber.poll(caller))]
        })
      )
      assert.deepStrictEqual(phases, [
        [false, true],
        [false, false]
      ])
    })
  )

  it.scoped("F42 maxConcurrentRefreshes: how many refreshes the fiber runs at once, and all get their turn", () =>
    Effect.gen(function* () {
      const most = yield* told({ maxConcurrentRefreshes: 2 }, (options) =>
        Effect.gen(function* () {
          const cache = yield* cacheWith(options).pipe(drawing(0))
          const flows = Array.from({ length: 5 }, (_, n) => scriptedFlow({ label: `key${n}` }))
          for (const flow of flows) {
            yield* (yield* cache.source(flow)).get
            flow.otherwise(delayed("1 second", granted("2 hours")))
          }
          const requests = () => flows.reduce((sum, { sentAt }) => sum + sentAt.length, 0) - flows.length
          yield* TestClock.adjust(ages.due)
          const atOnce = requests()
          yield* TestClock.adjust("3 seconds")
          return [atOnce, requests()]
        })
      )
      assert.deepStrictEqual(most, [
        [2, 5],
        [5, 5]
      ])
    })
  )

  it.scoped("F42 maxConcurrentRefreshes: a key that is due after a place is free again is refreshed in time", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith({ maxConcurrentRefreshes: 1 }).pipe(drawing(0))
      const [slow, later] = [scriptedFlow({ label: "slow" }), scriptedFlow({ label: "later" })]
      yield* (yield* cache.source(slow)).get
      slow.otherwise(delayed("5 seconds", granted("2 hours")))
      yield* TestClock.adjust("10 seconds")
      yield* (yield* cache.source(later)).get
      yield* TestClock.adjust(ages.due - 1)
      assert.deepStrictEqual([slow.sentAt.length, later.sentAt.length], [2, 1])
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(later.sentAt.length, 2)
    })
  )

  it.scoped("F42 maxConcurrentRefreshes: callers are not queued", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith({ maxConcurrentRefreshes: 1 })
      const flows = Array.from({ length: 5 }, (_, n) => scriptedFlow({ label: `key${n}` }))
      for (const flow of flows) {
        flow.otherwise(hanging)
        yield* Effect.fork((yield* cache.source(flow)).get)
      }
      yield* atRest
      for (const flow of flows) assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  for (const [mode, expected] of [
    ["onDemand", 2],
    ["background", 0]
  ] as const) {
    it.scoped(`F42 keepAlive: is told of every refresh on demand, and of none elsewhere (${mode})`, () =>
      Effect.gen(function* () {
        let kept = 0
        const keepAlive = () => {
          kept += 1
        }
        const source = yield* sourceOf(scriptedFlow(), { mode, keepAlive })
        yield* source.get
        yield* source.get
        yield* source.refresh
        assert.strictEqual(kept, expected)
      })
    )
  }
})

describe("bad values", () => {
  for (const mode of ["ondemand", "", "constructor"]) {
    it(`F42 mode "${mode}" is refused`, () => {
      assert.throws(() => RefreshPolicy.layer({ mode } as RefreshPolicyOptions), RangeError, /mode/)
    })
  }
  for (const softWindow of [0, -0.25, 1.01, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`F42 softWindow ${softWindow} is refused`, () => {
      assert.throws(() => RefreshPolicy.layer({ softWindow }), /softWindow/)
    })
  }
  for (const maxConcurrentRefreshes of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY]) {
    it(`F42 maxConcurrentRefreshes ${maxConcurrentRefreshes} is refused`, () => {
      assert.throws(() => RefreshPolicy.layer({ maxConcurrentRefreshes }), /maxConcurrentRefreshes/)
    })
  }
  for (const patience of [-1, Number.NaN, Number.POSITIVE_INFINITY, "soon" as never]) {
    it(`F42 patience ${patience} is refused`, () => {
      assert.throws(() => RefreshPolicy.layer({ patience }), RangeError, /patience/)
    })
  }
  it("F42 keepAlive that is no function is refused", () => {
    assert.throws(() => RefreshPolicy.layer({ keepAlive: "always" as never }), RangeError, /keepAlive/)
  })
  for (const requestBudget of [0, -1, "0 seconds", Number.POSITIVE_INFINITY] as const) {
    it(`F42 requestBudget ${requestBudget} is refused`, () => {
      assert.throws(() => RefreshPolicy.layer({ requestBudget }), /requestBudget/)
    })
  }
  it("F42 the ends of the ranges are taken", () => {
    RefreshPolicy.layer({ softWindow: 1, maxConcurrentRefreshes: 1, patience: 0 })
  })
})

describe("a policy", () => {
  const Emulated = Layer.provideMerge(VippsEmulator.layerConfigProvider(), VippsEmulator.layer)
  const onDemand = RefreshPolicy.layer({ mode: "onDemand" })

  /** A refresh after an hour is the background's. */
  const requestsAfterAnHour = <E>(layer: Layer.Layer<StandardToken, E, Layer.Layer.Success<typeof Emulated>>) =>
    Effect.gen(function* () {
      yield* Effect.flatMap(StandardToken, served)
      yield* TestClock.adjust("1 hour")
      return (yield* Effect.flatMap(VippsEmulator, (emulator) => emulator.tokenRequests)).length
    }).pipe(Effect.provide(Layer.provideMerge(layer, Emulated)))

  it.effect("F42 is seen where it is provided below the token's layer", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* requestsAfterAnHour(StandardToken.layerConfig().pipe(Layer.provide(onDemand))), 1)
    })
  )

  it.effect("F42 is not seen beside it", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* requestsAfterAnHour(Layer.merge(StandardToken.layerConfig(), onDemand)), 2)
    })
  )

  it.scoped("F42 has a default: no layer is needed", () =>
    Effect.gen(function* () {
      const policy = yield* RefreshPolicy
      assert.strictEqual(policy.mode, "background")
      assert.strictEqual(policy.softWindow, 0.25)
      assert.strictEqual(policy.maxConcurrentRefreshes, 32)
      assert.strictEqual(String(policy.patience), "Duration(1s)")
      assert.strictEqual(String(policy.requestBudget), "Duration(15s)")
      const source = yield* Effect.flatMap(TokenCache.make, (cache) => cache.source(scriptedFlow()))
      assert.strictEqual(yield* getTaking(source, 0), "scripted-1")
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(source.get)))
    })
  )
})
