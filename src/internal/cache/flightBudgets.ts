/**
 * Bounds the time of flights. A flow that cannot be interrupted must not hold its callers up: at the end of a budget
 * something else than the flight's own fiber says so (F7).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import { longestTimerMillis } from "../../core/refreshPolicy.js"
import type { CacheClock } from "./cacheClock.js"

export interface FlightBudgets {
  /** Begins a budget: `over` runs at its end, unless what is returned is called before. */
  readonly begin: (over: Effect.Effect<void>) => () => void
}

/** A timer for each: on demand none is left behind, and a flight depends on nothing that another request has begun. */
export const budgetForEach = (budget: Duration.Duration, runtime: Runtime.Runtime<never>): FlightBudgets => ({
  begin: (over) => {
    const timer = Runtime.runFork(runtime)(Effect.delay(over, budget))
    return () => timer.unsafeInterruptAsFork(FiberId.none)
  }
})

/** One timer for all, which fly by the thousand: equally long, their budgets end in the order in which they began. */
export const budgetsTogether = (
  budget: Duration.Duration,
  clock: CacheClock,
  runtime: Runtime.Runtime<never>,
  scope: Scope.Scope
): FlightBudgets => {
  const budgets = new Set<{ readonly ends: number; readonly over: Effect.Effect<void> }>()
  let watching = false

  /** Ends with the last budget; the next one begins another watch. */
  const watch: Effect.Effect<void> = Effect.suspend(() => {
    const [first] = budgets
    if (first === undefined) {
      watching = false
      return Effect.void
    }
    const left = Math.ceil(first.ends - clock.read().monotonicMillis)
    if (left > 0) return Effect.zipRight(Effect.sleep(Duration.millis(Math.min(left, longestTimerMillis))), watch)
    budgets.delete(first)
    return Effect.zipRight(Effect.exit(first.over), watch)
  })

  return {
    begin: (over) => {
      const begun = { ends: clock.read().monotonicMillis + Duration.toMillis(budget), over }
      budgets.add(begun)
      if (!watching) {
        watching = true
        Runtime.runFork(runtime)(watch, { scope })
      }
      return () => budgets.delete(begun)
    }
  }
}
