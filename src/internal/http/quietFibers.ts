/**
 * Silences fibers that an HTTP client forks: one that fails logs its error at DEBUG, with the request and its secrets
 * in it, before anybody could clean it (F59). The outcome is the same. Always, since the client may set a log level of
 * its own.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"

export const withQuietFibers: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R> =
  Effect.withUnhandledErrorLogLevel(Option.none())
