/**
 * What a flight asks for: one token request, and others after it where that makes sense.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { retryDelayMillis } from "../../core/refreshPolicy.js"
import { type Reading, usable } from "../../core/tokenState.js"
import { InvalidResponse, isTransient, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { severityOf } from "../tokenErrors.js"
import type { Granted, Refused } from "./sharing.js"
import type { TokenEntry } from "./tokenEntry.js"
import type { TokenEntries } from "./tokenRegistry.js"
import { countRequest } from "./tokenReports.js"

/** Asks until there is a token, the failure is final, or the next attempt would not fit into the budget. */
export const attempts = (
  entries: TokenEntries,
  entry: TokenEntry,
  budgetEnds: number,
  failed = 0
): Effect.Effect<Granted, Refused> =>
  Effect.suspend(() => {
    const flow = entry.flow
    const askedAt = entries.clock.read()
    return Effect.matchCauseEffect(
      Effect.suspend(() => flow.request),
      {
        onSuccess: (token) =>
          Effect.as(countRequest(flow, "Granted"), { token, askedAt: notAfter(askedAt, token.issuedAt.epochMillis) }),
        onFailure: (cause) => {
          const error = Option.getOrElse(Cause.failureOption(cause), () => noAnswer(flow))
          return Effect.zipRight(
            countRequest(flow, error._tag),
            attemptAfter(entries, entry, budgetEnds, failed, error)
          )
        }
      }
    )
  })

/** A defect or an interruption of the flow's own is a failed attempt too (F6, F11). */
export const noAnswer = (flow: TokenFlow): TokenRequestError =>
  new InvalidResponse({ flow: flow.name, label: flow.label, problem: "the flow ended without an answer" })

const attemptAfter = (
  entries: TokenEntries,
  entry: TokenEntry,
  budgetEnds: number,
  failed: number,
  error: TokenRequestError
): Effect.Effect<Granted, Refused> =>
  Effect.gen(function* () {
    const now = entries.now()
    const state = yield* entry.state
    // One attempt is enough where nobody waits for its outcome: the hold decides when to try again.
    if (usable(state, now) !== undefined || !isTransient(error)) return yield* Effect.fail({ error })
    const delay = retryDelayMillis(severityOf(error), failed, yield* Random.next)
    if (now.monotonicMillis + delay >= budgetEnds) return yield* Effect.fail({ error })
    yield* Effect.sleep(Duration.millis(delay))
    return yield* attempts(entries, entry, budgetEnds, failed + 1)
  })

/** A flow of the user's own may hand out a token that was asked for earlier: its age counts from there. */
const notAfter = (askedAt: Reading, issuedAtMillis: number): Reading => {
  const earlier = Math.max(0, askedAt.wallMillis - issuedAtMillis)
  return earlier === 0
    ? askedAt
    : { wallMillis: askedAt.wallMillis - earlier, monotonicMillis: askedAt.monotonicMillis - earlier }
}
