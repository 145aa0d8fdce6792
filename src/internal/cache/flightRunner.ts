/** Where flights run: in the scope and context of the cache, not in those of a caller (F4, F5). */
import * as Effect from "effect/Effect"
import type * as Fiber from "effect/Fiber"
import * as FiberRef from "effect/FiberRef"
import * as FiberSet from "effect/FiberSet"
import * as HashSet from "effect/HashSet"
import * as Runtime from "effect/Runtime"
import * as RuntimeFlags from "effect/RuntimeFlags"
import type * as Scope from "effect/Scope"
import { inNoRequest, schedulerInNoRequest } from "./asyncContext.js"
import { harmlessLogger, harmlessTracer } from "./harmlessObservers.js"

/** Runs an effect in a fiber of the cache. */
export type RunFlight = (effect: Effect.Effect<unknown>) => Fiber.RuntimeFiber<unknown>

/**
 * Makes a function that runs effects in the cache's scope, with the services, log annotations and clock that the cache
 * was built with. Closing the scope interrupts them and waits for them to end, but not for an HTTP request that ignores
 * its interruption. A tracer or logger that throws does not fail them (F56), and they run outside the asynchronous
 * context of any request (F46).
 */
export const makeFlightRunner: Effect.Effect<RunFlight, never, Scope.Scope> = Effect.gen(function* () {
  const fibers = yield* FiberSet.make()
  const scheduler = schedulerInNoRequest(yield* FiberRef.get(FiberRef.currentScheduler))
  const runtime = yield* Effect.runtime<never>().pipe(
    Effect.withTracer(harmlessTracer(yield* Effect.tracer)),
    Effect.locallyWith(FiberRef.currentLoggers, HashSet.map(harmlessLogger)),
    Effect.withScheduler(scheduler),
    // A runtime inherits the flags of the region it is taken in. Layers may be built uninterruptibly, and flights
    // must be interruptible.
    Effect.map(Runtime.enableRuntimeFlag(RuntimeFlags.Interruption))
  )
  return (effect) => {
    const fiber = inNoRequest(() => Runtime.runFork(runtime)(effect))
    FiberSet.unsafeAdd(fibers, fiber)
    return fiber
  }
})
