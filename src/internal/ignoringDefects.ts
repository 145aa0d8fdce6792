/**
 * Reports that cost what they would have said, and nothing else, where a logger, a metric or a tracer of the user's throws
 * (F56).
 */
import * as Effect from "effect/Effect"

/** Runs a report whose end is of no consequence. */
export const ignoringDefects = (report: Effect.Effect<unknown>): Effect.Effect<void> =>
  Effect.catchAllCause(Effect.asVoid(report), () => Effect.void)
