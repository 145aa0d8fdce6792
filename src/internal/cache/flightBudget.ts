/**
 * The time that one flight may take, with all its attempts: time in which the process did not run is not counted (F45).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { timeoutFail } from "../effect/timeout.js"
import type { CacheClock } from "./cacheClock.js"

export interface FlightBudget {
  readonly leftMillis: () => number
  /** Fails the effect at the end of the budget. */
  readonly bound: <E2>(onExceeded: () => E2) => <A, E>(effect: Effect.Effect<A, E>) => Effect.Effect<A, E | E2>
}

/** A budget that begins now. */
export const startBudget = (budget: Duration.Duration, clock: CacheClock): Effect.Effect<FlightBudget> =>
  Effect.sync(() => {
    let endsAt = clock.read().monotonicMillis + Duration.toMillis(budget)
    return {
      leftMillis: () => endsAt - clock.read().monotonicMillis,
      bound: (onTimeout) =>
        timeoutFail({
          duration: budget,
          onTimeout,
          onOverslept: (leftMillis) => {
            endsAt = clock.read().monotonicMillis + leftMillis
          }
        })
    }
  })
