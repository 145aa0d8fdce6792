/** What is written to a store comes back in another process as what it was. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { failureContent, readFailure } from "../../src/internal/store/entryCodec.js"
import { severityOf } from "../../src/internal/tokenErrors.js"
import { type Answer, rateLimited, rejected, scriptedFlow, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"
import { told } from "../fixtures/told.js"

const answers: Record<string, Answer> = {
  "refused keys": wrongKeys,
  "a rejected request": rejected,
  "an outage": unavailable("7 seconds"),
  "too many requests": rateLimited("1 minute")
}

describe("a failure", () => {
  for (const [what, answer] of Object.entries(answers)) {
    it.effect(`${what}: is read as it was noted, counted and drawn, and as old as it is`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.next(answer)
        const error = yield* Effect.flip(flow.request)
        const at = { wallMillis: 0, monotonicMillis: 0 }
        const noted = { error, ...severityOf(error), failures: 3, random: 0.25, at }
        const read = readFailure(
          { content: failureContent(noted, 10_000), stamp: "1", left: Duration.seconds(4) },
          flow,
          { wallMillis: 3_606_000, monotonicMillis: 6000 }
        )
        const failure = Option.getOrThrow(read)
        assert.deepStrictEqual(told(failure.error), told(error))
        assert.deepStrictEqual(
          { ...failure, error: undefined },
          { ...noted, error: undefined, at: { wallMillis: 3_600_000, monotonicMillis: 0 } }
        )
      })
    )
  }
})
