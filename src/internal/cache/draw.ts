/** Random numbers for refresh times and back-off. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Random from "effect/Random"
import * as Runtime from "effect/Runtime"

const next = Random.next.pipe(
  Effect.map((random) => (random >= 0 && random < 1 ? random : 0.5)),
  Effect.catchAllCause(() => Effect.succeed(0.5)),
  Effect.interruptible
)

/**
 * Draws from [0, 1). If a user's own `Random` dies, does not draw at once or leaves that range, only the spread is lost
 * (F56).
 */
export const draw: Effect.Effect<number> = Effect.map(Effect.runtime<never>(), (runtime) =>
  Exit.getOrElse(Runtime.runSyncExit(runtime)(next), (cause) => {
    const unfinished = Cause.squash(cause)
    if (Runtime.isAsyncFiberException(unfinished)) unfinished.fiber.unsafeInterruptAsFork(FiberId.none)
    return 0.5
  })
)
