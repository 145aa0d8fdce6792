/**
 * The time that one flight may take, with all its attempts: time in which the process did not run is not counted (F45).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { timeoutFail } from "../effect/timeout.js"
import type { CacheClock } from "./cacheClock.js"

export interface FlightBudget {
  readonly leftMillis: () => number
  /** Fails the effect once it has run for the whole budget. */
  readonly bound: <E2>(onTimeout: () => E2) => <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | E2>
}

/** Starts a budget now. */
export const startBudget = (budgetMillis: number, clock: CacheClock): Effect.Effect<FlightBudget> =>
  Effect.sync(() => {
    let endsAt = clock.read().monotonicMillis + budgetMillis
    return {
      leftMillis: () => endsAt - clock.read().monotonicMillis,
      bound: (onTimeout) =>
        timeoutFail({
          duration: Duration.millis(budgetMillis),
          onTimeout,
          onOverslept: (leftMillis) => {
            endsAt = clock.read().monotonicMillis + leftMillis
          }
        })
    }
  })
