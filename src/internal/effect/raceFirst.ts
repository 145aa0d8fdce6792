/**
 * `Effect.raceFirst` that can be interrupted at any moment. Effect 3's own makes both fibers, and starts them one step
 * later: interrupted in between, it waits for ever for the end of fibers that never ran (F40).
 */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"

/** Ends as the first of the two does, once the other was interrupted. Both can be, even in a finalizer. */
export const raceFirst = <A, E, R, A2, E2, R2>(
  one: Effect.Effect<A, E, R>,
  other: Effect.Effect<A2, E2, R2>
): Effect.Effect<A | A2, E | E2, R | R2> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const first = yield* Deferred.make<Fiber.Fiber<A | A2, E | E2>>()
      const start = (effect: Effect.Effect<A | A2, E | E2, R | R2>) =>
        Effect.tap(Effect.fork(Effect.interruptible(effect)), (fiber) =>
          Effect.sync(() => fiber.addObserver(() => Deferred.unsafeDone(first, Exit.succeed(fiber))))
        )
      const fibers = [yield* start(one), yield* start(other)]
      return yield* restore(Effect.flatMap(Deferred.await(first), Fiber.join)).pipe(
        Effect.ensuring(Fiber.interruptAll(fibers))
      )
    })
  )
