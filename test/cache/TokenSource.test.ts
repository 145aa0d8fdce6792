/** The two tokens as services: their layers, and what users' unit tests put in their place. */
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Chunk from "effect/Chunk"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../src/AccessToken.js"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { SpecializedToken } from "../../src/specialized/SpecializedToken.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { StandardToken } from "../../src/standard/StandardToken.js"
import { TokenCache } from "../../src/TokenCache.js"
import { Expired, Unavailable } from "../../src/TokenError.js"
import type { TestToken } from "../../src/TokenSource.js"
import { VippsEmulator } from "../../src/testing.js"
import { served, sourceOf, text } from "../fixtures/caches.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

const Emulated = Layer.provideMerge(VippsEmulator.layerConfigProvider(), VippsEmulator.layer)

const both = Effect.all([StandardToken, SpecializedToken])

describe("layer", () => {
  it.effect("gives the token of the flow, in the cache", () =>
    Effect.gen(function* () {
      const [standard, specialized] = yield* both
      assert.strictEqual((yield* standard.get).flow, "standard")
      assert.strictEqual((yield* specialized.get).flow, "specialized")
      const statuses = yield* Effect.flatMap(TokenCache, (cache) => cache.statuses)
      assert.sameMembers(
        statuses.map(({ flow }) => flow),
        ["standard", "specialized"]
      )
      assert.strictEqual(standard.flow, yield* StandardFlow)
      assert.strictEqual(specialized.flow, yield* SpecializedFlow)
    }).pipe(
      Effect.provide(
        Layer.mergeAll(StandardToken.layer, SpecializedToken.layer).pipe(
          Layer.provideMerge(TokenCache.layer),
          Layer.provideMerge(Layer.mergeAll(StandardFlow.layerConfig(), SpecializedFlow.layerConfig())),
          Layer.provide(Emulated)
        )
      )
    )
  )
})

describe("layerConfig", () => {
  it.effect("of both flows in one graph share one cache", () =>
    Effect.gen(function* () {
      for (const source of yield* both) yield* source.get
      const statuses = yield* Effect.flatMap(TokenCache, (cache) => cache.statuses)
      assert.sameMembers(
        statuses.map(({ flow, phase }) => `${flow} ${phase}`),
        ["standard fresh", "specialized fresh"]
      )
      assert.strictEqual((yield* Effect.flatMap(VippsEmulator, (emulator) => emulator.tokenRequests)).length, 2)
    }).pipe(
      Effect.provide(
        Layer.mergeAll(StandardToken.layerConfig(), SpecializedToken.layerConfig(), TokenCache.layer).pipe(
          Layer.provideMerge(Emulated)
        )
      )
    )
  )

  it.effect("fails when it is built, naming the variable that is missing", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Layer.build(StandardToken.layerConfig())).pipe(Effect.scoped)
      assert(Exit.isFailure(exit))
      assert.include(Cause.pretty(exit.cause), "VIPPS_")
    }).pipe(Effect.provide(VippsEmulator.layer))
  )
})

describe("a source", () => {
  it.scoped("can be taken apart", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const { get, invalidate, refresh, status } = yield* sourceOf(flow)
      const first = yield* get
      assert.strictEqual(yield* get, first)
      yield* invalidate(first)
      assert.strictEqual((yield* status).phase, "empty")
      assert.strictEqual(text(yield* refresh), "scripted-2")
      assert.strictEqual(text(yield* refresh), "scripted-3")
      assert.strictEqual(text(yield* get), "scripted-3")
      assert.strictEqual((yield* status).phase, "fresh")
    })
  )
})

const token = AccessToken.make({
  value: Redacted.make("test-token"),
  flow: "standard",
  issuedAt: DateTime.unsafeMake(0),
  expiresIn: "1 hour"
})

const unavailable = new Unavailable({
  flow: "standard",
  label: "test",
  nextAttemptAt: Option.none(),
  reason: "network",
  status: Option.none(),
  code: Option.none(),
  retryAfter: Option.none()
})

describe("layerTest", () => {
  for (const [name, source] of [
    ["standard", Effect.provide(StandardToken, StandardToken.layerTest(token))],
    ["specialized", Effect.provide(SpecializedToken, SpecializedToken.layerTest(token))]
  ] as const) {
    it.effect(`of a token: it is always handed out (${name})`, () =>
      Effect.gen(function* () {
        const { flow, get, invalidate, refresh, status } = yield* source
        assert.strictEqual(yield* get, token)
        assert.strictEqual(yield* refresh, token)
        yield* invalidate(token)
        assert.strictEqual(yield* get, token)
        assert.deepInclude(yield* status, { phase: "fresh", flow: name })
        assert.strictEqual(flow.name, name)
        assert.strictEqual(yield* flow.request, token)
      })
    )
  }

  it.effect("of an error: it always comes, and the status knows it", () =>
    Effect.gen(function* () {
      const source = yield* StandardToken
      for (const effect of [source.get, source.refresh, source.flow.request]) {
        assert.strictEqual(yield* Effect.flip(effect), unavailable)
      }
      assert.strictEqual(Option.getOrThrow((yield* source.status).lastFailure), unavailable)
    }).pipe(Effect.provide(StandardToken.layerTest(unavailable)))
  )

  it.effect("of Expired: get fails with it, refresh with its cause", () => {
    const expired = new Expired({
      flow: "standard",
      label: "test",
      nextAttemptAt: Option.none(),
      expiredAt: DateTime.unsafeMake(0),
      cause: unavailable
    })
    return Effect.gen(function* () {
      const source = yield* StandardToken
      assert.strictEqual(yield* Effect.flip(source.get), expired)
      assert.strictEqual(yield* Effect.flip(source.refresh), unavailable)
      assert.strictEqual((yield* source.status).phase, "expired")
    }).pipe(Effect.provide(StandardToken.layerTest(expired)))
  })

  it.effect("of parts: they are used, and what is not given dies and says what is missing", () => {
    const invalidated: Array<AccessToken> = []
    const parts = {
      get: Effect.succeed(token),
      invalidate: (rejected: AccessToken) => Effect.sync(() => void invalidated.push(rejected))
    }
    return Effect.gen(function* () {
      const source = yield* StandardToken
      assert.strictEqual(yield* served(source), "test-token")
      yield* source.invalidate(token)
      assert.deepStrictEqual(invalidated, [token])
      assert.strictEqual((yield* source.status).phase, "empty")
      const exit = yield* Effect.exit(source.refresh)
      assert(Exit.isFailure(exit))
      assert.match(String(Chunk.toReadonlyArray(Cause.defects(exit.cause))[0]), /"refresh"/)
    }).pipe(Effect.provide(StandardToken.layerTest(parts)))
  })

  it.effect("F47 every call has a key of its own, and a source is a plain object of its five members", () =>
    Effect.gen(function* () {
      const given: ReadonlyArray<TestToken> = [
        token,
        token,
        unavailable,
        unavailable,
        {},
        { get: Effect.succeed(token) }
      ]
      const sources = yield* Effect.forEach(given, (one) => Effect.provide(StandardToken, StandardToken.layerTest(one)))
      assert.strictEqual(new Set(sources.map(({ flow }) => flow.key)).size, given.length)
      for (const source of sources) {
        assert.hasAllKeys(source, ["flow", "get", "refresh", "invalidate", "status"])
        assert.strictEqual(Object.getPrototypeOf(source), Object.prototype)
      }
    })
  )

  it.effect("of parts that are undefined, or inherited: the first die when used, the second are used", () =>
    Effect.gen(function* () {
      const parts = Object.create({ get: Effect.succeed(token), refresh: undefined })
      const source = yield* Effect.provide(StandardToken, StandardToken.layerTest(parts))
      assert.strictEqual(yield* source.get, token)
      assert.match(Cause.pretty(yield* Effect.sandbox(source.refresh).pipe(Effect.flip)), /"refresh"/)
    })
  )
})
