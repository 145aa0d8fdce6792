/** F36 for the flows: canary keys, tokens and bodies through every path, and then looked for in every sink. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import { assert, describe, it } from "@effect/vitest"
import * as Data from "effect/Data"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { canaries, canariesIn, echoesOf, printed } from "../fixtures/canaries.js"
import { type Answer, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { assertNoCanary, assertSilent, canaryFlowsOver, canaryGrant, careless } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

class Leak extends Data.TaggedError("Leak")<{ readonly message: string }> {}

describe("the sinks", () => {
  it.effect("are open: what is let into them is found in every one", () =>
    Effect.gen(function* () {
      for (const secret of Object.values(canaries)) {
        const leak = Effect.fail(new Leak({ message: secret })).pipe(
          Effect.withSpan("leak", { attributes: { secret } }),
          Effect.tapError(() => Effect.log(secret))
        )
        const { sinks } = yield* intoSinks(leak, [secret])
        for (const [sink, text] of Object.entries(sinks)) {
          if (sink !== "metrics") assert.isNotEmpty(canariesIn(text), `${sink} ${secret}`)
        }
        assert.sameMembers(Object.keys(sinks), [
          "stringLogger",
          "logfmtLogger",
          "jsonLogger",
          "structuredLogger",
          "everythingLogger",
          "prettyLogger",
          "laterLogger",
          "exit",
          "spans",
          "metrics",
          "values"
        ])
      }
      for (const key of Object.values(canaries)) {
        for (const [name, echo] of Object.entries(echoesOf(key))) {
          if (key !== canaries.body) assert.isNotEmpty(canariesIn(`<${echo}>`), `${name} of ${key}`)
        }
      }
    })
  )
})

describe("F36 success", () => {
  it.effect("the token is reached by Redacted.value alone", () =>
    Effect.gen(function* () {
      for (const flow of yield* canaryFlowsOver(recordingClient({ body: canaryGrant }).client)) {
        const token = yield* flow.request
        assert.strictEqual(Redacted.value(token.value), canaries.token)
        assert.strictEqual(Redacted.value(token.authorization), `Bearer ${canaries.token}`)
        const exit = yield* Effect.exit(flow.request)
        for (const value of [token, [token], { token }, exit, token.value, token.authorization]) {
          assert.deepStrictEqual(canariesIn(printed(value)), [])
        }
      }
    })
  )

  it.effect("is silent", () => assertSilent({ body: { ...canaryGrant, comment: canaries.body } }))

  it.effect("a scope that repeats the token is not printed", () =>
    assertSilent({ body: { ...canaryGrant, scope: `read ${canaries.token}` } })
  )
})

describe("F36 every failure", () => {
  const secrets = Object.values(canaries).join(" ")
  const hostile = (status: number): Answer => ({
    status,
    headers: { "retry-after": "soon", "www-authenticate": `Basic realm="x"` },
    body: { secrets, [secrets]: secrets, debug: { secrets }, stack: secrets }
  })
  for (const status of [204, 301, 302, 400, 401, 403, 404, 407, 408, 418, 429, 500, 502, 503]) {
    it.effect(`HTTP ${status}`, () => assertSilent(hostile(status)))
  }

  for (const status of [200, 302, 401, 500]) {
    it.effect(`HTTP ${status} without a body`, () => assertSilent({ status }))
  }

  it.effect("a body that breaks off", () =>
    assertSilent((request) =>
      Effect.sync(() => {
        const body = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error(secrets)) })
        return responseOf(request, { body })
      })
    )
  )

  const invalid: Readonly<Record<string, unknown>> = {
    "not JSON": secrets,
    "truncated JSON": JSON.stringify(canaryGrant).slice(0, -4),
    "no token": { ...canaryGrant, access_token: undefined, [secrets]: secrets },
    "a token that no header can carry": { ...canaryGrant, access_token: `${canaries.token}\r\n${secrets}` },
    "a lifetime that is none": { ...canaryGrant, expires_in: canaries.token },
    "a type that is none": { ...canaryGrant, token_type: canaries.token },
    "an array": [canaryGrant],
    "over 64 KiB": { ...canaryGrant, comment: secrets.repeat(1000) }
  }
  for (const [name, body] of Object.entries(invalid)) it.effect(`200 with ${name}`, () => assertSilent({ body }))

  it.effect("an HTTP client whose errors tell everything", () =>
    Effect.gen(function* () {
      const { client } = recordingClient((request) =>
        Effect.fail(
          new HttpClientError.RequestError({
            request,
            reason: "Transport",
            cause: Object.assign(new TypeError(`bad header ${secrets}`), { code: secrets }),
            description: secrets
          })
        )
      )
      for (const flow of yield* canaryFlowsOver(client)) {
        assertNoCanary(yield* intoSinks(flow.request, careless(flow)))
      }
    })
  )

  it.effect("an answer from another host", () =>
    Effect.gen(function* () {
      const { client } = recordingClient({ body: canaryGrant })
      const elsewhere = HttpClient.mapRequest(client, (request) => ({ ...request, url: "https://evil.example/" }))
      for (const flow of yield* canaryFlowsOver(elsewhere)) {
        const sunk = yield* intoSinks(flow.request, careless(flow))
        assert.isTrue(Exit.isFailure(sunk.exit))
        assertNoCanary(sunk)
      }
    })
  )
})
