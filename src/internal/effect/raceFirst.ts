/**
 * `Effect.raceFirst` that can be interrupted at any moment. Effect 3's own makes both fibers, and starts them one step
 * later: interrupted in between, it waits for ever for the end of fibers that never ran (F40).
 */
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"

/**
 * Ends as the first of the two does, once the other was interrupted. Both can be, even in a finalizer. Their fibers end
 * with an exit: Effect logs the failure of a fiber before anybody hears of its end, and a logger that throws there
 * leaves its caller waiting (F56).
 */
export const raceFirst = <A, E, R, A2, E2, R2>(
  one: Effect.Effect<A, E, R>,
  other: Effect.Effect<A2, E2, R2>
): Effect.Effect<A | A2, E | E2, R | R2> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const fibers = [
        yield* Effect.fork(Effect.exit<A | A2, E | E2, R | R2>(Effect.interruptible(one))),
        yield* Effect.fork(Effect.exit<A | A2, E | E2, R | R2>(Effect.interruptible(other)))
      ]
      const first = Effect.async<A | A2, E | E2>((resume) => {
        for (const fiber of fibers) fiber.addObserver(() => resume(Effect.flatten(Fiber.join(fiber))))
      })
      return yield* Effect.ensuring(restore(first), Fiber.interruptAll(fibers))
    })
  )
