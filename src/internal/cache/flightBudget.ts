/**
 * The time that one flight may take, with all its attempts: time in which the process did not run is not counted (F45).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { raceFirst } from "../effect/raceFirst.js"
import { sleepRunning } from "../effect/timeout.js"
import type { CacheClock } from "./cacheClock.js"

export interface FlightBudget {
  readonly leftMillis: () => number
  /** Fails the effect at the end of the budget. */
  readonly bound: <A, E, E2>(effect: Effect.Effect<A, E>, onExceeded: () => E2) => Effect.Effect<A, E | E2>
}

/** A budget that begins now. */
export const startBudget = (budget: Duration.Duration, clock: CacheClock): Effect.Effect<FlightBudget> =>
  Effect.sync(() => {
    let endsAt = clock.read().monotonicMillis + Duration.toMillis(budget)
    return {
      leftMillis: () => endsAt - clock.read().monotonicMillis,
      bound: (effect, onExceeded) =>
        raceFirst(
          Effect.disconnect(effect),
          Effect.zipRight(
            sleepRunning(budget, (leftMillis) => {
              endsAt = clock.read().monotonicMillis + leftMillis
            }),
            Effect.failSync(onExceeded)
          )
        )
    }
  })
