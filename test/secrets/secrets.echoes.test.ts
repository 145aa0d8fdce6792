/** F36 for a server, or a proxy on the way, that repeats what it was sent. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { canaries, canariesIn, canaryKeys, echoesOf, printed } from "../fixtures/canaries.js"
import { type Answer, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { assertSilent, canaryFlowsOver } from "../fixtures/silence.js"

/** What each flow was given, as a server may repeat it. */
const echoesFor = {
  standard: canaryKeys.flatMap((key) => Object.values(echoesOf(key))),
  // It has no subscription key, so it cannot know one.
  specialized: [canaries.clientId, canaries.clientSecret].flatMap((key) => Object.values(echoesOf(key)))
}

const assertNoEcho = (name: string, answerOf: (echo: string) => Answer) =>
  Effect.gen(function* () {
    let echo = ""
    for (const flow of yield* canaryFlowsOver(
      recordingClient((request) => respondWith(answerOf(echo), request)).client
    )) {
      for (echo of echoesFor[flow.name]) {
        const exit = yield* Effect.exit(flow.request)
        assert.deepStrictEqual(canariesIn(printed(exit), canaryKeys), [], `${flow.name}: ${name}: ${echo}`)
      }
    }
  })

const respondWith = (answer: Answer, request: Parameters<typeof responseOf>[0]) =>
  Effect.sync(() => responseOf(request, answer))

describe("F36 a server that repeats the keys", () => {
  const places: Readonly<Record<string, (echo: string) => string>> = {
    "in the midst": (echo) => `You sent ${echo}, really.`,
    "between control characters": (echo) => `You sent\u0000${echo}\u001b[0m\r\n${echo}\u2028`,
    "at the cut": (echo) => `${"x".repeat(290)}${echo}`,
    "again and again": (echo) => echo.repeat(40)
  }
  const shapes: Readonly<Record<string, (text: string) => unknown>> = {
    A: (text) => ({ error: "invalid_client", error_description: text }),
    B: (text) => ({ statusCode: 401, message: text }),
    C: (text) => ({ responseInfo: { responseCode: 401, responseMessage: text }, result: { message: text } }),
    E: (text) => ({ title: text, detail: text }),
    F: (text) => [{ errorMessage: text }]
  }
  for (const [place, text] of Object.entries(places)) {
    it.effect(`in its texts, ${place}`, () =>
      Effect.forEach(Object.entries(shapes), ([shape, body]) =>
        assertNoEcho(shape, (echo) => ({ status: 401, body: body(text(echo)) }))
      )
    )
  }

  for (const field of ["error", "trace_id", "correlation_id", "traceId", "contextId"]) {
    it.effect(`where ${field} should be: keys look like codes and ids`, () =>
      Effect.forEach([401, 403], (status) =>
        assertNoEcho(String(status), (echo) => ({ status, body: { error: "invalid_client", [field]: echo } }))
      )
    )
  }

  it.effect("as the scope of a token, which is printed", () =>
    assertNoEcho("scope", (scope) => ({ body: { access_token: "a.token", expires_in: 900, scope } }))
  )

  it.effect("in its headers, which HttpClient puts into its span", () =>
    assertSilent({
      status: 302,
      headers: { "x-echo": canaries.clientSecret, location: `https://evil.example/?key=${canaries.clientId}` }
    })
  )
})
