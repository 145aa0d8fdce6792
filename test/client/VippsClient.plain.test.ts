/** The client as a plain `HttpClient`, and the client of unit tests. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Layer from "effect/Layer"
import {
  isTransient,
  MerchantSerialNumber,
  SpecializedClient,
  StandardClient,
  StandardToken,
  type TokenError,
  Unavailable,
  VippsClient
} from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"
import { clientOf } from "../fixtures/apiClients.js"
import { httpClients } from "../fixtures/httpClients.js"
import { httpServer } from "../fixtures/httpServer.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { granted, rateLimited, rejected, scriptedFlow, unavailable, wrongKeys } from "../fixtures/scriptedFlow.js"

/** A plain client whose token requests are answered so, and how often they were asked. */
const plainOver = (answer: Parameters<ReturnType<typeof scriptedFlow>["otherwise"]>[0]) =>
  Effect.gen(function* () {
    const flow = scriptedFlow()
    flow.otherwise(answer)
    const { client: below, requests } = recordingClient({ status: 503 })
    const client = yield* Effect.flatMap(StandardToken, (source) => clientOf(source, below)).pipe(
      Effect.provide(StandardToken.layerTest({ flow, get: flow.request }))
    )
    const plain: HttpClient.HttpClient = VippsClient.toHttpClient(client)
    return { plain, flow, requests }
  })

describe("toHttpClient", () => {
  const answers = { wrongKeys, rejected, rateLimited: rateLimited("1 minute"), unavailable: unavailable() }
  for (const [what, answer] of Object.entries(answers)) {
    it.effect(`${what}: a RequestError with the token error as its cause, which says what to do`, () =>
      Effect.gen(function* () {
        const { flow, plain, requests } = yield* plainOver(answer)
        const tokenError = yield* Effect.flip(flow.request)
        const request = HttpClientRequest.get("/payments")
        const error = yield* Effect.flip(plain.execute(request))
        assert(HttpClientError.isHttpClientError(error) && error._tag === "RequestError")
        assert.strictEqual(error.request, request)
        assert.deepStrictEqual(error.cause, tokenError)
        assert.strictEqual(error.reason, isTransient(tokenError) ? "Transport" : "Encode")
        assert.include(error.message, tokenError.message)
        assert.include(
          error.message,
          isTransient(tokenError) ? "A later attempt may work." : "Do not retry: the cause has to be fixed first."
        )
        assert.deepStrictEqual(requests, [])
      })
    )

    it.effect(`${what}: retryTransient asks again only where that may help`, () =>
      Effect.gen(function* () {
        const { flow, plain } = yield* plainOver(answer)
        yield* Effect.flip(HttpClient.retryTransient(plain, { times: 2 }).get("/"))
        assert.strictEqual(flow.sentAt.length, what === "wrongKeys" || what === "rejected" ? 1 : 3)
      })
    )
  }

  it.effect("answers and other errors come as they are", () =>
    Effect.gen(function* () {
      const { plain } = yield* plainOver(granted("1 hour"))
      assert.strictEqual((yield* plain.get("/")).status, 503)
      const error = yield* Effect.flip(plain.get("https://evil.example/"))
      assert.deepInclude(error, { _tag: "RequestError", reason: "InvalidUrl" })
      assert.strictEqual((yield* Effect.flip(HttpClient.filterStatusOk(plain).get("/")))._tag, "ResponseError")
    })
  )

  it.effect("a client over a plain one keeps the token error", () =>
    Effect.gen(function* () {
      const { plain } = yield* plainOver(wrongKeys)
      const outer = yield* Effect.flatMap(StandardToken, (source) => clientOf(source, plain)).pipe(
        Effect.provide(
          StandardToken.layerTest({ get: granted("1 hour")({ flow: scriptedFlow(), number: 1, atMillis: 0 }) })
        )
      )
      const error = yield* Effect.flip(outer.get("https://vipps.invalid/"))
      assert(error._tag === "RequestError")
      assert.propertyVal(error.cause, "_tag", "InvalidCredentials")
    })
  )

  for (const [name, wire] of httpClients) {
    it.scopedLive(`withScope over ${name}: the end of the scope hangs up on what was not read`, () =>
      Effect.gen(function* () {
        const closed = yield* Effect.makeLatch()
        const server = yield* httpServer((response) => {
          response.on("close", () => closed.unsafeOpen())
          response.write("first\n")
        })
        const flow = scriptedFlow({ origin: server.url })
        const client = yield* Effect.flatMap(StandardToken, VippsClient.make).pipe(
          Effect.provide(StandardToken.layerTest({ flow, get: flow.request }))
        )
        const plain = HttpClient.withScope(VippsClient.toHttpClient(client))
        yield* Effect.scoped(plain.get("/"))
        yield* closed.await
      }).pipe(Effect.provide(wire))
    )
  }
})

describe("layerHttpClient", () => {
  const emulated = Layer.provideMerge(VippsEmulator.layerConfigProvider(), VippsEmulator.layer)
  const layers = {
    standard: StandardClient.layerHttpClient.pipe(Layer.provide(StandardClient.layerConfig())),
    specialized: SpecializedClient.layerHttpClient.pipe(Layer.provide(SpecializedClient.layerConfig()))
  }
  for (const [flow, layer] of Object.entries(layers)) {
    it.effect(`${flow}: any code that wants an HttpClient sends the token`, () =>
      Effect.gen(function* () {
        const client: HttpClient.HttpClient = yield* HttpClient.HttpClient
        yield* Effect.exit(client.get("/anywhere"))
        const requests = yield* Effect.flatMap(VippsEmulator, (emulator) => emulator.requests)
        assert.match(requests.at(-1)?.headers.authorization ?? "", /^Bearer /)
      }).pipe(Effect.provide(layer), Effect.provide(emulated))
    )
  }

  it.effect("beside the client itself, whichever is merged", () =>
    Effect.gen(function* () {
      const plain = yield* HttpClient.HttpClient
      const client = yield* StandardClient
      for (const one of [plain, client]) assert.strictEqual((yield* one.get("/nowhere")).status, 404)
    }).pipe(
      Effect.provide(StandardClient.layerHttpClient.pipe(Layer.provideMerge(StandardClient.layerConfig()))),
      Effect.provide(emulated)
    )
  )

  it("needs the client alone, and fails with nothing", () => {
    const layer: Layer.Layer<HttpClient.HttpClient, never, StandardClient> = StandardClient.layerHttpClient
    const wired = layer.pipe(Layer.provide(StandardClient.layer), Layer.provide(FetchHttpClient.layer))
    const rest: Layer.Layer<HttpClient.HttpClient, never, StandardToken> = wired
    assert.isDefined(rest)
  })
})

describe("layerTest", () => {
  const clients = { standard: StandardClient, specialized: SpecializedClient }
  for (const [flow, tag] of Object.entries(clients)) {
    it.effect(`${flow}: relative paths are answered by a function, without a token of anybody's`, () =>
      Effect.gen(function* () {
        const seen: Array<string> = []
        const layer = tag.layerTest((request, url) => {
          seen.push(
            `${request.method} ${url.pathname}${url.search} ${request.headers["merchant-serial-number"] ?? "-"}`
          )
          return Response.json({ state: "AUTHORIZED" })
        }) as Layer.Layer<StandardClient | SpecializedClient>
        const state = Effect.gen(function* () {
          const client = yield* tag
          const get = client.get("/payments/1", { urlParams: { page: "2" } })
          const response = yield* get.pipe(VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make("123456")))
          yield* client.post("payments")
          return yield* response.json
        })
        assert.deepStrictEqual(yield* Effect.provide(state, layer), { state: "AUTHORIZED" })
        assert.deepStrictEqual(seen, ["GET /payments/1?page=2 123456", "POST /payments -"])
      })
    )
  }

  it.effect("by an effect that fails with a token error, which reaches the caller as it is", () =>
    Effect.gen(function* () {
      const outage = new Unavailable({ flow: "standard", label: "test", reason: "network" })
      const get = Effect.flatMap(StandardClient, (client) => client.get("/"))
      const error = yield* Effect.flip(
        Effect.provide(
          get,
          StandardClient.layerTest(() => Effect.fail(outage))
        )
      )
      assert.isTrue(Equal.equals(error, outage))
    })
  )

  it.effect("by a promise as well", () =>
    Effect.gen(function* () {
      const response = yield* Effect.flatMap(StandardClient, (client) => client.get("/")).pipe(
        Effect.provide(StandardClient.layerTest(() => Promise.resolve(new Response(null, { status: 404 }))))
      )
      assert.strictEqual(response.status, 404)
    })
  )

  it.effect("by an effect as well, which may fail", () =>
    Effect.gen(function* () {
      const get = Effect.flatMap(StandardClient, (client) => client.get("/"))
      const working = StandardClient.layerTest(() => Effect.succeed(new Response("ok")))
      assert.strictEqual(
        yield* Effect.provide(
          Effect.flatMap(get, ({ text }) => text),
          working
        ),
        "ok"
      )
      const failing = StandardClient.layerTest((request) =>
        Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", description: "no network" }))
      )
      const error = yield* Effect.flip(Effect.provide(get, failing))
      assert.include(error.message, "no network")
      const dying = StandardClient.layerTest(() => {
        throw new Error("a mistake in the test")
      })
      const defect = yield* get.pipe(Effect.provide(dying), Effect.catchAllDefect(Effect.succeed))
      assert.propertyVal(defect, "message", "a mistake in the test")
    })
  )

  for (const round of [1, 2]) {
    it.effect(`a 401 is dealt with as in production, in each layer anew: round ${round}`, () => {
      let sent = 0
      return Effect.gen(function* () {
        const client = yield* StandardClient
        assert.strictEqual((yield* client.get("/")).status, 401)
        assert.strictEqual(sent, 2)
        assert.strictEqual((yield* client.get("/")).status, 401)
        assert.strictEqual(sent, 3)
      }).pipe(
        Effect.provide(
          StandardClient.layerTest(() => {
            sent += 1
            return new Response("no", { status: 401 })
          })
        )
      )
    })
  }

  it.effect("a host of its own is refused as in production", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Effect.flatMap(StandardClient, (client) => client.get("https://evil.example/")))
      assert.deepInclude(error, { _tag: "RequestError", reason: "InvalidUrl" })
    }).pipe(Effect.provide(StandardClient.layerTest(() => new Response())))
  )

  it("fails with what any client fails with", () => {
    const effect: Effect.Effect<unknown, TokenError | HttpClientError.HttpClientError> = Effect.flatMap(
      StandardClient,
      (client) => client.get("/")
    ).pipe(Effect.provide(StandardClient.layerTest(() => new Response())))
    assert.isDefined(effect)
  })
})
