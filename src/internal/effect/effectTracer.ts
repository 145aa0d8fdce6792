import * as Context from "effect/Context"
import * as DefaultServices from "effect/DefaultServices"
import * as Tracer from "effect/Tracer"

/** Effect's own tracer, for programs without another: it exports no spans, and never throws. */
export const effectTracer = Context.get(DefaultServices.liveServices, Tracer.Tracer)
