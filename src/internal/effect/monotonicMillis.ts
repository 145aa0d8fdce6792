import type * as Clock from "effect/Clock"

/** Reads the monotonic clock. It never jumps; on some systems it stops while the machine sleeps. */
export const monotonicMillis = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)
