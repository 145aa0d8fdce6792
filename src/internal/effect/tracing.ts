/**
 * A span in the place of the user's own: of its class, since tracers ask for that, and nothing is written to the
 * user's, which may be frozen or have constant members (F56).
 */
import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Tracer from "effect/Tracer"

/** Effect's own tracer, for programs without another: it exports no spans, and never throws. */
export const effectTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)

/** What the tracer's own span is found by, since it knows its spans by identity. */
const ownSpan: unique symbol = Symbol("effect-vipps-token/ownSpan")

/** The span as the tracer has made it. */
export const own = (span: Tracer.AnySpan & { readonly [ownSpan]?: Tracer.AnySpan }): Tracer.AnySpan => {
  const inner = span[ownSpan]
  return inner === undefined ? span : own(inner)
}

/**
 * The span with other methods. Each member is looked for in `changed` first, and `around` is put around what calls it.
 */
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
