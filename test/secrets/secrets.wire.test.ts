/** F36 over real sockets, with each of the three HTTP clients and their spans. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { canaries, canarySpecializedCredentials, canaryStandardCredentials } from "../fixtures/canaries.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson, closedPort, type Handler, httpServer, type ReceivedRequest } from "../fixtures/httpServer.js"
import { assertNoCanary, canaryGrant, careless } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

describe("F36 spans", () => {
  for (const [name, client] of httpClients) {
    it.scopedLive(`over ${name}: HttpClient's own span is there, and its keys are redacted`, () =>
      Effect.gen(function* () {
        const server = yield* httpServer(answerJson(canaryGrant))
        const flow = yield* StandardFlow.make({
          credentials: canaryStandardCredentials,
          environment: VippsEnvironment.custom(server.url)
        })
        const sunk = yield* intoSinks(flow.request, careless(flow))
        assert.deepStrictEqual(
          sunk.spans.map((span) => span.name),
          ["user's own", "TokenFlow.request", "http.client POST"]
        )
        const attributes = sunk.spans[2]?.attributes
        for (const header of ["client_id", "client_secret", "ocp-apim-subscription-key"]) {
          assert.strictEqual(attributes?.get(`http.request.header.${header}`), "<redacted>", header)
        }
        assert.deepStrictEqual(
          [...(sunk.spans[1]?.attributes ?? [])],
          [
            ["vipps.flow", "standard"],
            ["vipps.label", "standard ca4a41e5"]
          ]
        )
        assertNoCanary(sunk)
      }).pipe(Effect.provide(client))
    )
  }
})

describe("F36 on the wire", () => {
  const echoing =
    (status: number): Handler =>
    (response, request) =>
      answerJson({ error: "other", error_description: everythingOf(request), message: everythingOf(request) }, status)(
        response,
        request
      )
  const everythingOf = ({ body, headers, url }: ReceivedRequest) => `${JSON.stringify(headers)} ${url} ${body}`
  const handlers: Readonly<Record<string, Handler>> = {
    "a grant": answerJson(canaryGrant),
    "a 401 that repeats the request": echoing(401),
    "a 403 that repeats the request": echoing(403),
    "a redirect": (response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    "a hang-up": (response) => response.socket?.destroy(),
    "a hang-up in the midst": (response) => {
      response.writeHead(200, { "content-length": "5000" })
      response.write(JSON.stringify(canaryGrant), () => response.socket?.destroy())
    },
    "a flood": (response) => response.end(canaries.body.repeat(10_000)),
    silence: () => {}
  }
  for (const [name, client] of httpClients) {
    for (const [what, handler] of Object.entries(handlers)) {
      it.scopedLive(`over ${name}: ${what}`, () =>
        Effect.gen(function* () {
          const { url } = yield* httpServer(handler)
          const options = {
            environment: VippsEnvironment.custom(url),
            requestTimeout: what === "silence" ? 100 : 5_000
          }
          for (const flow of [
            yield* StandardFlow.make({ ...options, credentials: canaryStandardCredentials }),
            yield* SpecializedFlow.make({ ...options, credentials: canarySpecializedCredentials })
          ]) {
            const sunk = yield* intoSinks(flow.request, careless(flow))
            assert.strictEqual(Exit.isSuccess(sunk.exit), what === "a grant")
            assertNoCanary(sunk, flow.name)
          }
        }).pipe(Effect.provide(client))
      )
    }

    it.scopedLive(`over ${name}: nobody there`, () =>
      Effect.gen(function* () {
        const environment = VippsEnvironment.custom(`http://127.0.0.1:${yield* closedPort}`)
        const flow = yield* StandardFlow.make({ environment, credentials: canaryStandardCredentials })
        assertNoCanary(yield* intoSinks(flow.request, careless(flow)))
      }).pipe(Effect.provide(client))
    )
  }
})
