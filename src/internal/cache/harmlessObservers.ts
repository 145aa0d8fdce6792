/** Users' own tracers and loggers, made harmless: if one throws, only its own record is lost (F56). */
import * as Either from "effect/Either"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Tracer from "effect/Tracer"
import { effectTracer, spanInPlaceOf, unwrapSpan } from "../effect/tracing.js"

const attempt = <A>(f: () => A): Option.Option<A> => Option.getRight(Either.try(f))

export const harmlessLogger = <Message, Output>(
  logger: Logger.Logger<Message, Output>
): Logger.Logger<Message, Option.Option<Output>> => Logger.make((options) => attempt(() => logger.log(options)))

/** Effect's own is harmless as it is, and runs at each step of a fiber. */
export const harmlessTracer = (tracer: Tracer.Tracer): Tracer.Tracer => {
  if (tracer === effectTracer) return tracer
  return Tracer.make({
    span: (name, parent, context, links, startTime, kind, options) =>
      Option.match(
        attempt(() => tracer.span(name, Option.map(parent, unwrapSpan), context, links, startTime, kind, options)).pipe(
          Option.filter(isSpan)
        ),
        {
          // Effect's own, which nobody sees; without a parent, since it looks at that.
          onNone: () => effectTracer.span(name, Option.none(), context, links, startTime, kind),
          onSome: harmlessSpan
        }
      ),
    context: (f, fiber) => {
      let result: Either.Either<ReturnType<typeof f>, unknown> | undefined
      const run = () => {
        result = Either.try({ try: f, catch: (error) => error })
        return Either.getOrThrowWith(result, (error) => error)
      }
      attempt(() => tracer.context(run, fiber))
      // What the fiber itself throws is its own business; a tracer that does not call it is passed over.
      return result === undefined ? f() : Either.getOrThrowWith(result, (error) => error)
    }
  })
}

/** A mock may make anything. */
const isSpan = (span: unknown): boolean =>
  Option.contains(
    attempt(() =>
      ["end", "attribute", "event"].every(
        (method) => Predicate.hasProperty(span, method) && typeof span[method] === "function"
      )
    ),
    true
  )

/** The user's span, whose methods do not throw. */
const harmlessSpan = (span: Tracer.Span): Tracer.Span =>
  spanInPlaceOf(span, {}, (call) => Option.getOrUndefined(attempt(call)))
