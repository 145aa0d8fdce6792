/**
 * Timeouts that count only the time in which the process ran. A frozen function, a stopped process or a blocked event
 * loop is nobody's slow answer: its timers ring before what arrived meanwhile is read (F45).
 */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

/** A timer this late says that the process did not run. */
const lateMillis = 1000

/** Sleeps, and sleeps again for what it overslept, at most as long as before. */
export const sleepRunning = (duration: Duration.Duration): Effect.Effect<void> =>
  Effect.clockWith((clock) => {
    const millis = Duration.toMillis(duration)
    const startedAt = monotonicMillis(clock)
    return Effect.flatMap(clock.sleep(duration), () => {
      const overslept = monotonicMillis(clock) - startedAt - millis
      return overslept > lateMillis ? sleepRunning(Duration.millis(Math.min(overslept, millis))) : Effect.void
    })
  })

/** `Effect.timeoutFail` in running time. */
export const timeoutFail =
  <E2>(options: { readonly duration: Duration.Duration; readonly onTimeout: () => E2 }) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    Effect.raceFirst(effect, Effect.zipRight(sleepRunning(options.duration), Effect.failSync(options.onTimeout)))

const monotonicMillis = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)
