/**
 * Timeouts that count only the time in which the process ran. After a freeze, a stop or a blocked event loop, timers
 * fire before the answers that arrived meanwhile are read, and no server was slow (F45).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { longestTimerMillis } from "../../core/refreshTimes.js"
import { monotonicMillis } from "./monotonicMillis.js"
import { raceFirst } from "./raceFirst.js"

/** If a timer is later than this, the process did not run. */
const lateMillis = 1000

/**
 * Sleeps in slices of at most a minute. If a timer is over a second late, the process was frozen: that time (at most
 * one slice) is slept again. `onOverslept` is called with the time that is left then.
 */
export const sleepRunning = (
  duration: Duration.Duration,
  onOverslept: (leftMillis: number) => void = () => {}
): Effect.Effect<void> =>
  Effect.clockWith((clock) => {
    const millis = Duration.toMillis(duration)
    const slice = Math.min(millis, longestTimerMillis)
    const startedAt = monotonicMillis(clock)
    return Effect.flatMap(clock.sleep(Duration.millis(slice)), () => {
      const overslept = monotonicMillis(clock) - startedAt - slice
      const frozen = overslept > lateMillis
      const left = millis - slice + (frozen ? Math.min(overslept, slice) : 0)
      if (frozen) onOverslept(left)
      return left > 0 ? sleepRunning(Duration.millis(left), onOverslept) : Effect.void
    })
  })

/** `Effect.timeoutFail` in running time, on time even if the effect ignores its interruption. */
export const timeoutFail =
  <E2>(options: {
    readonly duration: Duration.Duration
    readonly onTimeout: () => E2
    readonly onOverslept?: (leftMillis: number) => void
  }) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E | E2, R> =>
    raceFirst(
      Effect.flatten(Effect.disconnect(Effect.exit(effect))),
      Effect.zipRight(sleepRunning(options.duration, options.onOverslept), Effect.failSync(options.onTimeout))
    )
