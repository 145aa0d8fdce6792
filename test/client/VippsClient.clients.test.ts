/** Over every `HttpClient` of @effect/platform and @effect/platform-node, and with all that these can do. */
import { createServer } from "node:http"
import * as HttpApi from "@effect/platform/HttpApi"
import * as HttpApiClient from "@effect/platform/HttpApiClient"
import * as HttpApiEndpoint from "@effect/platform/HttpApiEndpoint"
import type * as HttpApiError from "@effect/platform/HttpApiError"
import * as HttpApiGroup from "@effect/platform/HttpApiGroup"
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { SpecializedClient, StandardClient, StandardToken, type TokenError } from "effect-vipps-token"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"
import { apiOf, clientOf } from "../fixtures/apiClients.js"
import { sourceOf } from "../fixtures/caches.js"
import { httpClients } from "../fixtures/httpClients.js"
import { type Handler, httpServer } from "../fixtures/httpServer.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { recordingTracer } from "../fixtures/recordingTracer.js"
import { rateLimited, scriptedFlow, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"

const payments = "/epayment/v1/payments"

const payment = {
  reference: "order-2002",
  amount: { currency: "NOK", value: 49900 },
  paymentMethod: { type: "WALLET" },
  userFlow: "WEB_REDIRECT",
  returnUrl: "https://example.com/orders/1001"
}

const create = HttpClientRequest.post(payments).pipe(HttpClientRequest.setHeader("idempotency-key", "key-1"))

/** Part of ePayment, as a user would write it down. */
const EPayment = HttpApi.make("epayment").add(
  HttpApiGroup.make("payments").add(
    HttpApiEndpoint.get("get", "/epayment/v1/payments/:reference")
      .setPath(Schema.Struct({ reference: Schema.String }))
      .addSuccess(Schema.Struct({ state: Schema.String }))
  )
)

const Server = VippsEmulator.layerServer.pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
)

for (const [name, Below] of httpClients) {
  describe(`over ${name}`, () => {
    const Live = Layer.mergeAll(StandardClient.layerConfig(), SpecializedClient.layerConfig()).pipe(
      Layer.provideMerge(Layer.fresh(StandardToken.layerConfig())),
      Layer.provide(VippsEmulator.layerConfigProvider()),
      Layer.provideMerge(Layer.merge(Server, Below))
    )

    it.effect("a payment is created, approved, captured and read; a report is read with the other token", () =>
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const client = HttpClient.filterStatusOk(yield* StandardClient)
        yield* client.execute(HttpClientRequest.bodyUnsafeJson(create, payment))
        yield* emulator.approve(payment.reference)
        const capture = yield* client.post(`${payments}/order-2002/capture`, {
          headers: { "idempotency-key": "key-2" },
          body: HttpClientRequest.bodyUnsafeJson(create, { modificationAmount: payment.amount }).body
        })
        assert.deepNestedInclude(yield* capture.json, { "aggregate.capturedAmount.value": 49900 })
        const read = yield* client.get(`${payments}/order-2002`)
        assert.deepInclude(yield* read.json, { reference: "order-2002", state: "AUTHORIZED" })
        const ledgers = yield* Effect.flatMap(SpecializedClient, (client) => client.get("/settlement/v1/ledgers"))
        assert.strictEqual(ledgers.status, 200)
        assert.strictEqual((yield* emulator.tokenRequests).length, 2)
      }).pipe(Effect.provide(Live))
    )

    it.effect("F9 a hundred parallel requests with a revoked token cost one token request, and all succeed", () =>
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const client = yield* StandardClient
        const get = Effect.map(client.get(`${payments}/order-1001`), (response) => response.status)
        assert.strictEqual(yield* get, 200)
        for (const { headers } of yield* emulator.requests) {
          if (headers.authorization !== undefined) yield* emulator.revoke(headers.authorization.replace("Bearer ", ""))
        }
        yield* TestClock.adjust("1 minute")
        yield* emulator.clearRequests
        const statuses = yield* Effect.all(
          Array.from({ length: 100 }, () => get),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual([...new Set(statuses)], [200])
        assert.strictEqual((yield* emulator.tokenRequests).length, 1)
      }).pipe(Effect.provide(Live))
    )

    it.effect("a request body can be a stream", () =>
      Effect.gen(function* () {
        const client = yield* StandardClient
        const pieces = [...JSON.stringify(payment)].map((piece) => new TextEncoder().encode(piece))
        const body = Stream.fromIterable(pieces)
        const response = yield* client.execute(
          HttpClientRequest.bodyStream(create, body, { contentType: "application/json" })
        )
        assert.strictEqual(response.status, 201)
        assert.deepInclude(yield* response.json, { reference: "order-2002" })
      }).pipe(Effect.provide(Live))
    )

    it.effect("HttpApiClient takes it, and its calls tell of TokenError", () =>
      Effect.gen(function* () {
        const api = yield* HttpApiClient.makeWith(EPayment, { httpClient: yield* StandardClient })
        const call: Effect.Effect<
          { readonly state: string },
          TokenError | HttpClientError.HttpClientError | HttpApiError.HttpApiDecodeError | ParseResult.ParseError
        > = api.payments.get({ path: { reference: "order-1001" } })
        assert.deepStrictEqual(yield* call, { state: "AUTHORIZED" })
        const { refuse, credentials } = yield* VippsEmulator
        yield* refuse(credentials.standard)
        const error = yield* Effect.flip(api.payments.get({ path: { reference: "order-1001" } }))
        assert.strictEqual(error._tag, "InvalidCredentials")
      }).pipe(Effect.provide(Live))
    )

    it.effect("the trace goes with the request; withTracerPropagation leaves it out", () =>
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const client = yield* StandardClient
        const { spans, tracer } = recordingTracer()
        yield* client.get(`${payments}/order-1001`).pipe(Effect.withSpan("checkout"), Effect.withTracer(tracer))
        yield* HttpClient.withTracerPropagation(client, false)
          .get(`${payments}/order-1001`)
          .pipe(Effect.withSpan("checkout"), Effect.withTracer(tracer))
        const [traced, untraced] = (yield* emulator.requests).filter(({ method }) => method === "GET")
        assert.match(traced?.headers.traceparent ?? "", /^00-4bf92f3577b34da6a3ce929d0e0e4736-/)
        assert.isUndefined(untraced?.headers.traceparent)
        assert.deepStrictEqual(
          spans.map(({ name }) => name).filter((name) => name !== "TokenFlow.request"),
          ["checkout", "http.client GET", "checkout", "http.client GET"]
        )
      }).pipe(Effect.provide(Live))
    )

    /** The client over a server that does so, and what tells that it was hung up on. */
    const wired = (handler: Handler) =>
      Effect.gen(function* () {
        const closed = yield* Effect.makeLatch()
        const server = yield* httpServer((response, request) => {
          response.on("close", () => closed.unsafeOpen())
          handler(response, request)
        })
        const source = yield* sourceOf(scriptedFlow({ origin: server.url }))
        const client = yield* Effect.flatMap(HttpClient.HttpClient, (wire) => clientOf(source, wire))
        return { client, closed: closed.await, server }
      })

    it.scopedLive("a response body is read as it comes, and given up when its reader has enough", () =>
      Effect.gen(function* () {
        const { client, closed } = yield* wired((response) => response.write("first\n"))
        const response = yield* client.get("/report")
        const lines = response.stream.pipe(Stream.decodeText(), Stream.splitLines, Stream.take(1), Stream.runCollect)
        assert.deepStrictEqual([...(yield* lines)], ["first"])
        yield* closed
      }).pipe(Effect.provide(Below))
    )

    it.scopedLive("withScope: the end of the scope hangs up on what was not read", () =>
      Effect.gen(function* () {
        const { client, closed } = yield* wired((response) => response.write("first\n"))
        const scoped = HttpClient.withScope(client)
        const status = yield* Effect.scoped(Effect.map(scoped.get("/report"), (response) => response.status))
        assert.strictEqual(status, 200)
        yield* closed
      }).pipe(Effect.provide(Below))
    )
  })
}

describe("combinators", () => {
  it.scoped("retryTransient sends again what failed in passing", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      const client = HttpClient.retryTransient(yield* StandardClient, { times: 3 })
      yield* emulator.faultApi(Fault.internalServerError, 2)
      assert.strictEqual((yield* client.get(`${payments}/order-1001`)).status, 200)
      yield* emulator.faultApi(Fault.cutConnection, 2)
      assert.strictEqual((yield* client.get(`${payments}/order-1001`)).status, 200)
      assert.strictEqual((yield* emulator.requests).filter(({ method }) => method === "GET").length, 6)
    }).pipe(
      Effect.provide(
        StandardClient.layerConfig().pipe(
          Layer.provide(VippsEmulator.layerConfigProvider()),
          Layer.provideMerge(VippsEmulator.layer)
        )
      )
    )
  )

  for (const [what, answer] of Object.entries({ wrongKeys, unavailable: unavailable(), rateLimited: rateLimited() })) {
    it.effect(`retryTransient does not ask again for a token that is not to be had: ${what}`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow()
        flow.otherwise(answer)
        const { client: below, requests } = recordingClient({})
        const client = yield* Effect.flatMap(StandardToken, (source) => clientOf(source, below)).pipe(
          Effect.provide(StandardToken.layerTest({ flow, get: flow.request }))
        )
        yield* Effect.flip(HttpClient.retryTransient(client, { times: 3 }).get("/"))
        assert.strictEqual(flow.sentAt.length, 1)
        assert.deepStrictEqual(requests, [])
      })
    )
  }

  it.scoped("catchTags takes the token errors apart from those of the transport", () =>
    Effect.gen(function* () {
      const { client } = yield* apiOf(scriptedFlow(), { status: 503 })
      const caught: HttpClient.HttpClient.With<
        Exclude<TokenError, { _tag: "Expired" }> | HttpClientError.RequestError
      > = client.pipe(
        HttpClient.filterStatusOk,
        HttpClient.catchTags({
          ResponseError: ({ response }) => Effect.succeed(response),
          Expired: ({ cause }) => Effect.fail(cause)
        })
      )
      assert.strictEqual((yield* caught.get("/")).status, 503)
    })
  )
})
