/** F10 and F26 on the way of one request: what is sent again, and what the caller can read of a refusal. */
import * as Cookies from "@effect/platform/Cookies"
import * as Headers from "@effect/platform/Headers"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import type { VippsHttpClient } from "../../src/VippsClient.js"
import { clientOf, refusing, tokenOf, unauthorized } from "../fixtures/apiClients.js"
import { served, sourceOf } from "../fixtures/caches.js"
import { httpClients } from "../fixtures/httpClients.js"
import { httpServer, type ReceivedRequest } from "../fixtures/httpServer.js"
import { atRest } from "../fixtures/passingTime.js"
import { type Answer, type Respond, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { delayed, granted, scriptedFlow, wrongKeys } from "../fixtures/scriptedFlow.js"
import { old, refusingOld, successor, suspected, suspectedByServer } from "../fixtures/suspectedTokens.js"

describe("a body that is there as a whole is sent again, byte for byte", () => {
  const formData = new FormData()
  formData.append("field", "æøå")
  formData.append("file", new Blob(["bytes\r\n\0"]), "file.bin")
  const bytes = Uint8Array.from({ length: 256 }, (_, byte) => byte)
  const bodies: Readonly<Record<string, HttpBody.HttpBody>> = {
    "no body": HttpBody.empty,
    text: HttpBody.text("æøå \u{1f600}", "text/plain"),
    JSON: HttpBody.unsafeJson({ amount: { value: 100 } }),
    bytes: HttpBody.uint8Array(bytes),
    "a form": HttpBody.urlParams([["a", "1 2"]]),
    "a raw text": HttpBody.raw("raw", { contentType: "text/plain", contentLength: 3 }),
    "raw bytes": HttpBody.raw(bytes, { contentLength: 256 })
  }
  const ofNode: typeof bodies = { "form data": HttpBody.formData(formData) }
  const ofFetch: typeof bodies = {
    ...ofNode,
    "a raw buffer": HttpBody.raw(bytes.buffer),
    "a raw blob": HttpBody.raw(new Blob([bytes])),
    "raw parameters": HttpBody.raw(new URLSearchParams({ a: "1" }))
  }
  /** What the client below can send at all: undici takes form data of its own making alone. */
  const sendable: Readonly<Record<string, typeof bodies>> = { fetch: ofFetch, "node:http": ofNode }
  /** Each sending of form data has a boundary of its own. */
  const bodyOf = ({ body, headers }: ReceivedRequest) =>
    body.replaceAll(/boundary=(.+)$/.exec(headers["content-type"] ?? "")?.[1] ?? "no boundary", "boundary")
  for (const [name, wire] of httpClients) {
    for (const [what, body] of Object.entries({ ...bodies, ...sendable[name] })) {
      it.scoped(`${what}, over ${name}`, () =>
        Effect.gen(function* () {
          const { client, server } = yield* suspectedByServer()
          const request = HttpClientRequest.setBody(HttpClientRequest.put("/path?a=1"), body)
          const response = yield* client.execute(HttpClientRequest.setHeader(request, "idempotency-key", "key-1"))
          assert.strictEqual(response.status, 200)
          const [first, second] = server.requests
          assert(first !== undefined && second !== undefined && server.requests.length === 2)
          assert.strictEqual(bodyOf(second), bodyOf(first))
          assert.strictEqual(bodyOf(first) === "", what === "no body")
          assert.deepInclude(second, { method: "PUT", url: "/path?a=1" })
          assert.strictEqual(second.headers["idempotency-key"], "key-1")
          assert.strictEqual(
            second.headers["content-type"]?.split(";")[0],
            first.headers["content-type"]?.split(";")[0]
          )
          assert.strictEqual(second.headers.authorization, `Bearer ${successor}`)
        }).pipe(Effect.provide(wire))
      )
    }
  }
})

describe("F70 a request that is refused twice, the second time with a token that was not renewed for it", () => {
  it.scoped("is sent a third time, with a renewed token, and nothing is paused", () =>
    Effect.gen(function* () {
      const revoked = new Set([old, successor])
      const respond = refusing((request) => revoked.has(tokenOf(request) ?? ""))
      const api = yield* suspected(
        (request) => Effect.delay(respond(request), "1 second"),
        granted("1 hour"),
        granted("1 hour")
      )
      const sending = yield* Effect.fork(api.client.get("/"))
      yield* atRest
      yield* api.source.refresh
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* Fiber.join(sending)).status, 200)
      assert.deepStrictEqual(api.requests.map(tokenOf), [old, successor, "scripted-3"])
      revoked.add("scripted-3")
      yield* TestClock.adjust("1 minute")
      yield* Effect.fork(api.client.get("/"))
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual(api.flow.sentAt.length, 4)
    })
  )
})

describe("a body that flows past once is not sent again", () => {
  const bodies: Readonly<Record<string, () => HttpBody.HttpBody>> = {
    "a stream": () => HttpBody.stream(Stream.succeed(new TextEncoder().encode("once"))),
    "a raw stream": () => HttpBody.raw(new ReadableStream()),
    "what nobody knows": () => HttpBody.raw({ pipe: () => {} })
  }
  for (const [what, body] of Object.entries(bodies)) {
    it.scoped(`${what}: its 401 is handed through, and the next request has the successor`, () =>
      Effect.gen(function* () {
        const { client, flow, requests } = yield* suspected(refusingOld())
        const response = yield* client.execute(HttpClientRequest.setBody(HttpClientRequest.post("/"), body()))
        assert.strictEqual(response.status, 401)
        assert.deepStrictEqual(yield* response.json, unauthorized.body)
        assert.strictEqual(requests.length, 1)
        yield* atRest
        assert.strictEqual((yield* client.get("/")).status, 200)
        assert.strictEqual(flow.sentAt.length, 2)
        assert.strictEqual(requests.length, 2)
      })
    )
  }

  const sendStream = (client: VippsHttpClient) =>
    client.execute(
      HttpClientRequest.setBody(
        HttpClientRequest.post("/"),
        HttpBody.stream(Stream.succeed(new TextEncoder().encode("once")))
      )
    )

  it.scoped("its 401 waits for no renewal, neither the one that it starts nor another's", () =>
    Effect.gen(function* () {
      const { client, flow } = yield* suspected(refusingOld(), delayed("5 seconds", granted("1 hour")))
      for (let n = 0; n < 3; n++) assert.strictEqual((yield* sendStream(client)).status, 401)
      yield* atRest
      assert.strictEqual(flow.sentAt.length, 2)
      yield* TestClock.adjust("5 seconds")
      assert.strictEqual((yield* sendStream(client)).status, 200)
    })
  )

  it.scoped("its 401 waits for no token, where the current one was dropped meanwhile", () =>
    Effect.gen(function* () {
      const { client, flow, source } = yield* suspected(
        (request) => Effect.delay(refusingOld()(request), "1 second"),
        delayed("5 seconds", granted("1 hour"))
      )
      const sending = yield* Effect.fork(sendStream(client))
      yield* atRest
      yield* source.invalidate(yield* source.get)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(sending)).status, 401)
      yield* atRest
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("its 401 is handed through where the renewal fails, and where there is no token any more", () =>
    Effect.gen(function* () {
      const { client, flow, source } = yield* suspected(refusingOld(), wrongKeys, wrongKeys)
      assert.strictEqual((yield* sendStream(client)).status, 401)
      yield* atRest
      assert.strictEqual(flow.sentAt.length, 2)
      const late = yield* suspected((request) => Effect.delay(refusingOld()(request), "1 second"), wrongKeys)
      const sending = yield* Effect.fork(sendStream(late.client))
      yield* atRest
      yield* late.source.invalidate(yield* late.source.get)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(sending)).status, 401)
      assert.strictEqual(yield* served(source), old)
    })
  )
})

it.scoped("F59 its content type may be what no web response can have", () =>
  Effect.gen(function* () {
    const curly = { "content-type": "text/html; charset=“utf-8”" }
    const { client: below } = recordingClient((request) =>
      Effect.sync(() => {
        const response = responseOf(request, { status: 401, body: "no" })
        return Object.defineProperty(response, "headers", { value: Headers.fromInput(curly) })
      })
    )
    const client = yield* clientOf(yield* sourceOf(scriptedFlow()), below)
    const response = yield* client.get("/")
    assert.strictEqual(response.status, 401)
    assert.strictEqual(response.headers["content-type"], curly["content-type"])
    assert.strictEqual(yield* response.text, "no")
  })
)

describe("a 401 that is handed through stays readable", () => {
  /** Handed through, since the replay is refused as well. */
  const refused = (refusal: Answer | Respond, filtered: boolean) =>
    Effect.gen(function* () {
      const { client: below } = recordingClient(refusal)
      const client = yield* Effect.flatMap(sourceOf(scriptedFlow()), (source) =>
        clientOf(source, filtered ? HttpClient.filterStatusOk(below) : below)
      )
      if (!filtered) return yield* client.get("/")
      const error = yield* Effect.flip(client.get("/"))
      assert(error._tag === "ResponseError" && error.reason === "StatusCode")
      return error.response
    })
  const text = JSON.stringify(unauthorized.body)
  const large = "æ".repeat(50_000)
  for (const filtered of [false, true]) {
    const through = filtered ? "in the error of a client below that filters by status" : "as a response"
    it.scoped(`in every way, with its status and headers, ${through}`, () =>
      Effect.gen(function* () {
        const response = yield* refused(unauthorized, filtered)
        assert.strictEqual(response.status, 401)
        assert.strictEqual(response.headers["x-request"], "refused")
        assert.strictEqual(yield* response.text, text)
        assert.deepStrictEqual(yield* response.json, unauthorized.body)
        const streamed = (yield* refused(unauthorized, filtered)).stream
        assert.strictEqual(yield* Stream.mkString(Stream.decodeText(streamed)), text)
        assert.strictEqual((yield* (yield* refused(unauthorized, filtered)).arrayBuffer).byteLength, text.length)
      })
    )

    it.scoped(`empty, not JSON, or the first 64 KiB of more than that, ${through}`, () =>
      Effect.gen(function* () {
        for (const body of [undefined, "", "<html>", "[null]", "null", '"text"', large.slice(0, 32_768)]) {
          assert.strictEqual(yield* (yield* refused({ status: 401, body }, filtered)).text, body ?? "")
        }
        const bytes = yield* (yield* refused({ status: 401, body: large }, filtered)).arrayBuffer
        assert.deepStrictEqual(new Uint8Array(bytes), new TextEncoder().encode(large).subarray(0, 65_536))
      })
    )
  }

  const breaking = (): Answer => ({
    status: 401,
    body: new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("cut")) })
  })
  it.scoped("up to where it breaks off, which is an error about the caller's request", () =>
    Effect.gen(function* () {
      const response = yield* refused((request) => Effect.sync(() => responseOf(request, breaking())), false)
      const error = yield* Effect.flip(response.text)
      assert.deepInclude(error, { _tag: "ResponseError", reason: "Decode" })
      assert.notProperty(error.request.headers, "authorization")
    })
  )

  it.scoped("and one that breaks off is a 401 like any other: F26 the token is renewed", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* suspected((request) => refusingOld(breaking())(request))
      assert.strictEqual((yield* client.get("/")).status, 200)
      assert.strictEqual(requests.length, 2)
    })
  )

  it.scoped("and one that never ends holds the renewal up for five seconds, no longer", () =>
    Effect.gen(function* () {
      const endless: Answer = { status: 401, body: new ReadableStream<Uint8Array>() }
      const { client, requests } = yield* suspected((request) => refusingOld(endless)(request))
      const calling = yield* Effect.fork(client.get("/"))
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(requests.length, 1)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual((yield* Fiber.join(calling)).status, 200)
    })
  )
})

describe("F67 a 401 that is handed on is as it came", () => {
  for (const [name, wire] of httpClients) {
    for (const filtered of [false, true]) {
      it.scopedLive(
        `over ${name}${filtered ? ", below filterStatusOk" : ""}: two cookies, all headers and the body`,
        () =>
          Effect.gen(function* () {
            const cookies = [
              "session=abc; Path=/; HttpOnly",
              "csrf=d,e; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
              "third=3"
            ]
            const server = yield* httpServer((response) => {
              response.writeHead(401, {
                "content-type": "text/plain; charset=utf-8",
                "set-cookie": cookies,
                "www-authenticate": ["Bearer", 'Basic realm="x"'],
                "x-request": "refused"
              })
              response.end("why not, æøå")
            })
            const source = yield* sourceOf(scriptedFlow({ origin: server.url }))
            const client = yield* Effect.flatMap(HttpClient.HttpClient, (below) =>
              clientOf(source, filtered ? HttpClient.filterStatusOk(below) : below)
            )
            const response = yield* Effect.catchTag(client.get("/"), "ResponseError", (error) =>
              Effect.succeed(error.response)
            )
            assert.strictEqual(server.requests.length, 2)
            assert.strictEqual(response.status, 401)
            assert.deepStrictEqual(Object.keys(response.cookies.cookies), ["session", "csrf", "third"])
            assert.strictEqual(response.cookies.pipe(Cookies.getValue("csrf"), Option.getOrUndefined), "d,e")
            assert.include(response.headers["set-cookie"], "third=3")
            assert.strictEqual(response.headers["x-request"], "refused")
            assert.strictEqual(response.headers["www-authenticate"], 'Bearer, Basic realm="x"')
            assert.strictEqual(yield* response.text, "why not, æøå")
          }).pipe(Effect.provide(wire))
      )
    }
  }
})
