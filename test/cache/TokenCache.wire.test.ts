/** The cache on a real socket, by real clocks: F1, F21 and F23 of docs/failures.md. */
import { createServer } from "node:http"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Schedule from "effect/Schedule"
import * as Stream from "effect/Stream"
import { RefreshPolicy } from "../../src/RefreshPolicy.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { StandardToken } from "../../src/standard/StandardToken.js"
import { TokenCache } from "../../src/TokenCache.js"
import { Fault, VippsEmulator } from "../../src/testing.js"
import { outcome, served } from "../fixtures/caches.js"

const Wired = StandardToken.layer.pipe(
  Layer.provideMerge(TokenCache.layer),
  Layer.provide(StandardFlow.layerConfig()),
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provideMerge(VippsEmulator.layerServer),
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" })),
  Layer.provide(NodeHttpClient.layerUndici)
)

const tokenRequests = Effect.flatMap(VippsEmulator, (emulator) =>
  Effect.map(emulator.tokenRequests, ({ length }) => length)
)

/** Callers come all the time; what each of them got, and the longest that one of them waited. */
const callers = (duration: Duration.DurationInput) =>
  Effect.gen(function* () {
    const source = yield* StandardToken
    const calls = yield* Stream.fromSchedule(Schedule.spaced("20 millis")).pipe(
      Stream.mapEffect(() => Effect.timed(outcome(source))),
      Stream.interruptAfter(duration),
      Stream.runCollect
    )
    const all = [...calls]
    return {
      outcomes: new Set(all.map(([, got]) => got)),
      slowest: Math.max(...all.map(([took]) => Duration.toMillis(took)))
    }
  })

describe("on the wire", () => {
  it.live("F1 a thousand callers make one request", () =>
    Effect.gen(function* () {
      const source = yield* StandardToken
      const tokens = yield* Effect.all(
        Array.from({ length: 1000 }, () => served(source)),
        { concurrency: "unbounded" }
      )
      assert.strictEqual(new Set(tokens).size, 1)
      assert.strictEqual(yield* tokenRequests, 1)
    }).pipe(Effect.provide(Wired))
  )

  it.live("F21 F23 an outage is not seen while the token lives, is named after it, and is over when it is over", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      const source = yield* StandardToken
      yield* emulator.setLifetime("5 seconds")
      const token = yield* served(source)
      yield* emulator.fault(Fault.htmlServiceUnavailable(), Number.POSITIVE_INFINITY)

      const during = yield* callers("3 seconds")
      assert.deepStrictEqual([...during.outcomes], [token])
      assert.isBelow(during.slowest, 1100)
      assert.isAbove(yield* tokenRequests, 1)
      assert.isTrue(Option.isSome((yield* source.status).lastFailure))

      yield* emulator.clearFaults
      const [recovery, next] = yield* Effect.timed(
        Effect.retry(source.get, { schedule: Schedule.spaced("50 millis"), times: 200 })
      )
      assert.isBelow(Duration.toMillis(recovery), 5000)
      assert.isFalse((yield* source.status).phase === "expired")
      assert.isAbove(next.issuedAt.epochMillis, 0)
      const after = yield* callers("1 second")
      assert.notInclude([...after.outcomes].join(), "Unavailable")
    }).pipe(Effect.provide(Layer.provide(Wired, RefreshPolicy.layer({ softWindow: 0.9 }))))
  )

  it.live("F2 nobody waits for the network while a token works, however slow the endpoint is", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      yield* emulator.setLifetime("3 seconds")
      yield* Effect.flatMap(StandardToken, served)
      yield* emulator.fault(Fault.slow("700 millis"), Number.POSITIVE_INFINITY)
      const { outcomes, slowest } = yield* callers("4 seconds")
      assert.isBelow(slowest, 350)
      assert.isAtLeast(outcomes.size, 2)
    }).pipe(Effect.provide(Layer.provide(Wired, RefreshPolicy.layer({ softWindow: 0.9 }))))
  )
})
