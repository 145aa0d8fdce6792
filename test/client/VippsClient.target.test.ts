/** F36, F37: no header leaves for another server, whatever the caller asks for and wherever the server points. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import type { VippsHttpClient } from "../../src/VippsClient.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { apiOf, clientOf } from "../fixtures/apiClients.js"
import { sourceOf } from "../fixtures/caches.js"
import { standardFlowOver } from "../fixtures/flows.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson, httpServer } from "../fixtures/httpServer.js"
import { recordedStandardGrant } from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

const environment = "https://api.vipps.no/prefix"

const apiAt = (origin = environment) => {
  const flow = scriptedFlow({ origin })
  return Effect.map(apiOf(flow), (api) => ({ ...api, flow }))
}

/** URLs that are no path of the environment, though some look like one. */
const elsewhere: Readonly<Record<string, string>> = {
  "another host": "https://evil.example/payments",
  "a host that begins like it": "https://api.vipps.no.evil.example/payments",
  "a host that ends like it": "https://evil-api.vipps.no/payments",
  "a subdomain": "https://x.api.vipps.no/payments",
  "a trailing dot": "https://api.vipps.no./payments",
  "another port": "https://api.vipps.no:8443/payments",
  "another scheme": "http://api.vipps.no/payments",
  "a websocket": "wss://api.vipps.no/payments",
  "a scheme that carries the origin": "blob:https://api.vipps.no/payments",
  "a scheme without a host": "javascript:alert(1)",
  "a file": "file:///etc/passwd",
  "a relative protocol": "//evil.example/payments",
  "a relative protocol with a backslash": "/\\evil.example/payments",
  "two backslashes": "\\\\evil.example/payments",
  "a backslash and a slash": "\\/evil.example/payments",
  "three slashes": "///evil.example/payments",
  "white space before it": " \t//evil.example/payments",
  "a line break in it": "/\n/evil.example/payments\n",
  "a tab in its scheme": "ht\ttps://evil.example/payments",
  "another scheme's shorthand": "http:evil.example/payments",
  "a user name": "https://user@api.vipps.no/payments",
  "user name and password": "https://user:secret@api.vipps.no/payments",
  "the host as a user name": "https://api.vipps.no@evil.example/payments",
  "a relative protocol with a user name": "//user@api.vipps.no/payments",
  "a host that is none": "https://[/payments"
}

const refused = (client: VippsHttpClient, request: HttpClientRequest.HttpClientRequest) =>
  Effect.gen(function* () {
    const error = yield* Effect.flip(client.execute(request))
    assert(error._tag === "RequestError", error._tag)
    assert.strictEqual(error.reason, "InvalidUrl")
    return error
  })

describe("F36 nothing is sent, and no token is asked for", () => {
  for (const [what, url] of Object.entries(elsewhere)) {
    // Without its line break and tab it is a path, below the environment's own.
    const isPath = what === "a line break in it"
    it.scoped(`${what}: ${JSON.stringify(url)}${isPath ? " stays below the environment" : ""}`, () =>
      Effect.gen(function* () {
        const { client, flow, requests } = yield* apiAt()
        const request = HttpClientRequest.get(url)
        if (isPath) {
          yield* client.execute(request)
          assert.match(requests[0]?.url ?? "", /^https:\/\/api\.vipps\.no\/prefix\//)
          return
        }
        const error = yield* refused(client, request)
        assert.strictEqual(error.request, request)
        assert.deepStrictEqual(requests, [])
        assert.strictEqual(flow.sentAt.length, 0)
      })
    )
  }

  const outside: Readonly<Record<string, string>> = {
    "F73 the server of the environment, outside its path": "https://api.vipps.no/payments",
    "F73 the same, by a scheme alone": "https:/payments",
    "F73 a path that begins like it": "https://api.vipps.no/prefixed/payments",
    "F73 two dots": "/../payments",
    "F73 two dots, relative": "../payments",
    "F73 two dots, encoded": "/%2e%2e/payments",
    "F73 one dot of two encoded": "/.%2E/payments",
    "F73 backslashes": "/x\\..\\..\\payments",
    "F73 a backslash before two dots": "\\..\\payments",
    "F73 an encoded slash": "/..%2fpayments",
    "F73 an encoded backslash": "/..%5cpayments",
    "F73 encoded twice": "/%252e%252e%252fpayments",
    "F73 two dots with a parameter": "/..;/payments",
    "F73 two dots with a line break in them": "/.\n./payments",
    "F73 the environment's own path, and then two dots": "https://api.vipps.no/prefix/../payments"
  }
  for (const [what, url] of Object.entries(outside)) {
    it.scoped(`${what}: ${JSON.stringify(url)}`, () =>
      Effect.gen(function* () {
        const { client, flow, requests } = yield* apiAt()
        const error = yield* refused(client, HttpClientRequest.get(url))
        assert.include(error.message, "is not below https://api.vipps.no/prefix/")
        yield* refused(HttpClient.mapRequest(client, HttpClientRequest.setUrl(url)), HttpClientRequest.get("/payments"))
        assert.deepStrictEqual(requests, [])
        assert.strictEqual(flow.sentAt.length, 0)
      })
    )
  }

  const mapped: Readonly<Record<string, (client: VippsHttpClient) => VippsHttpClient>> = {
    "mapRequest to another URL": HttpClient.mapRequest(HttpClientRequest.setUrl("https://evil.example/")),
    "mapRequest to a URL object": HttpClient.mapRequest(HttpClientRequest.setUrl(new URL("https://evil.example/"))),
    "mapRequest that prepends a server": HttpClient.mapRequest(HttpClientRequest.prependUrl("https://evil.example")),
    "mapRequest that prepends a slash": HttpClient.mapRequest(HttpClientRequest.prependUrl("//evil.example")),
    "mapRequest that lengthens the host": HttpClient.mapRequest((request) =>
      HttpClientRequest.setUrl(request, `https://api.vipps.no.evil.example${request.url}`)
    ),
    mapRequestEffect: (client) =>
      HttpClient.mapRequestEffect(client, (request) =>
        Effect.succeed(HttpClientRequest.setUrl(request, "https://evil.example/"))
      ),
    mapRequestInput: HttpClient.mapRequestInput(HttpClientRequest.setUrl("https://evil.example/")),
    "one map after another": (client) =>
      client.pipe(
        HttpClient.mapRequest(HttpClientRequest.setUrl("https://api.vipps.no/payments")),
        HttpClient.mapRequest(HttpClientRequest.setUrl("https://evil.example/"))
      ),
    "filterStatusOk and then a map": (client) =>
      client.pipe(
        HttpClient.filterStatusOk,
        HttpClient.mapRequest(HttpClientRequest.setUrl("https://evil.example/"))
      ) as VippsHttpClient
  }
  for (const [what, map] of Object.entries(mapped)) {
    it.scoped(what, () =>
      Effect.gen(function* () {
        const { client, requests } = yield* apiAt()
        yield* refused(map(client), HttpClientRequest.get("/payments"))
        assert.deepStrictEqual(requests, [])
      })
    )
  }

  it.scoped("the caller is told which server it would have been", () =>
    Effect.gen(function* () {
      const { client } = yield* apiAt()
      const error = yield* refused(client, HttpClientRequest.get("https://evil.example/"))
      assert.include(error.message, "is not on https://api.vipps.no")
    })
  )

  it.scoped("prependUrl with a path of the environment is served", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* apiAt()
      const epayment = HttpClient.mapRequest(client, HttpClientRequest.prependUrl("/epayment/v1"))
      yield* epayment.get("/payments")
      assert.strictEqual(requests[0]?.url, "https://api.vipps.no/prefix/epayment/v1/payments")
    })
  )

  it.scoped("a redirect that the caller follows is judged like any other request", () =>
    Effect.gen(function* () {
      const location = "https://evil.example/payments"
      const api = yield* apiOf(scriptedFlow(), { status: 302, headers: { location } })
      const following = HttpClient.followRedirects(api.client, 3)
      const error = yield* Effect.flip(following.get("/payments"))
      assert.deepInclude(error, { _tag: "RequestError", reason: "InvalidUrl" })
      assert.deepStrictEqual(
        api.requests.map(({ url }) => url),
        ["https://vipps.invalid/payments"]
      )
    })
  )
})

describe("F37 a redirect is handed to the caller, and the other server is not asked at all", () => {
  for (const [name, below] of httpClients) {
    for (const status of [301, 302, 303, 307, 308]) {
      it.scopedLive(`${status} over ${name}`, () =>
        Effect.gen(function* () {
          const other = yield* httpServer(answerJson({}))
          const first = yield* httpServer((response) =>
            response.writeHead(status, { location: `${other.url}/payments` }).end()
          )
          const flow = yield* standardFlowOver(recordingClient({ body: recordedStandardGrant }).client, {
            environment: VippsEnvironment.custom(first.url)
          })
          const client = yield* Effect.flatMap(HttpClient.HttpClient, (wire) =>
            Effect.flatMap(sourceOf(flow), (source) => clientOf(source, wire))
          )
          for (const request of [HttpClientRequest.get("/payments"), HttpClientRequest.post("/payments")]) {
            const response = yield* client.execute(request)
            assert.strictEqual(response.status, status)
            assert.strictEqual(response.headers.location, `${other.url}/payments`)
          }
          assert.strictEqual(first.requests.length, 2)
          assert.deepStrictEqual(other.requests, [])
        }).pipe(Effect.provide(below))
      )
    }
  }
})
