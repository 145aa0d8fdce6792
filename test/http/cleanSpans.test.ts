/** Spans that a client makes while it holds secrets. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Tracer from "effect/Tracer"
import { secretSearch } from "../../src/core/secretSearch.js"
import { withCleanSpans } from "../../src/internal/http/cleanSpans.js"
import { canaries } from "../fixtures/canaries.js"
import { recordingTracer } from "../fixtures/recordingTracer.js"

const clean = withCleanSpans(secretSearch(Object.values(canaries)))

const forwarding = (span: Tracer.Span): Tracer.Span =>
  Object.assign(Object.create(span), { end: span.end.bind(span), attribute: span.attribute.bind(span) })

describe("F56 a span of the user's that cannot be written to", () => {
  const spansThat: Readonly<Record<string, (span: Tracer.Span) => Tracer.Span>> = {
    "is frozen": (span) => Object.freeze(forwarding(span)),
    "has constant members": (span) => Object.defineProperty(span, "end", { value: span.end.bind(span) }),
    "refuses to be changed": (span) => new Proxy(forwarding(span), { set: () => false, defineProperty: () => false })
  }
  for (const [what, change] of Object.entries(spansThat)) {
    it.effect(`${what} costs no request`, () =>
      Effect.gen(function* () {
        const { spans, tracer } = recordingTracer()
        const made: Array<Tracer.AnySpan> = []
        const parents: Array<Tracer.AnySpan> = []
        const users = Tracer.make({
          span: (name, parent, ...options) => {
            parents.push(...Option.toArray(parent))
            const span = change(tracer.span(name, parent, ...options))
            made.push(span)
            return span
          },
          context: (run) => run()
        })
        const nested = Effect.annotateCurrentSpan("http.response.header.x", `it was ${canaries.clientSecret}`).pipe(
          Effect.withSpan("inner"),
          Effect.withSpan("outer")
        )
        yield* Effect.withTracer(clean(nested), users)
        assert.deepStrictEqual([...(spans[1]?.attributes ?? [])].at(-1), ["http.response.header.x", "<redacted>"])
        assert.strictEqual(parents[0], made[0], "a tracer knows its spans by identity")
      })
    )
  }
})

it.effect("F59 a response header whose name holds a secret is left out", () =>
  Effect.gen(function* () {
    const { spans, tracer } = recordingTracer()
    const told = Effect.annotateCurrentSpan({
      [`http.response.header.x-${canaries.subscriptionKey}`]: "1",
      "http.response.header.x-request": "2"
    })
    yield* told.pipe(Effect.withSpan("told"), clean, Effect.withTracer(tracer))
    assert.deepInclude([...(spans[0]?.attributes.keys() ?? [])], "http.response.header.x-request")
    assert.notInclude([...(spans[0]?.attributes.keys() ?? [])].join(), canaries.subscriptionKey)
  })
)
