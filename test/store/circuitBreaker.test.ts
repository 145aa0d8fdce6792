/** F31 the circuit breaker before a store, command by command. */
import { assert, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { cacheClock } from "../../src/internal/cache/cacheClock.js"
import { makeCircuitBreaker } from "../../src/internal/store/circuitBreaker.js"
import { memoryStore, unreachable } from "../fixtures/processes.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"

it.effect("F31 a store that has failed has recovered with the third command in a row that works", () => {
  const { logs, recorded } = recordingLogs()
  const levels = () => logs.filter(({ message }) => message.includes("token store")).map(({ level }) => level)
  return Effect.gen(function* () {
    const run = makeCircuitBreaker(yield* memoryStore, cacheClock(yield* Effect.clock))
    const works = run(() => Effect.succeed("answer"))
    const fails = run(() => Effect.fail(unreachable))
    const afterAFailure = Effect.gen(function* () {
      assert.isTrue(Option.isNone(yield* fails))
      assert.isTrue(Option.isNone(yield* works), "skipped")
      yield* TestClock.adjust("10 seconds")
    })
    yield* afterAFailure
    yield* works
    yield* works
    yield* afterAFailure
    assert.deepStrictEqual(levels(), ["WARN"], "one outage")
    yield* works
    yield* works
    assert.deepStrictEqual(levels(), ["WARN"])
    yield* works
    assert.deepStrictEqual(levels(), ["WARN", "INFO"])
    yield* works
    yield* fails
    assert.deepStrictEqual(levels(), ["WARN", "INFO", "WARN"])
  }).pipe(recorded)
})
