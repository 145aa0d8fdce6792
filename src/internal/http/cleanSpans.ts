/**
 * Spans of a request that show no secret: `HttpClient` puts the headers of an answer into its span, and a server may
 * repeat in any of them what it was sent (F59).
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import type { SecretSearch } from "../../core/secretSearch.js"
import { effectTracer, spanInPlaceOf, unwrapSpan } from "../effect/tracing.js"
import { cleanedCause, cleanedError } from "./cleanedError.js"

/** Runs an effect whose spans leave out what holds a secret in response headers, and clean how they end. */
export const withCleanSpans =
  (holdsSecret: SecretSearch) =>
  <A, E, R>(effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
    Effect.tracerWith((tracer) =>
      tracer === effectTracer ? effect : Effect.withTracer(effect, cleaningTracer(tracer, holdsSecret))
    )

const cleaningTracer = (tracer: Tracer.Tracer, holdsSecret: SecretSearch): Tracer.Tracer =>
  Tracer.make({
    span: (name, parent, ...options) =>
      cleaningSpan(tracer.span(name, Option.map(parent, unwrapSpan), ...options), holdsSecret),
    context: (run, fiber) => tracer.context(run, fiber)
  })

const cleaningSpan = (span: Tracer.Span, holdsSecret: SecretSearch): Tracer.Span =>
  spanInPlaceOf(span, {
    attribute: (name, value) => {
      const isEcho = name.startsWith("http.response.header.") && typeof value === "string" && holdsSecret(value)
      if (!holdsSecret(name)) span.attribute(name, isEcho ? "<redacted>" : value)
    },
    end: (endTime, exit) =>
      span.end(
        endTime,
        Exit.mapErrorCause(exit, (cause) =>
          cleanedCause(cause, (error) => cleanedError(error, holdsSecret), holdsSecret)
        )
      )
  })
