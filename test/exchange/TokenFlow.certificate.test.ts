/**
 * F52 what will never work fails at once and says what to do; what may pass is waited for. Real sockets, three clients.
 */
import * as http from "node:http"
import * as https from "node:https"
import type { AddressInfo } from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { isTransient } from "../../src/TokenError.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { type Certificate, certificate } from "../fixtures/certificates.js"
import { httpClients } from "../fixtures/httpClients.js"
import { closedPort } from "../fixtures/httpServer.js"
import { recordedStandardGrant, standardCredentials } from "../fixtures/keys.js"
import { told } from "../fixtures/told.js"

/** A server that grants, by TLS where it has a certificate. Its connections are counted. */
const tokenServer = (certificate?: Certificate) =>
  Effect.acquireRelease(
    Effect.async<{ readonly port: number; readonly connections: () => number; readonly close: Effect.Effect<void> }>(
      (resume) => {
        const answer: http.RequestListener = (_, response) => response.end(JSON.stringify(recordedStandardGrant))
        const server =
          certificate === undefined ? http.createServer(answer) : https.createServer({ ...certificate }, answer)
        let connections = 0
        server.on("connection", () => {
          connections += 1
        })
        server.listen(0, "localhost", () => {
          const { port } = server.address() as AddressInfo
          const close = Effect.async<void>((done) => {
            server.close(() => done(Effect.void))
            server.closeAllConnections()
          })
          resume(Effect.succeed({ port, connections: () => connections, close }))
        })
      }
    ),
    ({ close }) => close
  )

/** The three clients, trusting an authority of their own. */
const clientsTrusting = (ca: string): ReadonlyArray<readonly [string, Layer.Layer<HttpClient.HttpClient>]> => {
  const dispatcher = Layer.scoped(
    NodeHttpClient.Dispatcher,
    Effect.acquireRelease(
      Effect.sync(() => new Undici.Agent({ connect: { ca } })),
      (agent) => Effect.promise(() => agent.destroy())
    )
  )
  // Node's own fetch takes no dispatcher of another undici.
  const fetch = Layer.succeed(FetchHttpClient.Fetch, Undici.fetch as unknown as typeof globalThis.fetch)
  const init = Layer.effect(
    FetchHttpClient.RequestInit,
    Effect.map(NodeHttpClient.Dispatcher, (dispatcher): RequestInit & { dispatcher: unknown } => ({ dispatcher }))
  )
  return [
    ["fetch", FetchHttpClient.layer.pipe(Layer.provide(fetch), Layer.provide(init), Layer.provide(dispatcher))],
    ["undici", NodeHttpClient.layerUndiciWithoutDispatcher.pipe(Layer.provide(dispatcher))],
    ["node:http", NodeHttpClient.layerWithoutAgent.pipe(Layer.provide(NodeHttpClient.makeAgentLayer({ ca })))]
  ]
}

const request = (url: string) =>
  Effect.flatMap(
    StandardFlow.make({ credentials: standardCredentials, environment: VippsEnvironment.custom(url) }),
    (flow) => flow.request
  )

const authority = certificate("Authority")
const day = 86_400_000
const kinds: Readonly<Record<string, readonly [Certificate, codes: ReadonlyArray<string>, hint: RegExp]>> = {
  "signed by itself": [certificate("localhost"), ["DEPTH_ZERO_SELF_SIGNED_CERT"], /authority that this process trusts/],
  "of an unknown authority": [
    certificate("localhost", { issuer: certificate("Another authority") }),
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "UNABLE_TO_GET_ISSUER_CERT_LOCALLY"],
    /authority that this process trusts/
  ],
  "that has expired": [
    certificate("localhost", {
      issuer: authority,
      validFrom: new Date(Date.now() - 2 * day),
      validTo: new Date(Date.now() - day)
    }),
    ["CERT_HAS_EXPIRED"],
    /certificate .* not valid at this time/
  ],
  "that is not valid yet": [
    certificate("localhost", {
      issuer: authority,
      validFrom: new Date(Date.now() + day),
      validTo: new Date(Date.now() + 2 * day)
    }),
    ["CERT_NOT_YET_VALID"],
    /Check the clock/
  ],
  "for another host": [
    certificate("other.example", { issuer: authority, hostName: "other.example" }),
    ["ERR_TLS_CERT_ALTNAME_INVALID"],
    /certificate is for another host name/
  ]
}

for (const [name, client] of clientsTrusting(authority.cert)) {
  describe(`F52 over ${name}`, () => {
    for (const [kind, [served, codes, hint]] of Object.entries(kinds)) {
      it.scopedLive(`a certificate ${kind}: rejected at the first handshake, by name`, () =>
        Effect.gen(function* () {
          const { connections, port } = yield* tokenServer(served)
          const error = yield* Effect.flip(request(`https://localhost:${port}`))
          assert.deepInclude(told(error), { _tag: "RequestRejected", status: 0 })
          assert.isFalse(isTransient(error))
          if (error._tag === "RequestRejected") assert.include(codes, Option.getOrUndefined(error.code))
          assert.match(error.message, hint)
          assert.notInclude(error.message, "HTTP 0")
          assert.strictEqual(connections(), 1)
        }).pipe(Effect.provide(client))
      )
    }

    it.scopedLive("a certificate that is right: a token", () =>
      Effect.gen(function* () {
        const { port } = yield* tokenServer(certificate("localhost", { issuer: authority }))
        yield* request(`https://localhost:${port}`)
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("a server that speaks no TLS: rejected", () =>
      Effect.gen(function* () {
        const { port } = yield* tokenServer()
        const error = yield* Effect.flip(request(`https://localhost:${port}`))
        assert.deepInclude(told(error), { _tag: "RequestRejected", status: 0 })
        assert.match(error.message, /no TLS at all/)
      }).pipe(Effect.provide(client))
    )
  })
}

for (const [name, client] of httpClients) {
  describe(`F52 over ${name}`, () => {
    it.live("a protocol that the client does not speak: rejected", () =>
      Effect.gen(function* () {
        const http = yield* HttpClient.HttpClient
        const error = yield* request("https://localhost").pipe(
          Effect.provideService(
            HttpClient.HttpClient,
            HttpClient.mapRequest(http, HttpClientRequest.setUrl("gopher://localhost/"))
          ),
          Effect.flip
        )
        assert.deepInclude(told(error), { _tag: "RequestRejected", status: 0 })
        assert.match(error.message, /protocol is not one that the HttpClient speaks/)
      }).pipe(Effect.provide(client))
    )

    it.live("a host that nobody knows, and a refused connection: the network, with the code", () =>
      Effect.gen(function* () {
        const unknown = yield* Effect.flip(request("https://nobody.invalid"))
        assert.deepInclude(told(unknown), { _tag: "Unavailable", reason: "network" })
        if (unknown._tag === "Unavailable") {
          assert.include(["ENOTFOUND", "EAI_AGAIN"], Option.getOrUndefined(unknown.code))
        }
        const refused = yield* Effect.flip(request(`https://localhost:${yield* closedPort}`))
        assert.deepInclude(told(refused), { _tag: "Unavailable", reason: "network", code: "ECONNREFUSED" })
      }).pipe(Effect.provide(client))
    )
  })
}

describe("F52 a proxy", () => {
  it.scopedLive("whose URL is invalid: rejected", () =>
    Effect.gen(function* () {
      const lazyProxy = HttpClient.make((request) =>
        Effect.sync(() => new Undici.ProxyAgent("not a URL")).pipe(Effect.zipRight(Effect.die(request)))
      )
      const error = yield* request("https://localhost").pipe(
        Effect.provideService(HttpClient.HttpClient, lazyProxy),
        Effect.flip
      )
      assert.deepInclude(told(error), { _tag: "RequestRejected", status: 0, code: "ERR_INVALID_URL" })
      assert.match(error.message, /HTTPS_PROXY/)
    })
  )
})
