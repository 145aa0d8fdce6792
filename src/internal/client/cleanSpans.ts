/**
 * Spans of a request that show no secret: `HttpClient` puts the headers of an answer into its span, and a server may
 * repeat in any of them what it was sent (F59).
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Tracer from "effect/Tracer"
import type { SecretSearch } from "../../core/secretSearch.js"
import { cleanedCause, cleanedError } from "./cleanedError.js"

/** Runs an effect whose spans leave out the values of response headers that hold a secret, and clean how they end. */
export const withCleanSpans =
  (holdsSecret: SecretSearch) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tracerWith((tracer) => Effect.withTracer(effect, cleaningTracer(tracer, holdsSecret)))

const cleaningTracer = (tracer: Tracer.Tracer, holdsSecret: SecretSearch): Tracer.Tracer =>
  Tracer.make({
    span: (...options) => cleaningSpan(tracer.span(...options), holdsSecret),
    context: (run, fiber) => tracer.context(run, fiber)
  })

/** The user's own span, for whose class tracers ask, with two methods wrapped. */
const cleaningSpan = (span: Tracer.Span, holdsSecret: SecretSearch): Tracer.Span => {
  const { attribute, end } = span
  return Object.assign(span, {
    attribute: (name: string, value: unknown) => {
      const hidden = name.startsWith(responseHeader) && typeof value === "string" && holdsSecret(value)
      attribute.call(span, name, hidden ? "<redacted>" : value)
    },
    end: (endTime: bigint, exit: Exit.Exit<unknown, unknown>) =>
      end.call(
        span,
        endTime,
        Exit.mapErrorCause(exit, (cause) =>
          cleanedCause(cause, (error) => cleanedError(error, holdsSecret), holdsSecret)
        )
      )
  })
}

const responseHeader = "http.response.header."
