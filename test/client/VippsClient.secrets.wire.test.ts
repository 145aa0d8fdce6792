/** F36 for the client over real sockets, with each of the three HTTP clients and their spans. */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsClient } from "../../src/VippsClient.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { sourceOf } from "../fixtures/caches.js"
import { canariesIn, canaryStandardCredentials } from "../fixtures/canaries.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson, closedPort, type Handler, httpServer, type ReceivedRequest } from "../fixtures/httpServer.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { assertNoCanary, canaryGrant } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

/** The body is read, and the response kept: what a careless user prints next. */
const read = (response: HttpClientResponse.HttpClientResponse) => Effect.as(response.text, response)

describe("F36 over real sockets", () => {
  const everythingOf = ({ body, headers, url }: ReceivedRequest) => `${JSON.stringify(headers)} ${url} ${body}`
  const repeating =
    (status: number): Handler =>
    (response, request) =>
      answerJson({ statusCode: status, message: everythingOf(request) }, status)(response, request)
  const handlers: Readonly<Record<string, Handler>> = {
    "a response that repeats the request": repeating(200),
    "a 401 that repeats the request": repeating(401),
    "a 500 that repeats the request": repeating(500),
    "a redirect": (response) => response.writeHead(307, { location: "http://127.0.0.1:1/" }).end(),
    "a hang-up": (response) => response.socket?.destroy(),
    "a body that breaks off": (response, request) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "50000" })
      response.write(everythingOf(request), () => response.socket?.destroy())
    },
    "a 401 that breaks off": (response, request) => {
      response.writeHead(401, { "content-type": "application/json", "content-length": "50000" })
      response.write(everythingOf(request), () => response.socket?.destroy())
    }
  }
  for (const [name, wire] of httpClients) {
    const silentAt = (url: string) =>
      Effect.gen(function* () {
        const { client: grants } = recordingClient({ body: canaryGrant })
        const flow = yield* StandardFlow.make({
          credentials: canaryStandardCredentials,
          environment: VippsEnvironment.custom(url)
        }).pipe(Effect.provideService(HttpClient.HttpClient, grants))
        const client = yield* Effect.flatMap(sourceOf(flow), VippsClient.make)
        const post = Effect.flatMap(client.post("/payments"), read)
        const filtered = Effect.flatMap(HttpClient.filterStatusOk(client).get("/payments"), read)
        for (const use of [post, filtered]) {
          const sunk = yield* intoSinks(use, [client])
          assertNoCanary(sunk)
          const attributes = sunk.spans.find((span) => span.name.startsWith("http.client"))?.attributes
          for (const header of ["authorization", "ocp-apim-subscription-key"]) {
            assert.strictEqual(attributes?.get(`http.request.header.${header}`), "<redacted>", header)
          }
        }
      }).pipe(Effect.provide(wire))

    for (const [what, handler] of Object.entries(handlers)) {
      it.scopedLive(`over ${name}: ${what}`, () =>
        Effect.gen(function* () {
          const server = yield* httpServer(handler)
          yield* silentAt(server.url)
          for (const { headers } of server.requests) assert.isNotEmpty(canariesIn(JSON.stringify(headers)))
          assert.isAtLeast(server.requests.length, 2)
        })
      )
    }

    it.scopedLive(`over ${name}: nobody there`, () =>
      Effect.flatMap(closedPort, (port) => silentAt(`http://127.0.0.1:${port}`))
    )
  }
})
