/** F30 and F33 of docs/failures.md: many keys, each with a state of its own, and none for longer than it is used. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { getTaking } from "../fixtures/agedToken.js"
import { cacheWith, drawing, served, text } from "../fixtures/caches.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { standardKeys } from "../fixtures/keys.js"
import { atRest, withMovableWall, withQuickTime } from "../fixtures/passingTime.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { delayed, granted, rateLimited, scriptedFlow, wrongKeys } from "../fixtures/scriptedFlow.js"

const labels = (cache: Effect.Effect.Success<ReturnType<typeof cacheWith>>) =>
  Effect.map(cache.statuses, (statuses) => statuses.map(({ label }) => label).sort())

describe("keys", () => {
  it.scoped("F30 that differ anywhere never share a token", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const { client } = recordingClient({ status: 503 })
      const keys = (changed: Partial<typeof standardKeys>) => {
        const { clientId, clientSecret, subscriptionKey } = { ...standardKeys, ...changed }
        return standardFlowOver(client, {
          environment: VippsEnvironment.custom("https://own.example"),
          credentials: StandardCredentials.make({
            clientId,
            clientSecret: Redacted.make(clientSecret),
            subscriptionKey: Redacted.make(subscriptionKey)
          })
        })
      }
      const flows = yield* Effect.all([
        keys({}),
        keys({ clientId: "another" }),
        keys({ clientSecret: "another" }),
        keys({ subscriptionKey: "another" }),
        keys({ clientId: "ab", clientSecret: "c" }),
        keys({ clientId: "a", clientSecret: "bc" }),
        standardFlowOver(client, { environment: VippsEnvironment.production }),
        specializedFlowOver(client),
        specializedFlowOver(client, { environment: VippsEnvironment.test })
      ])
      for (const flow of flows) yield* cache.source(flow)
      for (const flow of flows) yield* cache.source(flow)
      assert.strictEqual((yield* cache.statuses).length, flows.length)
    })
  )

  it.scoped("F30 have tokens, failures and holds of their own", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const [good, refused, limited] = ["good", "refused", "limited"].map((label) => scriptedFlow({ label }))
      assert(good !== undefined && refused !== undefined && limited !== undefined)
      refused.otherwise(wrongKeys)
      limited.otherwise(rateLimited("1 minute"))
      for (const [flow, expected] of [
        [limited, "RateLimited"],
        [refused, "InvalidCredentials"],
        [good, "good-1"]
      ] as const) {
        assert.strictEqual(yield* getTaking(yield* cache.source(flow), 0), expected)
      }
    })
  )
})

describe("idle keys", () => {
  it.scoped("F33 leave once their token is over; those in use stay; the number of keys is flat under churn", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith()
        const busy = yield* cache.source(scriptedFlow({ label: "busy" }))
        let most = 0
        for (let round = 0; round < 50; round++) {
          for (let n = 0; n < 20; n++) {
            const flow = scriptedFlow({ label: `${round}-${n}` })
            flow.otherwise(granted("10 minutes"))
            yield* (yield* cache.source(flow)).get
          }
          yield* passTime("10 minutes")
          yield* busy.get
          most = Math.max(most, (yield* cache.statuses).length)
        }
        assert.isAtMost(most, 1 + 20 * 5)
        yield* passTime("1 hour")
        assert.deepStrictEqual(yield* labels(cache), ["busy"])
      })
    )
  )

  it.scoped("F33 leave after an hour if they never had a token", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith()
        yield* cache.source(scriptedFlow())
        yield* passTime("59 minutes")
        assert.strictEqual((yield* cache.statuses).length, 1)
        yield* passTime("2 minutes")
        assert.isEmpty(yield* cache.statuses)
      })
    )
  )

  it.scoped("F33 are not refreshed any more after two lives of their token", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith().pipe(drawing(0))
        const flow = scriptedFlow()
        yield* (yield* cache.source(flow)).get
        yield* passTime("1 day")
        assert.deepStrictEqual(flow.sentAt, [0, 2_700_000, 5_400_000])
        assert.isEmpty(yield* cache.statuses)
      })
    )
  )

  it.scoped("F33 leave on demand as well, when another key comes", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith({ mode: "onDemand" })
        for (let round = 0; round < 50; round++) {
          for (let n = 0; n < 20; n++) {
            const flow = scriptedFlow({ label: `${round}-${n}` })
            flow.otherwise(granted("10 minutes"))
            yield* Effect.fork((yield* cache.source(flow)).get)
          }
          yield* passTime("10 minutes")
        }
        assert.isAtMost((yield* cache.statuses).length, 20 * 8)
      })
    )
  )

  it.scoped("F33 stay on demand while they are asked for, even if their token is due when another key comes", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith({ mode: "onDemand" })
        const used = yield* cache.source(scriptedFlow({ label: "used" }))
        yield* used.get
        yield* moveWall(3_599_000)
        for (const label of ["another", "a third"]) yield* cache.source(scriptedFlow({ label }))
        assert.include(
          (yield* cache.statuses).map(({ label }) => label),
          "used"
        )
      })
    )
  )

  it.scoped("F56 leave on demand even if their flow has no URL, and keep no other key from coming", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith({ mode: "onDemand" })
      yield* cache.source(Object.assign(scriptedFlow({ label: "broken" }), { baseUrl: undefined }))
      yield* TestClock.adjust("2 hours")
      yield* (yield* cache.source(scriptedFlow())).get
      assert.deepStrictEqual(
        (yield* cache.statuses).map(({ label }) => label),
        ["scripted"]
      )
    })
  )

  it.scoped("F33 F15 leave in time if the wall clock was set back by a month", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith().pipe(drawing(0))
        const flow = scriptedFlow()
        yield* (yield* cache.source(flow)).get
        yield* moveWall(-30 * 86_400_000)
        yield* TestClock.adjust("1 day")
        assert.isAtMost(flow.sentAt.length, 4)
        assert.isEmpty(yield* cache.statuses)
      })
    )
  )

  it.scoped("F30 flows without a key are refused, since they would share one token", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      for (const key of [undefined, "", 5]) {
        const cause = yield* Effect.flip(Effect.sandbox(cache.source(Object.assign(scriptedFlow(), { key }))))
        assert.match(Cause.pretty(cause), /has no key/)
      }
    })
  )

  it.scoped("F33 a handle that was held meanwhile finds its key again, and never makes a second state", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith()
        const flow = scriptedFlow()
        const [first, second] = [yield* cache.source(flow), yield* cache.source(flow)]
        yield* first.get
        yield* passTime("1 day")
        assert.isEmpty(yield* cache.statuses)
        const before = flow.sentAt.length
        const tokens = yield* Effect.all([served(first), served(second), served(yield* cache.source(flow))], {
          concurrency: "unbounded"
        })
        assert.strictEqual(new Set(tokens).size, 1)
        assert.strictEqual(flow.sentAt.length, before + 1)
        assert.strictEqual((yield* cache.statuses).length, 1)
      })
    )
  )
})

describe("forget", () => {
  it.scoped("drops the token: the next caller asks for a new one", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const [flow, other] = [scriptedFlow(), scriptedFlow({ label: "other" })]
      const source = yield* cache.source(flow)
      yield* source.get
      yield* (yield* cache.source(other)).get
      yield* cache.forget(flow)
      assert.deepStrictEqual(yield* labels(cache), ["other"])
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
      yield* cache.forget(scriptedFlow({ label: "never seen" }))
      assert.deepStrictEqual(yield* labels(cache), ["other", "scripted"])
    })
  )

  it.scoped("is not undone by a status that is read", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const flow = scriptedFlow()
      const source = yield* cache.source(flow)
      yield* source.get
      yield* cache.forget(flow)
      assert.deepInclude(yield* source.status, { label: "scripted", phase: "empty", refreshing: false })
      assert.deepStrictEqual(yield* labels(cache), [])
    })
  )

  it.scoped("leaves those who wait with their flight, and its token is not kept", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const flow = scriptedFlow()
      flow.next(delayed("1 second", granted("1 hour")))
      const source = yield* cache.source(flow)
      const waiting = yield* Effect.fork(served(source))
      yield* atRest
      yield* cache.forget(flow)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* Fiber.join(waiting), "scripted-1")
      assert.strictEqual(yield* getTaking(source, 0), "scripted-2")
    })
  )
})

describe("the same key registered again", () => {
  it.scoped("has the newest flow asked, and every handle keeps its own", () =>
    Effect.gen(function* () {
      const cache = yield* cacheWith()
      const [old, newer] = ["old", "newer"].map((label) => scriptedFlow({ label, key: "the same" }))
      assert(old !== undefined && newer !== undefined)
      const first = yield* cache.source(old)
      assert.strictEqual(yield* served(first), "old-1")
      const second = yield* cache.source(newer)
      assert.strictEqual(yield* served(second), "old-1")
      assert.strictEqual(text(yield* first.refresh), "newer-1")
      assert.strictEqual(first.flow, old)
      assert.strictEqual(second.flow, newer)
      assert.strictEqual((yield* first.status).label, "newer")
      assert.deepStrictEqual(yield* labels(cache), ["newer"])
    })
  )
})
