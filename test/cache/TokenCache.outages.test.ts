/** F43, F47, F55 and F64 of docs/failures.md: what public reports and attacks broke in the cache. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { StandardClient } from "../../src/standard/StandardClient.js"
import { TokenCache } from "../../src/TokenCache.js"
import { VippsEmulator } from "../../src/testing.js"
import { ages, getTaking, givenNone } from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, served } from "../fixtures/caches.js"
import { withQuickTime } from "../fixtures/passingTime.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"
import {
  type Answer,
  granted,
  hanging,
  rateLimited,
  rejected,
  scriptedFlow,
  unavailable,
  wrongKeys
} from "../fixtures/scriptedFlow.js"

const minute = 60_000

describe("F43 wrong keys that stay in place", () => {
  it.scoped("are asked about ever more rarely, with fewer lines than requests, and found well within a minute", () => {
    const { logs, recorded } = recordingLogs()
    return withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(wrongKeys)
        for (let second = 0; second < 30 * 60; second++) {
          yield* Effect.fork(outcome(source))
          yield* passTime("1 second")
        }
        assert.isBelow(flow.sentAt.length, 65)
        const lines = logs.filter(({ level }) => level === "ERROR" || level === "WARN").length
        assert.isAtMost(lines, 8)
        flow.otherwise(granted("1 hour"))
        let seconds = 0
        while ((yield* outcome(source)) === "InvalidCredentials" && seconds < 100) {
          yield* passTime("1 second")
          seconds += 1
        }
        assert.isAtMost(seconds, 60)
      })
    ).pipe(recorded)
  })
})

describe("F43 an outage that stays", () => {
  for (const [name, answers] of [
    ["429 with Retry-After: 0", [rateLimited(0)]],
    ["429 with Retry-After: 1", [rateLimited("1 second")]],
    ["503 with Retry-After: 1", [unavailable("1 second")]],
    ["503", [unavailable()]],
    ["404 and refused keys in turn", [rejected, wrongKeys]],
    ["503 and 429 in turn", [unavailable(), rateLimited(0)]]
  ] as ReadonlyArray<readonly [string, ReadonlyArray<Answer>]>) {
    it.scoped(`(${name}) is asked about ever more rarely, and logged more rarely still`, () => {
      const { logs, recorded } = recordingLogs()
      return withQuickTime((passTime) =>
        Effect.gen(function* () {
          let asked = 0
          const { flow, source } = yield* givenNone((request) =>
            (answers[asked++ % answers.length] ?? hanging)(request)
          )
          for (let second = 0; second < 10 * 60; second++) {
            yield* Effect.fork(outcome(source))
            yield* passTime("1 second")
          }
          assert.isBelow(flow.sentAt.filter((at) => at >= minute).length, 50)
          const lines = logs.filter(({ level }) => level === "ERROR" || level === "WARN").length
          assert.isBelow(lines, flow.sentAt.length / 2)
        })
      ).pipe(recorded)
    })
  }
})

describe("F43 an outage while a token is served", () => {
  for (const [name, answer] of [
    ["503", unavailable()],
    ["refused keys", wrongKeys]
  ] as const) {
    it.scoped(
      `(${name}) is asked about every five seconds at most, logged at its beginning and end, and rarely between`,
      () => {
        const { logs, recorded } = recordingLogs()
        return withQuickTime((passTime) =>
          Effect.gen(function* () {
            const { flow, source } = yield* givenNone(answer)
            flow.next(granted("1 hour"))
            yield* source.get
            yield* passTime(ages.expired - 1)
            const asked = flow.sentAt.slice(1)
            for (let n = 1; n < asked.length; n++) assert.isAtLeast((asked[n] ?? 0) - (asked[n - 1] ?? 0), 5000)
            const ours = logs.filter(({ message }) => message.startsWith("Vipps token refresh"))
            assert.isAtLeast(ours.length, 2)
            assert.isAtMost(ours.length, 6)
            flow.otherwise(granted("1 hour"))
            yield* source.refresh
            const last = logs.filter(({ message }) => message.startsWith("Vipps token refresh")).at(-1)
            assert.strictEqual(last?.level, "WARN")
            assert.match(last?.message ?? "", /works again.* 15m/)
          })
        ).pipe(recorded)
      }
    )
  }

  it.scoped("is logged as an ERROR as soon as a caller fails, however many failures came before", () => {
    const { logs, recorded } = recordingLogs()
    return withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable())
        flow.next(granted("1 hour"))
        yield* source.get
        yield* passTime(ages.expired + 1)
        const errors = () => logs.filter(({ level }) => level === "ERROR")
        assert.isAbove(flow.sentAt.length, 10)
        assert.isEmpty(errors())
        yield* Effect.fork(outcome(source))
        yield* passTime("15 seconds")
        assert.match(errors()[0]?.message ?? "", /times in a row\. There is no token to serve\./)
        assert.lengthOf(errors(), 1)
        for (let second = 0; second < 10 * 60; second++) {
          yield* Effect.fork(outcome(source))
          yield* passTime("1 second")
        }
        assert.isBelow(errors().length, 8)
      })
    ).pipe(recorded)
  })

  it.scoped("is logged again where the failure changes", () => {
    const { logs, recorded } = recordingLogs()
    return withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable())
        flow.next(granted("1 hour"), unavailable(), unavailable(), unavailable(), wrongKeys)
        yield* source.get
        yield* passTime(ages.due)
        while (flow.sentAt.length < 5) yield* passTime("1 second")
        const tags = logs.flatMap(({ annotations }) => annotations["vipps.error"] ?? [])
        assert.deepStrictEqual(tags, ["Unavailable", "Unavailable", "InvalidCredentials"])
      })
    ).pipe(recorded)
  })
})

describe("F44 a Retry-After holds back whatever the error is", () => {
  it.scoped("callers without a token, for five minutes at most", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const { flow, source } = yield* givenNone(unavailable("300 seconds"))
        for (let second = 0; second < 600; second++) {
          yield* Effect.fork(outcome(source))
          yield* passTime("1 second")
        }
        assert.isAtMost(flow.sentAt.length, 2)
      })
    )
  )
})

describe("F64 a 429 with a long Retry-After to one key", () => {
  it.scoped("holds back the others of its server for a minute at most, and nobody waits", () =>
    withQuickTime((passTime) =>
      Effect.gen(function* () {
        const cache = yield* cacheWith().pipe(drawing(0))
        const [limited, other] = [scriptedFlow({ label: "limited" }), scriptedFlow({ label: "other" })]
        limited.otherwise(rateLimited("1 hour"))
        other.otherwise(granted("15 minutes"))
        const source = yield* cache.source(other)
        yield* source.get
        yield* passTime(11 * minute)
        assert.strictEqual(yield* outcome(yield* cache.source(limited)), "RateLimited")
        yield* passTime(1.5 * minute)
        assert.strictEqual(other.sentAt.length, 2)
        for (let n = 0; n < 60; n++) {
          assert.match(yield* getTakingNothing(source), /^other-/)
          yield* passTime(minute)
        }
      })
    )
  )

  const getTakingNothing = (source: { readonly get: Effect.Effect<unknown, unknown> }) =>
    Effect.gen(function* () {
      const caller = yield* Effect.fork(served(source as never))
      yield* Effect.yieldNow()
      return String(yield* caller)
    })
})

describe("F55 a test that sets a real date", () => {
  it.scoped("returns at once, with a client that has no token yet", () =>
    Effect.gen(function* () {
      yield* StandardClient
      yield* TestClock.setTime(Date.parse("2025-06-01"))
      const status = yield* Effect.flatMap(TokenCache, (cache) => cache.statuses)
      assert.isAtMost(status.length, 1)
    }).pipe(
      Effect.provide(StandardClient.layerConfig()),
      Effect.provide(TokenCache.layer),
      Effect.provide(VippsEmulator.layerConfigProvider()),
      Effect.provide(VippsEmulator.layer)
    )
  )

  it.scoped("returns at once, with a cache and nothing in it", () =>
    Effect.gen(function* () {
      yield* cacheWith()
      yield* TestClock.setTime(Date.parse("2025-06-01"))
    })
  )
})

describe("F47 copies of a source", () => {
  it.scoped("work as the first did", () =>
    Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      let calls = 0
      const copy = { ...source, get: Effect.tap(source.get, () => Effect.sync(() => calls++)) }
      assert.deepStrictEqual(Object.keys(copy).sort(), ["flow", "get", "invalidate", "refresh", "status"])
      assert.strictEqual(yield* getTaking(copy, 0), "scripted-1")
      yield* copy.refresh
      yield* TestClock.adjust("1 second")
      yield* copy.invalidate(yield* copy.get)
      assert.strictEqual((yield* copy.status).phase, "empty")
      assert.strictEqual(yield* getTaking(copy, 0), "scripted-3")
      assert.strictEqual(calls, 3)
      assert.strictEqual(flow.sentAt.length, 3)
    })
  )
})
