/**
 * The time that a token request may take, from its sending to the last byte of its answer.
 *
 * `Effect.timeout` forks two fibers with all that the caller has, and waits for the one that sleeps, which is dear (`runtime`
 * in table E of bench). Here the one that sleeps is given nothing, and is only told to end.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Runtime from "effect/Runtime"

/**
 * Runs an effect in a fiber of its own, and `late` instead of it when the time is up. Whatever comes first ends all that it
 * has begun: the end of the effect, the end of its time, or the interruption of the caller. As with `Effect.timeout`, an
 * effect that cannot be interrupted is waited for.
 *
 * The fiber is born with `runtime`; what the effect sets of its own in it ends with it.
 */
export const within = <A, E, E2>(
  limit: Duration.Duration,
  effect: Effect.Effect<A, E>,
  late: Effect.Effect<never, E2>,
  runtime: Runtime.Runtime<never>
): Effect.Effect<A, E | E2> =>
  Effect.clockWith((clock) =>
    Effect.async<A, E | E2>((resume) => {
      const working = Runtime.runFork(runtime)(effect)
      const ended = working.unsafePoll()
      if (ended !== null) return resume(ended)
      const sleeping = runTimer(clock.sleep(limit))
      // The first to resume counts. Told first, the timer has ended when the caller goes on.
      working.addObserver((exit) => {
        sleeping.unsafeInterruptAsFork(FiberId.none)
        resume(exit)
      })
      sleeping.addObserver((exit) =>
        resume(Fiber.interrupt(working).pipe(Effect.zipRight(exit), Effect.zipRight(late)))
      )
      // Of a caller that is interrupted, also while it waits for what is late to end.
      return Fiber.interruptAll([working, sleeping])
    })
  )

/** Interruptible wherever the caller is not. */
const runTimer = Runtime.runFork(Runtime.defaultRuntime)
