/** The two clocks of a cache, both of the `Clock` that it was built with, so that `TestClock` drives everything. */
import type * as Clock from "effect/Clock"
import type { Reading } from "../../core/tokenPhases.js"
import { monotonicMillis } from "../effect/monotonicMillis.js"

export interface CacheClock {
  /** The wall clock alone, for the hot path. */
  readonly wallMillis: () => number
  /** Both clocks. */
  readonly read: () => Reading
}

/** Readings in the same millisecond share one object: each entry keeps one. */
export const cacheClock = (clock: Clock.Clock): CacheClock => {
  let last: Reading = { wallMillis: Number.NaN, monotonicMillis: Number.NaN }
  return {
    wallMillis: () => clock.unsafeCurrentTimeMillis(),
    read: () => {
      const wallMillis = clock.unsafeCurrentTimeMillis()
      const monotonic = monotonicMillis(clock)
      if (wallMillis !== last.wallMillis || monotonic !== last.monotonicMillis) {
        last = { wallMillis, monotonicMillis: monotonic }
      }
      return last
    }
  }
}

/**
 * Tells whether the clocks have moved more than a second against each other: the wall clock jumped, or the monotonic
 * clock stopped while the machine slept.
 */
export const hasJumped = (since: Reading, now: Reading): boolean =>
  Math.abs(now.wallMillis - since.wallMillis - (now.monotonicMillis - since.monotonicMillis)) > 1000
