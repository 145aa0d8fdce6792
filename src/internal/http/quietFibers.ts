/**
 * Fibers that an HTTP client forks: one that fails logs its error at DEBUG, with the request and its secrets in it,
 * before anybody could clean it (F59). The outcome is the same.
 */
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as LogLevel from "effect/LogLevel"
import * as Option from "effect/Option"

export const withQuietFibers = <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.withFiberRuntime((fiber) => {
    const minimum = fiber.getFiberRef(FiberRef.currentMinimumLogLevel)
    const isLogged = Option.exists(
      fiber.getFiberRef(FiberRef.unhandledErrorLogLevel),
      LogLevel.greaterThanEqual(minimum)
    )
    return isLogged ? Effect.withUnhandledErrorLogLevel(effect, Option.none()) : effect
  })
