import type * as Clock from "effect/Clock"

/** Reads the monotonic clock: it neither jumps nor counts the machine's sleep. */
export const monotonicMillis = (clock: Clock.Clock): number => Number(clock.unsafeCurrentTimeNanos() / 1_000_000n)
