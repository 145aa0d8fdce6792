/**
 * The one fiber that refreshes all keys of a cache ahead of expiry. A `Schedule` drives it from look to look; a bell
 * wakes it when a look is planned before the one that it sleeps for.
 */
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { longestTimerMillis } from "../../core/refreshPolicy.js"
import type { RefreshPolicy } from "../../RefreshPolicy.js"
import type { TokenEntry } from "./tokenEntry.js"
import type { TokenFlights } from "./tokenFlights.js"
import type { TokenEntries } from "./tokenRegistry.js"

/** How many keys are looked at in one go: a process that wakes with 100,000 overdue keys must not stall its event loop. */
const looksInOneGo = 1000

const whileItLooks = Number.NEGATIVE_INFINITY

/** Runs until its scope closes. */
export const forkRefreshFiber = (
  entries: TokenEntries,
  flights: TokenFlights,
  policy: Context.Tag.Service<typeof RefreshPolicy>
): Effect.Effect<void, never, Scope.Scope> =>
  Effect.gen(function* () {
    const bell = yield* Queue.sliding<void>(1)
    let running = 0
    let sweeping = false
    /** When the fiber will look by itself, by the monotonic clock; while it looks, no bell need ring. */
    let wakesAt = whileItLooks

    const wakeBefore = (at: number) => {
      if (at < wakesAt) bell.unsafeOffer(undefined)
    }
    entries.onEarlierLook = wakeBefore

    /**
     * What waits for a place takes that of the flight that has ended, and is begun in that flight's fiber: to wake the
     * refresh fiber for each would take longer than the flight.
     */
    const onEnd = Effect.suspend(() => {
      running -= 1
      return running === policy.maxConcurrentRefreshes - 1 && !sweeping ? Effect.map(sweep, wakeBefore) : Effect.void
    })

    const look = (entry: TokenEntry): Effect.Effect<void> =>
      Effect.flatten(
        entries.change(entry, (state, now) => {
          const decision = entries.decideLook(entry, state, now)
          switch (decision.do) {
            case "refresh": {
              const begun = flights.begin(entry, state, now, Option.none(), onEnd)
              running += 1
              return [begun.start, begun.state]
            }
            case "forget":
              entries.remove(entry)
              return [Effect.void, state]
            case "lookAgain":
              entries.planLook(entry, now, decision.inMillis)
              return [Effect.void, state]
          }
        })
      )

    /** Looks at what is due, and answers when the next look is. */
    const sweep: Effect.Effect<number> = Effect.gen(function* () {
      sweeping = true
      const now = entries.now()
      entries.catchUp(now, looksInOneGo)
      for (let looks = 0; looks < looksInOneGo && running < policy.maxConcurrentRefreshes; looks++) {
        const entry = entries.takeDue(now)
        if (entry === undefined) break
        yield* look(entry)
      }
      if (entries.behind) return now.monotonicMillis
      const longest = now.monotonicMillis + longestTimerMillis
      return running < policy.maxConcurrentRefreshes ? Math.min(entries.earliestLook, longest) : longest
    }).pipe(
      Effect.catchAllCause((cause) =>
        Effect.as(Effect.logError("Vipps token refresh fiber stumbled", cause), entries.now().monotonicMillis + 1000)
      ),
      Effect.ensuring(
        Effect.sync(() => {
          sweeping = false
        })
      ),
      Effect.uninterruptible
    )

    /** Not Effect.repeat: it puts every sweep into a context of its own, which takes longer than the sweep. */
    const sweepBySchedule = (driver: Schedule.ScheduleDriver<number, number>) =>
      Effect.forever(
        Effect.suspend(() => {
          wakesAt = whileItLooks
          return Effect.flatMap(sweep, (at) => {
            wakesAt = at
            const millis = Math.ceil(at - entries.now().monotonicMillis)
            // Where it goes on at once, it lets the event loop turn first: no Schedule and no yield of a fiber does.
            return millis > 0 ? driver.next(millis) : Effect.sleep(Duration.zero)
          })
        })
      )

    const schedule = Schedule.identity<number>().pipe(Schedule.addDelay(Duration.millis))
    yield* Effect.raceFirst(Effect.flatMap(Schedule.driver(schedule), sweepBySchedule), Queue.take(bell)).pipe(
      Effect.forever,
      Effect.interruptible,
      Effect.forkScoped
    )
  })
