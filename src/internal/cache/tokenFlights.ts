/**
 * Flights: the refreshes of a cache. A flight belongs to the cache and not to the caller that began it: it runs in the
 * cache's runtime and scope, in a trace of its own, and whoever is interrupted, it goes on (F4, F5).
 */
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "../../AccessToken.js"
import {
  beginFlight,
  leftMillis,
  type Reading,
  retryAfterLeftMillis,
  spacingLeftMillis,
  usable
} from "../../core/tokenState.js"
import type { RefreshPolicy } from "../../RefreshPolicy.js"
import type { TokenRequestError } from "../../TokenError.js"
import { severityOf, withNextAttemptAt } from "../tokenErrors.js"
import { makeAirspace, type OnEnd, type StartedBy } from "./airspace.js"
import { settleIn } from "./flightOutcome.js"
import type { Granted, Refused, SharedTokens } from "./sharing.js"
import { errorOf, type KeyState, RunningFlight, requestErrorOf, type TokenEntry } from "./tokenEntry.js"
import type { TokenEntries } from "./tokenRegistry.js"
import { reportFailure, reportToken } from "./tokenReports.js"

/** A flight that was written into a state, and the effect that lets it fly. */
export interface Begun {
  readonly flight: RunningFlight
  readonly start: Effect.Effect<void>
  readonly state: KeyState
}

export interface TokenFlights {
  /** Begins a flight, within `TokenEntries.change`, for callers or for the refresh fiber. */
  readonly begin: (entry: TokenEntry, state: KeyState, now: Reading, startedBy: StartedBy, onEnd?: OnEnd) => Begun
  /** Begins a forced flight, within `TokenEntries.change`: it knows no hold, but it obeys a `Retry-After`. */
  readonly force: (
    entry: TokenEntry,
    state: KeyState,
    now: Reading,
    startedBy: StartedBy,
    refreshed: Refreshed
  ) => Omit<Begun, "flight">
}

export type Refreshed = Deferred.Deferred<AccessToken, TokenRequestError>

export const makeTokenFlights = (
  entries: TokenEntries,
  policy: Context.Tag.Service<typeof RefreshPolicy>,
  shared: SharedTokens
): Effect.Effect<TokenFlights, never, Scope.Scope> =>
  Effect.map(makeAirspace(entries, policy, shared), (letFly) => {
    /**
     * Writes what the flight came to into the state, tells all who wait, and begins the flight that waits for its end.
     * Answers the state that the flight itself leaves.
     */
    const settle = (
      entry: TokenEntry,
      flight: RunningFlight,
      outcome: Either.Either<Granted, Refused>
    ): Effect.Effect<KeyState> =>
      Effect.flatMap(Random.next, (random) =>
        Effect.flatMap(
          entries.change(entry, (before, now) => {
            if (entry.flight === flight) entry.flight = undefined
            if (Either.isLeft(outcome) && outcome.left.error._tag === "RateLimited") {
              entries.throttle(entry.flow, now, severityOf(outcome.left.error).retryAfterMillis)
            }
            const { softWindow } = policy
            const [result, state] = settleIn(entry.flow, before, now, flight.generation, outcome, softWindow, random)
            const told = Either.mapLeft(result, (error) => requestErrorOf(state, error, now))
            const served = Either.orElse(result, (error) => {
              const held = usable(state, now)
              return held === undefined ? Either.left(errorOf(state, error, now)) : Either.right(held.token)
            })
            const successor = entry.flight === undefined ? entry.successor : undefined
            if (successor === undefined) return [{ told, served, before, state, now, next: Effect.void }, state]
            entry.successor = undefined
            const forced = force(entry, state, now, Option.none(), successor)
            return [{ told, served, before, state, now, next: forced.start }, forced.state]
          }),
          ({ before, next, now, served, state, told }) => {
            flight.end(Exit.fromEither(served), Exit.fromEither(told))
            const old = usable(before, now)
            const report = Effect.suspend(() =>
              Either.match(told, {
                onLeft: (error) => reportFailure(entry.flow, error, old !== undefined),
                onRight: (token) => reportToken(entry.flow, token, old && leftMillis(old, now))
              })
            )
            return Effect.as(Effect.zipRight(next, report), state)
          }
        )
      )

    const launch = (
      entry: TokenEntry,
      state: KeyState,
      now: Reading,
      waitMillis: number,
      flightOf: (generation: number) => RunningFlight,
      startedBy: StartedBy,
      forced: boolean,
      onEnd: OnEnd = Effect.void
    ): Begun => {
      const next = beginFlight(state, now, waitMillis)
      const flight = flightOf(next.generation)
      entry.flight = flight
      const start = Effect.suspend(() => {
        // A closed scope would not keep it from flying (F40).
        if (entries.closed) return entry.release
        const settling = (outcome: Either.Either<Granted, Refused>) => settle(entry, flight, outcome)
        const plan = { entry, flight, waitMillis, startedBy, forced, settle: settling }
        const { keepAlive } = policy
        if (policy.mode === "background" || keepAlive === undefined) return letFly({ ...plan, onEnd })
        let ended = () => {}
        const refreshing = new Promise<void>((resolve) => {
          ended = resolve
        })
        return Effect.map(letFly({ ...plan, onEnd: Effect.sync(ended) }), () => keepAlive(refreshing))
      })
      return { flight, start, state: next }
    }

    const begin: TokenFlights["begin"] = (entry, state, now, startedBy, onEnd) =>
      launch(
        entry,
        state,
        now,
        spacingLeftMillis(state, now),
        (generation) => new RunningFlight(generation),
        startedBy,
        false,
        onEnd
      )

    const force: TokenFlights["force"] = (entry, state, now, startedBy, refreshed) => {
      const waitMillis = retryAfterLeftMillis(state, now)
      if (waitMillis > Duration.toMillis(policy.requestBudget) && state.failure !== undefined) {
        const nextAttemptAt = DateTime.unsafeMake(Math.ceil(now.wallMillis + waitMillis))
        return { state, start: Deferred.fail(refreshed, withNextAttemptAt(state.failure.error, nextAttemptAt)) }
      }
      const flightOf = (generation: number) => new RunningFlight(generation, refreshed)
      return launch(entry, state, now, waitMillis, flightOf, startedBy, true)
    }

    return { begin, force }
  })
