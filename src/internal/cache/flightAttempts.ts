/** The token requests of a flight: it retries while no token works and the budget allows. */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import { AccessToken } from "../../AccessToken.js"
import { retryDelayMillis, shortestAttemptMillis } from "../../core/refreshTimes.js"
import { type Reading, shifted, usable } from "../../core/tokenPhases.js"
import { isTransient, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { asTokenRequestError, flowEndedError, invalidResponseError, severityOf } from "../errors/tokenErrors.js"
import { draw } from "./draw.js"
import type { FlightBudget } from "./flightBudget.js"
import type { Granted, NotGranted } from "./sharing.js"
import type { TokenEntry } from "./tokenEntry.js"
import type { TokenRegistry } from "./tokenRegistry.js"
import { measured } from "./tokenReports.js"

/** Requests a token. Retries a transient failure while no token works and the next attempt fits into the budget. */
export const attempts = (
  registry: TokenRegistry,
  entry: TokenEntry,
  budget: FlightBudget,
  failed = 0
): Effect.Effect<Granted, NotGranted> =>
  Effect.suspend(() => {
    const { flow } = entry
    const requestedAt = registry.clock.read()
    return Effect.suspend(() => flow.request).pipe(
      Effect.flatMap((token) => grantOf(flow, token, requestedAt)),
      // If the flow dies or interrupts itself, that is a failed attempt too (F6, F11).
      Effect.catchAllCause((cause) => Effect.fail(errorIn(flow, cause))),
      measured(flow, registry),
      Effect.catchAll((error) =>
        Effect.gen(function* () {
          // While a token works, one attempt is enough: the back-off decides on the next.
          const state = yield* Ref.get(entry.state)
          if (usable(state, registry.observeClocks()) !== undefined || !isTransient(error))
            return yield* Effect.fail({ error })
          // In an outage a flight goes on where the one before it has stopped: soon each makes one attempt (F43).
          const delay = retryDelayMillis(
            severityOf(error),
            failed + (state.failure?.failuresWithoutToken ?? 0),
            yield* draw
          )
          if (delay + shortestAttemptMillis > budget.leftMillis()) return yield* Effect.fail({ error })
          yield* Effect.sleep(Duration.millis(delay))
          return yield* attempts(registry, entry, budget, failed + 1)
        })
      )
    )
  })

const errorIn = (flow: TokenFlow, cause: Cause.Cause<TokenRequestError>): TokenRequestError =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => flowEndedError(flow),
    onSome: (error) => asTokenRequestError(flow, error)
  })

/**
 * A user's own flow may return a token that was requested earlier, whose age counts from then, or something that cannot
 * be read as a token at all. It is read once, here, and made anew: nothing that it does later costs anything (F56).
 */
const grantOf = (
  flow: TokenFlow,
  token: AccessToken,
  requestedAt: Reading
): Effect.Effect<Granted, TokenRequestError> =>
  Effect.try({
    try: () => {
      const { issuedAt } = token
      const made = AccessToken.make({
        value: token.value,
        flow: token.flow,
        issuedAt,
        expiresIn: token.expiresAt.epochMillis - issuedAt.epochMillis,
        scope: Option.getOrUndefined(token.scope)
      })
      const earlier = Math.max(0, requestedAt.wallMillis - made.issuedAt.epochMillis)
      return { token: made, requestedAt: shifted(requestedAt, -earlier) }
    },
    catch: () => invalidResponseError(flow, "the flow handed out an unreadable token")
  })
