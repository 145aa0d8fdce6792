/** The two clocks of a cache, both of the `Clock` that it was built with, so that `TestClock` drives everything. */
import type * as Clock from "effect/Clock"
import * as Option from "effect/Option"
import type { Reading } from "../../core/tokenPhases.js"
import { monotonicMillis } from "../effect/monotonicMillis.js"

export interface CacheClock {
  /** The wall clock alone, for the hot path. */
  readonly wallMillis: () => number
  /** Both clocks. */
  readonly read: () => Reading
}

/**
 * Readings in the same millisecond share one object, which many entries keep. A clock that throws stands still
 * meanwhile: without a time, no flight could end (F56).
 */
export const cacheClock = (clock: Clock.Clock): CacheClock => {
  let last: Reading = { wallMillis: 0, monotonicMillis: 0 }
  const readNow = Option.liftThrowable(() => ({
    wallMillis: clock.unsafeCurrentTimeMillis(),
    monotonicMillis: monotonicMillis(clock)
  }))
  const read = (): Reading => {
    const now = Option.getOrElse(readNow(), () => last)
    if (now.wallMillis !== last.wallMillis || now.monotonicMillis !== last.monotonicMillis) last = now
    return last
  }
  return { wallMillis: () => clock.unsafeCurrentTimeMillis(), read }
}

/**
 * Tells whether the clocks have moved more than a second against each other: the wall clock jumped, or the monotonic
 * clock stopped while the machine slept.
 */
export const hasJumped = (since: Reading, now: Reading): boolean =>
  Math.abs(now.wallMillis - since.wallMillis - (now.monotonicMillis - since.monotonicMillis)) > 1000
