/** What comes back: responses and errors that are about the caller's request, as it was before the token was added. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { apiOf, clientOf } from "../fixtures/apiClients.js"
import { sourceOf } from "../fixtures/caches.js"
import { type Answer, type RecordingClient, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

type Request = HttpClientRequest.HttpClientRequest

const asked = HttpClientRequest.post("/payments?a=1", { urlParams: { b: "2" } }).pipe(
  HttpClientRequest.setHeader("x-own", "kept"),
  HttpClientRequest.bodyText("body", "text/plain")
)

/** All of the caller's request, and of ours nothing but the server that it went to. */
const assertAsked = (request: Request) => {
  assert.strictEqual(request.url, "https://vipps.invalid/payments?a=1")
  assert.deepStrictEqual({ ...request.headers }, {
    "x-own": "kept",
    "content-type": "text/plain",
    "content-length": "4"
  } as Record<string, string>)
  assert.deepInclude(request, { method: asked.method, urlParams: asked.urlParams, hash: asked.hash, body: asked.body })
}

const over = (below: HttpClient.HttpClient) =>
  Effect.flatMap(sourceOf(scriptedFlow()), (source) => clientOf(source, below))

const answering = (answer: Answer) =>
  Effect.flatMap(apiOf(scriptedFlow(), answer), ({ client }) => client.execute(asked))

describe("a response", () => {
  it.scoped("is about the caller's request, with status, headers and cookies as they came", () =>
    Effect.gen(function* () {
      const response = yield* answering({
        status: 207,
        headers: { "x-answer": "1", "set-cookie": "session=abc; Path=/" },
        body: { a: 1 }
      })
      assertAsked(response.request)
      assert.strictEqual(response.status, 207)
      assert.strictEqual(response.headers["x-answer"], "1")
      assert.deepNestedInclude(response.cookies.toJSON(), { "cookies.session.value": "abc" })
    })
  )

  it.scoped("can be read in every way, and by every function of HttpClientResponse", () =>
    Effect.gen(function* () {
      const read = <A, E>(
        answer: Answer,
        how: (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<A, E>
      ) => Effect.flatMap(answering(answer), how)
      const json: Answer = { headers: { "content-type": "application/json" }, body: { a: 1 } }
      assert.deepStrictEqual(yield* read(json, (response) => response.json), { a: 1 })
      assert.strictEqual(yield* read(json, (response) => response.text), '{"a":1}')
      assert.strictEqual((yield* read(json, (response) => response.arrayBuffer)).byteLength, 7)
      assert.strictEqual(
        yield* read(json, (response) => Stream.mkString(Stream.decodeText(response.stream))),
        '{"a":1}'
      )
      const A = Schema.Struct({ a: Schema.Number })
      assert.deepStrictEqual(yield* read(json, HttpClientResponse.schemaBodyJson(A)), { a: 1 })
      assert.strictEqual(
        yield* read(
          json,
          HttpClientResponse.matchStatus({ 200: () => Effect.succeed("ok"), orElse: () => Effect.succeed("else") })
        ),
        "ok"
      )
      const form: Answer = { headers: { "content-type": "application/x-www-form-urlencoded" }, body: "a=1&b=2" }
      assert.deepStrictEqual(yield* read(form, (response) => response.urlParamsBody), [
        ["a", "1"],
        ["b", "2"]
      ])
      const formData = yield* read(form, (response) => response.formData)
      assert.strictEqual(formData.get("b"), "2")
    })
  )

  it.scoped("text can be read twice, as that of every other HttpClient", () =>
    Effect.gen(function* () {
      const response = yield* answering({ body: "twice" })
      assert.strictEqual(yield* response.text, "twice")
      assert.strictEqual(yield* response.text, "twice")
    })
  )
})

describe("an error", () => {
  it.scoped(
    "of the transport is about the caller's request, with its reason and description, and F59 a clean copy of its cause",
    () =>
      Effect.gen(function* () {
        const system = Object.assign(new Error("connect ECONNREFUSED 127.0.0.1:1"), { code: "ECONNREFUSED", port: 1 })
        const cause = new TypeError("fetch failed", { cause: system })
        const { client: below } = recordingClient((request) =>
          Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause, description: "refused" }))
        )
        const error = yield* Effect.flip(Effect.flatMap(over(below), (client) => client.execute(asked)))
        assert(error._tag === "RequestError")
        assertAsked(error.request)
        assert.deepInclude(error, { reason: "Transport", description: "refused" })
        assert(error.cause instanceof Error && error.cause.cause instanceof Error)
        assert.deepInclude(error.cause, {
          name: "TypeError",
          message: "fetch failed",
          stack: "TypeError: fetch failed"
        })
        assert.strictEqual(error.cause.cause.message, system.message)
        assert.propertyVal(error.cause.cause, "code", "ECONNREFUSED")
        assert.notProperty(error.cause.cause, "port")
        assert.strictEqual(error.message, "Transport: refused (POST https://vipps.invalid/payments?a=1)")
      })
  )

  for (const status of [400, 401, 403, 500]) {
    it.scoped(`of a client below that filters by status is about the caller's request: ${status}`, () =>
      Effect.gen(function* () {
        const { client: below } = recordingClient({ status, body: "why" })
        const error = yield* Effect.flip(
          Effect.flatMap(over(HttpClient.filterStatusOk(below)), (client) => client.execute(asked))
        )
        assert(error._tag === "ResponseError")
        assertAsked(error.request)
        assertAsked(error.response.request)
        assert.deepInclude(error, { reason: "StatusCode", description: "non 2xx status code" })
        assert.strictEqual(error.response.status, status)
        assert.strictEqual(yield* error.response.text, "why")
      })
    )

    it.scoped(`of a client above that filters by status is about the caller's request: ${status}`, () =>
      Effect.gen(function* () {
        const { client } = yield* apiOf(scriptedFlow(), { status, body: "why" })
        const error = yield* Effect.flip(HttpClient.filterStatusOk(client).execute(asked))
        assert(error._tag === "ResponseError")
        assertAsked(error.request)
        assertAsked(error.response.request)
        assert.strictEqual(yield* error.response.text, "why")
      })
    )
  }

  const breaking = (): RecordingClient =>
    recordingClient((request) =>
      Effect.sync(() =>
        responseOf(request, {
          body: new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("cut")) })
        })
      )
    )
  const reads: Readonly<
    Record<
      string,
      (response: HttpClientResponse.HttpClientResponse) => Effect.Effect<unknown, HttpClientError.ResponseError>
    >
  > = {
    json: (response) => response.json,
    text: (response) => response.text,
    arrayBuffer: (response) => response.arrayBuffer,
    urlParamsBody: (response) => response.urlParamsBody,
    formData: (response) => response.formData,
    stream: (response) => Stream.runDrain(response.stream)
  }
  for (const [how, read] of Object.entries(reads)) {
    it.scoped(`of a body that breaks off is about the caller's request: ${how}`, () =>
      Effect.gen(function* () {
        const client = yield* over(breaking().client)
        const error = yield* Effect.flip(Effect.flatMap(client.execute(asked), read))
        assert(error._tag === "ResponseError")
        assertAsked(error.request)
        assertAsked(error.response.request)
        assert.strictEqual(error.reason, "Decode")
      })
    )
  }
})
