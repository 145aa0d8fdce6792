/** Logs and metrics whose failure fails nothing else: a user's own logger, metric or tracer may throw (F56). */
import * as Effect from "effect/Effect"

/** Runs a report, and ignores how it ends. */
export const ignoringDefects = (report: Effect.Effect<unknown>): Effect.Effect<void> =>
  Effect.catchAllCause(Effect.asVoid(report), () => Effect.void)
