/** The flows over real sockets, with each of the three HTTP clients. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson, closedPort, type Handler, httpServer } from "../fixtures/httpServer.js"
import {
  recordedStandardGrant,
  sampleToken,
  specializedCredentials,
  specializedGrant,
  specializedKeys,
  standardCredentials,
  standardKeys
} from "../fixtures/keys.js"
import { told } from "../fixtures/told.js"

const standard = (url: string, requestTimeout = 5_000) =>
  Effect.flatMap(
    StandardFlow.make({
      credentials: standardCredentials,
      environment: VippsEnvironment.custom(url),
      requestTimeout
    }),
    (flow) => flow.request
  )

const specialized = (url: string) =>
  Effect.flatMap(
    SpecializedFlow.make({ credentials: specializedCredentials, environment: VippsEnvironment.custom(url) }),
    (flow) => flow.request
  )

/** What the standard flow fails with if the server handles its request so. */
const failureOf = (handler: Handler, requestTimeout?: number) =>
  Effect.flatMap(httpServer(handler), ({ url }) => Effect.flip(standard(url, requestTimeout)))

/** Resolves once the client has hung up. */
const hungUp = (handler: Handler) => {
  let close = () => {}
  const closed = new Promise<void>((resolve) => {
    close = resolve
  })
  const watched: Handler = (response, request) => {
    response.on("close", close)
    handler(response, request)
  }
  return [watched, Effect.promise(() => closed).pipe(Effect.timeout("5 seconds"))] as const
}

for (const [name, client] of httpClients) {
  describe(`over ${name}`, () => {
    it.scopedLive("the standard flow gets its token with an empty POST of length 0", () =>
      Effect.gen(function* () {
        const server = yield* httpServer(answerJson(recordedStandardGrant))
        const token = yield* standard(server.url)
        assert.strictEqual(Redacted.value(token.value), sampleToken)
        assert.strictEqual(server.requests.length, 1)
        const [request] = server.requests
        assert.strictEqual(request?.method, "POST")
        assert.strictEqual(request?.url, "/accesstoken/get")
        assert.strictEqual(request?.body, "")
        assert.deepInclude(request?.headers, {
          "content-length": "0",
          client_id: standardKeys.clientId,
          client_secret: standardKeys.clientSecret,
          "ocp-apim-subscription-key": standardKeys.subscriptionKey,
          accept: "application/json"
        })
        assert.notProperty(request?.headers, "content-type")
        assert.notProperty(request?.headers, "authorization")
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("the specialized flow gets its token with Basic and a form", () =>
      Effect.gen(function* () {
        const server = yield* httpServer(answerJson(specializedGrant))
        const token = yield* specialized(server.url)
        assert.strictEqual(Redacted.value(token.value), sampleToken)
        const [request] = server.requests
        assert.strictEqual(request?.method, "POST")
        assert.strictEqual(request?.url, "/miami/v1/token")
        assert.strictEqual(request?.body, "grant_type=client_credentials")
        const basic = Buffer.from(`${specializedKeys.clientId}:${specializedKeys.clientSecret}`).toString("base64")
        assert.deepInclude(request?.headers, {
          authorization: `Basic ${basic}`,
          "content-type": "application/x-www-form-urlencoded; charset=utf-8",
          "content-length": "29"
        })
        assert.notProperty(request?.headers, "ocp-apim-subscription-key")
        assert.notProperty(request?.headers, "client_secret")
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("a refusal arrives with its status, headers and body", () =>
      Effect.gen(function* () {
        const refused = yield* failureOf(answerJson({ error: "invalid_client", trace_id: "t-1" }, 401))
        assert.deepInclude(told(refused), { _tag: "InvalidCredentials", key: "clientSecret", traceId: "t-1" })
        const limited = yield* failureOf(answerJson({}, 429, { "retry-after": "7" }))
        assert.deepInclude(limited, { _tag: "RateLimited" })
        assert.match(limited.message, /wait 7s/)
      }).pipe(Effect.provide(client))
    )

    for (const status of [301, 302, 303, 307, 308]) {
      it.scopedLive(`F37 ${status}: the other server is not asked at all`, () =>
        Effect.gen(function* () {
          const other = yield* httpServer(answerJson(recordedStandardGrant))
          const location = `${other.url}/accesstoken/get`
          const first = yield* httpServer((response) => response.writeHead(status, { location }).end())
          for (const request of [standard(first.url), specialized(first.url)]) {
            assert.deepInclude(yield* Effect.flip(request), { _tag: "RequestRejected", status })
          }
          assert.strictEqual(first.requests.length, 2)
          assert.deepStrictEqual(other.requests, [])
        }).pipe(Effect.provide(client))
      )
    }

    it.scopedLive("nobody listens: Unavailable network, ECONNREFUSED", () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(standard(`http://127.0.0.1:${yield* closedPort}`))
        assert.deepInclude(told(error), { _tag: "Unavailable", reason: "network", code: "ECONNREFUSED" })
        assert.include(error.message, "ECONNREFUSED")
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("hung up before an answer: Unavailable network", () =>
      Effect.map(
        failureOf((response) => response.socket?.destroy()),
        (error) => {
          assert.deepInclude(told(error), { _tag: "Unavailable", reason: "network" })
          assert.notProperty(told(error), "status")
        }
      ).pipe(Effect.provide(client))
    )

    it.scopedLive("hung up in the middle of the body: Unavailable network, whatever was read", () =>
      Effect.map(
        failureOf((response) => {
          response.writeHead(200, { "content-type": "application/json", "content-length": "2000" })
          response.write(JSON.stringify(recordedStandardGrant), () => response.socket?.destroy())
        }),
        (error) => assert.deepInclude(error, { _tag: "Unavailable", reason: "network" })
      ).pipe(Effect.provide(client))
    )

    it.scopedLive("204: InvalidResponse", () =>
      Effect.map(
        failureOf((response) => response.writeHead(204).end()),
        (error) => {
          assert.deepInclude(error, { _tag: "InvalidResponse", problem: "body: is empty" })
        }
      ).pipe(Effect.provide(client))
    )

    it.scopedLive("F42 no answer: requestTimeout ends it, and hangs up", () =>
      Effect.gen(function* () {
        const [handler, closed] = hungUp(() => {})
        assert.deepInclude(yield* failureOf(handler, 100), { _tag: "Unavailable", reason: "timeout" })
        yield* closed
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("F42 an answer that drips: requestTimeout ends it, and hangs up", () =>
      Effect.gen(function* () {
        let dripped = 0
        const [handler, closed] = hungUp((response) => {
          response.writeHead(200, { "content-type": "application/json" })
          const drip = setInterval(() => response.write(" ", () => (dripped += 1)), 10)
          response.on("close", () => clearInterval(drip))
        })
        assert.deepInclude(yield* failureOf(handler, 150), { _tag: "Unavailable", reason: "timeout" })
        yield* closed
        assert.isAbove(dripped, 1)
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("10 MB: refused, and hung up long before the end", () =>
      Effect.gen(function* () {
        const total = 10 * 1024 * 1024
        let written = 0
        const [handler, closed] = hungUp((response) => {
          response.writeHead(200, { "content-type": "application/json", "content-length": String(total) })
          const chunk = Buffer.alloc(64 * 1024, " ")
          const next = () => {
            if (written >= total || response.destroyed) return
            response.write(chunk, (error) => {
              if (error) return
              written += chunk.length
              next()
            })
          }
          next()
        })
        assert.deepInclude(yield* failureOf(handler), {
          _tag: "InvalidResponse",
          problem: "body: is longer than 65536 bytes"
        })
        yield* closed
        // What lies in the sockets' buffers is written, but no more.
        assert.isBelow(written, total)
      }).pipe(Effect.provide(client))
    )
  })
}

describe("over fetch, with a RequestInit of the user's own", () => {
  it.live("F37 F42 it is kept, but for the redirects", () =>
    Effect.gen(function* () {
      const inits: Array<RequestInit | undefined> = []
      const fetch: typeof globalThis.fetch = async (_, init) => {
        inits.push(init)
        return new Response(JSON.stringify(recordedStandardGrant))
      }
      yield* standard("https://proxy.example").pipe(
        Effect.provide(FetchHttpClient.layer),
        Effect.provideService(FetchHttpClient.Fetch, fetch),
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "follow", keepalive: true })
      )
      assert.deepInclude(inits[0], { redirect: "manual", keepalive: true })
    })
  )
})
