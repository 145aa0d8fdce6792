/**
 * Wraps a user's span without writing to it, since it may be frozen or have constant members. The wrapper keeps the
 * span's class, which tracers check (F56).
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Tracer from "effect/Tracer"

/** Effect's own tracer, for programs without another: it exports no spans, and never throws. */
export const effectTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** The property under which a wrapper keeps the tracer's span: tracers know their spans by identity. */
const ownSpan: unique symbol = Symbol("effect-vipps-token/ownSpan")

/** Returns the span that the tracer made. */
export const unwrapSpan = (span: Tracer.AnySpan & { readonly [ownSpan]?: Tracer.AnySpan }): Tracer.AnySpan => {
  const inner = span[ownSpan]
  return inner === undefined ? span : unwrapSpan(inner)
}

/** Wraps a span: members in `changed` replace the span's, and `around` wraps every call. */
export const spanInPlaceOf = (
  span: Tracer.Span,
  changed: Partial<Tracer.Span>,
  around: (call: () => unknown) => unknown = (call) => call()
): Tracer.Span =>
  // Around an object that inherits the span: a proxy of the span itself must show its constant members as they are.
  new Proxy<Tracer.Span>(Object.create(span), {
    get: (_, name) => {
      if (name === ownSpan) return span
      const holder = Object.hasOwn(changed, name) ? changed : span
      const member: unknown = Reflect.get(holder, name, holder)
      return typeof member === "function"
        ? (...args: ReadonlyArray<unknown>) => around(() => Reflect.apply(member, holder, args))
        : member
    }
  })
