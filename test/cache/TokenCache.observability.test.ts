/** What a cache says about itself: spans, metrics, logs; and F36, that no secret is in any of them. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Metric from "effect/Metric"
import * as MetricState from "effect/MetricState"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEmulator } from "../../src/testing.js"
import { ages, failingFlight, getTaking, given, givenNone } from "../fixtures/agedToken.js"
import { cacheWith, drawing, outcome, sourceOf } from "../fixtures/caches.js"
import { canaries } from "../fixtures/canaries.js"
import { recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { type RecordedLog, recordingLogs } from "../fixtures/recordingLogs.js"
import { recordingTracer } from "../fixtures/recordingTracer.js"
import { granted, hanging, rateLimited, scriptedFlow, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"
import { assertNoCanary, canaryFlowsOver, canaryGrant, careless } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

describe("spans", () => {
  it.scoped("a refresh is a trace of its own, linked to the caller's, with the token request within", () => {
    const { spans, tracer } = recordingTracer()
    return Effect.gen(function* () {
      const { credentials, environment } = yield* VippsEmulator
      const flow = yield* StandardFlow.make({ credentials: credentials.standard, environment })
      const source = yield* Effect.withSpan(sourceOf(flow), "boot")
      yield* Effect.withSpan(source.get, "checkout")
      assert.deepStrictEqual(
        spans.map(({ name }) => name),
        ["boot", "checkout", "TokenCache.refresh", "TokenFlow.request", "http.client POST"]
      )
      const [, checkout, refresh, request] = spans
      assert(refresh !== undefined)
      assert.isTrue(Option.isNone(refresh.parent))
      assert.strictEqual(refresh.links.length, 1)
      assert.isTrue(refresh.links.some(({ span }) => Object.is(span, checkout)))
      assert.isTrue(Option.exists(request?.parent ?? Option.none(), (parent) => Object.is(parent, refresh)))
      assert.strictEqual(refresh.attributes.get("vipps.label"), flow.label)
      assert.strictEqual(refresh.attributes.get("vipps.flow"), "standard")
    }).pipe(Effect.provide(VippsEmulator.layer), Effect.withTracer(tracer))
  })

  it.scoped("a failed refresh ends as failed, with the tag of its error as error.type", () => {
    const { spans, tracer } = recordingTracer()
    return Effect.gen(function* () {
      const { source } = yield* givenNone(wrongKeys)
      yield* Effect.exit(source.get)
      const [refresh] = spans.filter(({ name }) => name === "TokenCache.refresh")
      assert.strictEqual(refresh?.attributes.get("error.type"), "InvalidCredentials")
      assert.isTrue(refresh !== undefined && Option.exists(refresh.exit, Exit.isFailure))
    }).pipe(Effect.withTracer(tracer))
  })

  it.scoped("the hot path has none, the fiber's refresh has no link", () => {
    const { spans, tracer } = recordingTracer()
    return Effect.gen(function* () {
      const { source } = yield* givenNone(granted("1 hour"))
      yield* source.get
      assert.strictEqual(spans.length, 1)
      for (let call = 0; call < 100; call++) yield* source.get
      assert.strictEqual(spans.length, 1)
      yield* TestClock.adjust(ages.due)
      assert.strictEqual(spans.length, 2)
      assert.isEmpty(spans[1]?.links)
    }).pipe(Effect.withTracer(tracer))
  })
})

/** What has been added to a metric, by its tags, while an effect ran. */
const added = <A, E, R>(name: string, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const before = snapshot(name)
    yield* effect
    const after = snapshot(name)
    return Object.fromEntries(
      Object.entries(after)
        .map(([tags, count]) => [tags, count - (before[tags] ?? 0)] as const)
        .filter(([, count]) => count !== 0)
    )
  })

/** The sums by tags: a module that was loaded more than once has registered its histograms as often. */
const snapshot = (name: string, of: "count" | "sum" = "count"): Record<string, number> => {
  const sums: Record<string, number> = {}
  for (const { metricKey, metricState } of Metric.unsafeSnapshot()) {
    if (metricKey.name !== name) continue
    const tags = metricKey.tags.map(({ value }) => value).join()
    const number = MetricState.isHistogramState(metricState)
      ? metricState[of]
      : MetricState.isGaugeState(metricState)
        ? metricState.value
        : MetricState.isCounterState(metricState)
          ? metricState.count
          : Number.NaN
    sums[tags] = (sums[tags] ?? 0) + Number(number)
  }
  return sums
}

const failThenWork = Effect.gen(function* () {
  const { flow, source } = yield* givenNone(granted("1 hour"))
  flow.next(unavailable(), wrongKeys)
  assert.strictEqual(yield* getTaking(source, 100), "InvalidCredentials")
  yield* TestClock.adjust("5 seconds")
  yield* source.get
  yield* TestClock.adjust(ages.due)
  yield* source.get
  assert.strictEqual(flow.sentAt.length, 4)
})

describe("metrics", () => {
  it.scoped("requests are counted by flow, label and outcome", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* added("vipps_token_requests", failThenWork), {
        "standard,scripted,Unavailable": 1,
        "standard,scripted,InvalidCredentials": 1,
        "standard,scripted,Granted": 2
      })
    })
  )

  it.scoped("a request that the budget cuts off is counted, and its seconds are", () => {
    const cutOff = Effect.gen(function* () {
      const { source } = yield* givenNone(hanging)
      const caller = yield* Effect.fork(outcome(source))
      yield* TestClock.adjust("15 seconds")
      assert.strictEqual(yield* Fiber.join(caller), "Unavailable")
    })
    return Effect.gen(function* () {
      const requests = yield* added(
        "vipps_token_requests",
        Effect.map(added("vipps_token_request_seconds", cutOff), (seconds) =>
          assert.deepStrictEqual(seconds, { "standard,scripted,Interrupted,s": 1 })
        )
      )
      assert.deepStrictEqual(requests, { "standard,scripted,Interrupted": 1 })
    })
  })

  it.scoped("labelMetrics: labels can be left out, and there are a hundred at most", () =>
    Effect.gen(function* () {
      const requestsOf = (labels: ReadonlyArray<string>, policy = {}) =>
        Effect.gen(function* () {
          const cache = yield* cacheWith(policy)
          for (const label of labels) yield* (yield* cache.source(scriptedFlow({ label }))).get
        })
      const unlabelled = yield* added("vipps_token_requests", requestsOf(["shop"], { labelMetrics: false }))
      assert.deepStrictEqual(unlabelled, { "standard,Granted": 1 })
      const many = Array.from({ length: 150 }, (_, n) => `shop${n}`)
      // The process counts labels: other tests may have used some of the hundred, or all.
      const { "standard,other,Granted": others = 0, ...own } = yield* added("vipps_token_requests", requestsOf(many))
      assert.isAbove(others, 49)
      assert.strictEqual(Object.keys(own).length + others, many.length)
      assert.isTrue(
        Object.entries(own).every(([tags, count]) => /^standard,shop\d+,Granted$/.test(tags) && count === 1)
      )
    })
  )

  it.scoped("failed refreshes are counted, not their attempts", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(yield* added("vipps_token_refresh_failures", failThenWork), { "standard,scripted": 1 })
    })
  )

  it.scoped("the reserve of a refresh is measured where there was a token", () =>
    Effect.gen(function* () {
      const seconds = () => snapshot("vipps_token_seconds_left_at_refresh", "sum").s ?? 0
      const before = seconds()
      assert.deepStrictEqual(yield* added("vipps_token_seconds_left_at_refresh", failThenWork), { s: 1 })
      assert.strictEqual(seconds() - before, 900)
    })
  )

  it.scoped("the keys held go up and down with them, and away with the cache", () =>
    Effect.gen(function* () {
      const keys = () => snapshot("vipps_token_keys")[""] ?? 0
      const before = keys()
      yield* Effect.scoped(
        Effect.gen(function* () {
          const cache = yield* cacheWith()
          const flows = ["a", "b", "c"].map((label) => scriptedFlow({ label }))
          for (const flow of flows) yield* cache.source(flow)
          assert.strictEqual(keys(), before + 3)
          for (const flow of flows.slice(0, 1)) yield* Effect.repeatN(cache.forget(flow), 1)
          assert.strictEqual(keys(), before + 2)
        })
      )
      assert.strictEqual(keys(), before)
    })
  )

  it.scoped("the hot path counts nothing", () =>
    Effect.gen(function* () {
      const { source } = yield* givenNone(granted("1 hour"))
      yield* source.get
      assert.deepStrictEqual(yield* added("vipps_token_requests", Effect.repeatN(source.get, 99)), {})
    })
  )
})

describe("logs", () => {
  const assertLogged = (logs: ReadonlyArray<RecordedLog>, level: string, ...texts: ReadonlyArray<string>) => {
    const log = logs.find(({ message }) => message.startsWith("Vipps token refresh failed"))
    assert.strictEqual(log?.level, level)
    for (const text of texts) assert.include(log?.message, text)
    assert.deepInclude(log?.annotations, {
      "vipps.flow": "standard",
      "vipps.label": "scripted",
      "vipps.key": "scripted"
    })
  }

  for (const [name, age, answer, level, consequence] of [
    ["that passes, while a token is served, is a warning", ages.due, unavailable(), "WARN", "stays in use"],
    ["429, while a token is served, is a warning", ages.due, rateLimited("1 minute"), "WARN", "stays in use"],
    ["by wrong keys, while a token is served, is an error", ages.due, wrongKeys, "ERROR", "stays in use"],
    ["without a token is an error", ages.expired, unavailable(), "ERROR", "no token to serve"]
  ] as const) {
    it.scoped(`a failure ${name}, with label and the time of the next attempt`, () => {
      const { logs, recorded } = recordingLogs()
      return given(age, answer, ({ source }) =>
        Effect.gen(function* () {
          const caller = yield* Effect.fork(outcome(source))
          yield* TestClock.adjust(age === ages.due ? 0 : failingFlight.millis)
          yield* Fiber.join(caller)
          const next = Option.getOrThrow((yield* source.status).nextAttemptAt)
          assertLogged(logs, level, consequence, `No token request before ${DateTime.formatIso(next)}`)
        })
      ).pipe(recorded)
    })
  }

  it.scoped("the first failure of a key that never had a token is told to its callers alone, unless it goes on", () => {
    const { logs, recorded } = recordingLogs()
    const told = () => logs.filter(({ level }) => level !== "DEBUG").map(({ level, message }) => `${level} ${message}`)
    return Effect.gen(function* () {
      const { flow, source } = yield* givenNone(wrongKeys)
      yield* outcome(source)
      assertLogged(logs, "DEBUG", "no token to serve")
      assert.isEmpty(told())
      yield* TestClock.adjust("1 minute")
      yield* outcome(source)
      assert.match(told()[0] ?? "", /^ERROR .* 2 times in a row\. There is no token to serve\./)
      flow.otherwise(granted("1 hour"))
      yield* TestClock.adjust("1 minute")
      yield* outcome(source)
      assert.match(told()[1] ?? "", /^WARN .* works again\./)
      assert.lengthOf(told(), 2)
    }).pipe(recorded)
  })

  it.scoped("a failure that no log tells of is followed by no news of its end", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      const { flow, source } = yield* givenNone(wrongKeys)
      yield* outcome(source)
      flow.otherwise(granted("1 hour"))
      yield* TestClock.adjust("1 minute")
      yield* source.get
      assert.deepStrictEqual(
        logs.filter(({ level }) => level !== "DEBUG"),
        []
      )
    }).pipe(recorded)
  })

  it.scoped("a failure after an API has refused the only token is an error at once", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      const { flow, source } = yield* givenNone(granted("1 hour"))
      yield* source.invalidate(yield* source.get)
      flow.otherwise(wrongKeys)
      yield* TestClock.adjust("1 minute")
      yield* outcome(source)
      assertLogged(logs, "ERROR", "no token to serve")
    }).pipe(recorded)
  })

  it.scoped("a new token is a matter for debugging, a call on the hot path for nobody", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      const { source } = yield* givenNone(granted("1 hour"))
      yield* Effect.repeatN(source.get, 99)
      const ours = logs.filter(({ message }) => message.startsWith("Vipps"))
      assert.deepStrictEqual(
        ours.map(({ level }) => level),
        ["DEBUG"]
      )
      assert.include(ours[0]?.message, "1970-01-01T01:00:00.000Z")
    }).pipe(recorded)
  })
})

describe("F36 no secret comes to light", () => {
  for (const [name, fault] of [
    ["a token", { body: canaryGrant }],
    [
      "wrong keys",
      {
        status: 401,
        body: { error: "invalid_client", error_description: `${canaries.clientId} ${canaries.clientSecret}` }
      }
    ],
    ["an outage", { status: 503, body: Object.values(canaries).join() }],
    ["a token that is none", { body: { ...canaryGrant, expires_in: canaries.token } }]
  ] as const) {
    it.scoped(`of a cache, its sources, statuses and changes, with ${name}`, () =>
      Effect.gen(function* () {
        const { client } = recordingClient((request) => Effect.sync(() => responseOf(request, fault)))
        for (const flow of yield* canaryFlowsOver(client)) {
          const program = Effect.gen(function* () {
            const cache = yield* cacheWith().pipe(drawing(0))
            const source = yield* cache.source(flow)
            const calls = [yield* Effect.fork(source.get), yield* Effect.fork(source.refresh)] as const
            yield* TestClock.adjust("30 seconds")
            const exit = yield* Fiber.await(calls[0])
            yield* Fiber.await(calls[1])
            yield* Effect.logInfo(cache, source, yield* cache.statuses, yield* source.status)
            return yield* exit
          }).pipe(Effect.scoped)
          assertNoCanary(yield* intoSinks(program, careless(flow)), flow.name)
        }
      })
    )
  }

  it.scoped("and those sinks do hold what a cache says", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow({ label: "a-label-to-be-found" })
      const { sinks } = yield* intoSinks(
        Effect.scoped(Effect.flatMap(sourceOf(flow), (source) => source.get)),
        careless(flow)
      )
      for (const sink of ["stringLogger", "jsonLogger", "prettyLogger", "spans"]) {
        assert.include(sinks[sink], "a-label-to-be-found")
      }
    })
  )
})
