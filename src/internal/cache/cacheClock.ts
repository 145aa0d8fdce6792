/**
 * The two clocks of a cache, both of the `Clock` that it was built with, so that `TestClock` drives everything.
 */
import type * as Clock from "effect/Clock"
import type { Reading } from "../../core/tokenState.js"

export interface CacheClock {
  /** The wall clock alone, for the hot path. */
  readonly wallMillis: () => number
  /** Both clocks. */
  readonly read: () => Reading
}

/** Who reads within the same millisecond gets the same reading: it is kept for each key. */
export const cacheClock = (clock: Clock.Clock): CacheClock => {
  let last: Reading = { wallMillis: Number.NaN, monotonicMillis: Number.NaN }
  return {
    wallMillis: () => clock.unsafeCurrentTimeMillis(),
    read: () => {
      const wallMillis = clock.unsafeCurrentTimeMillis()
      const monotonicMillis = Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)
      if (wallMillis !== last.wallMillis || monotonicMillis !== last.monotonicMillis) {
        last = { wallMillis, monotonicMillis }
      }
      return last
    }
  }
}

/** How far the clocks have moved against each other since: beyond a second the wall clock has jumped, or the machine slept. */
export const hasJumped = (since: Reading, now: Reading): boolean =>
  Math.abs(now.wallMillis - since.wallMillis - (now.monotonicMillis - since.monotonicMillis)) > 1000
