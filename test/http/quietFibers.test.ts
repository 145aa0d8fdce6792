/** F59 fibers that a client forks: how they fail is not logged before anybody could clean it. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"
import { withQuietFibers } from "../../src/internal/http/quietFibers.js"
import { recordingLogs } from "../fixtures/recordingLogs.js"

const forksAFailure = Effect.flatMap(Effect.fork(Effect.fail("with a secret in it")), Fiber.await)

describe("a fiber that fails within", () => {
  for (const [what, level] of [
    ["as Effect does", Option.some(LogLevel.Debug)],
    ["louder than Effect does", Option.some(LogLevel.Error)]
  ] as const) {
    for (const minimum of [LogLevel.All, LogLevel.Debug, LogLevel.Info]) {
      it.effect(`is not logged, ${what}, from ${minimum.label} on`, () => {
        const { logs, recorded } = recordingLogs()
        return Effect.gen(function* () {
          yield* withQuietFibers(forksAFailure)
          assert.isEmpty(logs)
        }).pipe(Effect.withUnhandledErrorLogLevel(level), Logger.withMinimumLogLevel(minimum), recorded)
      })
    }
  }

  it.effect("is not logged by a client with a log level of its own", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      yield* withQuietFibers(Logger.withMinimumLogLevel(forksAFailure, LogLevel.All))
      assert.isEmpty(logs)
    }).pipe(Logger.withMinimumLogLevel(LogLevel.Info), recorded)
  })

  it.effect("is logged outside, where the user wants it", () => {
    const { logs, recorded } = recordingLogs()
    return Effect.gen(function* () {
      yield* withQuietFibers(Effect.void)
      yield* forksAFailure
      assert.lengthOf(logs, 1)
    }).pipe(Logger.withMinimumLogLevel(LogLevel.All), recorded)
  })
})
