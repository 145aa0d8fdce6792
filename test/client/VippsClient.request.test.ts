/** What an API request carries, by flow, where it goes, and whose request responses and errors are about. */
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as FiberRef from "effect/FiberRef"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { SpecializedClient } from "../../src/specialized/SpecializedClient.js"
import { SpecializedToken } from "../../src/specialized/SpecializedToken.js"
import { StandardClient } from "../../src/standard/StandardClient.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { StandardToken } from "../../src/standard/StandardToken.js"
import { VippsClient } from "../../src/VippsClient.js"
import { MerchantSerialNumber, VippsEnvironment } from "../../src/VippsEnvironment.js"
import { apiOf, clientOf, tokenOf, urlOf } from "../fixtures/apiClients.js"
import { sourceOf } from "../fixtures/caches.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson, httpServer } from "../fixtures/httpServer.js"
import {
  recordedStandardGrant,
  sampleToken,
  specializedGrant,
  standardKeys,
  system,
  systemHeaders
} from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import {
  rateLimited,
  rejected,
  type Answer as ScriptedAnswer,
  scriptedFlow,
  unavailable,
  wrongKeys
} from "../fixtures/scriptedFlow.js"
import { refusingOld } from "../fixtures/suspectedTokens.js"

const credentials = StandardCredentials.make({
  clientId: standardKeys.clientId,
  clientSecret: Redacted.make(standardKeys.clientSecret),
  subscriptionKey: Redacted.make(standardKeys.subscriptionKey),
  merchantSerialNumber: MerchantSerialNumber.make("123456")
})

const authorization = `Bearer ${sampleToken}`

const standard = (options: Parameters<typeof standardFlowOver>[1] = {}) =>
  Effect.flatMap(
    standardFlowOver(recordingClient({ body: recordedStandardGrant }).client, { credentials, ...options }),
    (flow) => apiOf(flow)
  )

const specialized = (options: Parameters<typeof specializedFlowOver>[1] = {}) =>
  Effect.flatMap(specializedFlowOver(recordingClient({ body: specializedGrant }).client, options), (flow) =>
    apiOf(flow)
  )

const failing = (answer: ScriptedAnswer) => {
  const flow = scriptedFlow()
  flow.otherwise(answer)
  return flow
}

/** What a request has before anybody adds to it. */
const own: Record<string, string> = { ...HttpClientRequest.get("/").headers }

/** As a plain object: platform's carries redaction in its prototype. */
const headersOf = (request: HttpClientRequest.HttpClientRequest | undefined): Record<string, string> => ({
  ...request?.headers
})

describe("headers", () => {
  it.scoped("standard: token, subscription key, merchant serial number and system headers, and no more", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard({ system })
      yield* client.get("/epayment/v1/payments/order-1001")
      assert.deepStrictEqual(headersOf(requests[0]), {
        ...own,
        authorization,
        "ocp-apim-subscription-key": standardKeys.subscriptionKey,
        "merchant-serial-number": "123456",
        ...systemHeaders
      })
    })
  )

  it.scoped("specialized: token and system headers, and no more", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* specialized({ system })
      yield* client.get("/settlement/v1/ledgers")
      assert.deepStrictEqual(headersOf(requests[0]), { ...own, authorization, ...systemHeaders })
    })
  )

  it.scoped("without merchant serial number and system in the flow, none is sent", () =>
    Effect.gen(function* () {
      const bare = StandardCredentials.make({
        clientId: standardKeys.clientId,
        clientSecret: Redacted.make(standardKeys.clientSecret),
        subscriptionKey: Redacted.make(standardKeys.subscriptionKey)
      })
      const { client, requests } = yield* standard({ credentials: bare })
      yield* client.get("/")
      assert.deepStrictEqual(headersOf(requests[0]), {
        ...own,
        authorization,
        "ocp-apim-subscription-key": standardKeys.subscriptionKey
      })
    })
  )

  it.scoped("the caller's own headers win, whatever their case; Authorization alone is replaced", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard({ system })
      yield* client.get("/", {
        headers: {
          Authorization: "Bearer of-another",
          "Ocp-Apim-Subscription-Key": "the-caller's",
          "Merchant-Serial-Number": "999999",
          "Vipps-System-Name": "callers-own",
          "Idempotency-Key": "key-1"
        }
      })
      assert.deepInclude(headersOf(requests[0]), {
        authorization,
        "ocp-apim-subscription-key": "the-caller's",
        "merchant-serial-number": "999999",
        "vipps-system-name": "callers-own",
        "vipps-system-version": systemHeaders["vipps-system-version"],
        "idempotency-key": "key-1"
      })
    })
  )

  it.scoped("a token set by the user's mapRequest is replaced as well", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard()
      yield* HttpClient.mapRequest(client, HttpClientRequest.bearerToken("of-another")).get("/")
      assert.strictEqual(requests[0]?.headers.authorization, authorization)
    })
  )

  it.scoped(
    "withMerchantSerialNumber: one token, each request for its own merchant, and none outlasts its effect",
    () =>
      Effect.gen(function* () {
        const { client, requests } = yield* standard()
        const merchants = ["234567", "345678", "4567"]
        yield* Effect.forEach(
          merchants,
          (merchant) =>
            client.get(`/${merchant}`).pipe(VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make(merchant))),
          { concurrency: "unbounded" }
        )
        for (const merchant of merchants) {
          const request = requests.find(({ url }) => url.endsWith(`/${merchant}`))
          assert.strictEqual(request?.headers["merchant-serial-number"], merchant)
        }
        yield* client.get("/after")
        assert.strictEqual(requests.at(-1)?.headers["merchant-serial-number"], "123456")
        assert.strictEqual(new Set(requests.map(tokenOf)).size, 1)
      })
  )

  it.scoped("withMerchantSerialNumber: the caller's own header wins over it", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard()
      yield* client
        .get("/", { headers: { "Merchant-Serial-Number": "999999" } })
        .pipe(VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make("234567")))
      assert.strictEqual(requests[0]?.headers["merchant-serial-number"], "999999")
    })
  )
})

describe("F66 the caller's Host is dropped", () => {
  for (const name of ["host", "Host", "HOST", "hOsT"]) {
    it.scoped(`${name}, however it was set`, () =>
      Effect.gen(function* () {
        const { client, requests } = yield* standard()
        const unchecked = HttpClientRequest.get("/")
        const ways = [
          HttpClientRequest.get("/", { headers: { [name]: "evil.example", "x-own": "kept" } }),
          HttpClientRequest.setHeader(
            HttpClientRequest.get("/", { headers: { "x-own": "kept" } }),
            name,
            "evil.example"
          ),
          // Names that nobody has put into lower case.
          Object.assign(Object.create(Object.getPrototypeOf(unchecked)), unchecked, {
            headers: Headers.unsafeFromRecord({
              [name]: "evil.example",
              "X-Own": "kept",
              Authorization: "Bearer other"
            })
          })
        ]
        for (const request of ways) {
          yield* client.execute(request)
          const headers = headersOf(requests.at(-1))
          assert.deepInclude(headers, { "x-own": "kept", authorization })
          assert.deepStrictEqual(
            Object.keys(headers).filter((key) => /^(host|authorization)$/i.test(key)),
            ["authorization"]
          )
        }
      })
    )
  }

  for (const [name, below] of httpClients) {
    it.scopedLive(`over ${name}: the server gets its own`, () =>
      Effect.gen(function* () {
        const server = yield* httpServer(answerJson({}))
        const client = yield* Effect.flatMap(HttpClient.HttpClient, (wire) =>
          Effect.flatMap(sourceOf(scriptedFlow({ origin: server.url })), (source) => clientOf(source, wire))
        )
        const mapped = HttpClient.mapRequest(client, HttpClientRequest.setHeader("HOST", "evil.example"))
        yield* mapped.get("/", { headers: { Host: "evil.example" } })
        assert.strictEqual(server.requests[0]?.headers.host, new URL(server.url).host)
      }).pipe(Effect.provide(below))
    )
  }
})

describe("F68 a merchant serial number that nobody has checked", () => {
  const values: ReadonlyArray<unknown> = [
    "12 34",
    "123",
    "12345678901",
    "1234\r\nx-evil: 1",
    "",
    "١٢٣٤",
    123456,
    null,
    { toString: () => "123456" },
    ["123456"],
    Symbol("123456")
  ]
  for (const value of values) {
    it.scoped(
      `${typeof value} ${String(JSON.stringify(value))} fails with the rule, sends nothing and prints nothing`,
      () =>
        Effect.gen(function* () {
          const { client, requests } = yield* standard()
          // As a caller in JavaScript may do.
          const unchecked = value as MerchantSerialNumber
          const error = yield* Effect.flip(client.get("/").pipe(VippsClient.withMerchantSerialNumber(unchecked)))
          assert.deepInclude(error, { _tag: "RequestError", reason: "Encode" })
          assert.include(error.message, "4 to 10 digits")
          if (value !== "") assert.notInclude(`${error.message} ${JSON.stringify(error)}`, String(value))
          assert.deepStrictEqual(requests, [])
        })
    )
  }
})

describe("withoutSubscriptionKey", () => {
  it.scoped("leaves the subscription key out of the requests within, and nothing else", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard({ system })
      yield* VippsClient.withoutSubscriptionKey(client.get("/vipps-userinfo-api/userinfo/1"))
      assert.deepStrictEqual(headersOf(requests[0]), {
        ...own,
        authorization,
        "merchant-serial-number": "123456",
        ...systemHeaders
      })
      yield* client.get("/")
      assert.property(headersOf(requests[1]), "ocp-apim-subscription-key")
    })
  )

  it.scoped("goes together with withMerchantSerialNumber, in either order", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard()
      const merchant = VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make("234567"))
      yield* client.get("/").pipe(merchant, VippsClient.withoutSubscriptionKey)
      yield* client.get("/").pipe(VippsClient.withoutSubscriptionKey, merchant)
      for (const request of requests) {
        assert.deepStrictEqual(headersOf(request), { ...own, authorization, "merchant-serial-number": "234567" })
      }
    })
  )

  it.scoped("keeps a key that the caller has set", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard()
      const headers = { "Ocp-Apim-Subscription-Key": "the-caller's" }
      yield* VippsClient.withoutSubscriptionKey(client.get("/", { headers }))
      assert.strictEqual(requests[0]?.headers["ocp-apim-subscription-key"], "the-caller's")
    })
  )

  it.scoped("counts for the replay as well", () =>
    Effect.gen(function* () {
      const flow = { ...scriptedFlow(), apiHeaders: Redacted.make({ "ocp-apim-subscription-key": "a-key" }) }
      const { client, requests } = yield* apiOf(flow, refusingOld())
      assert.strictEqual((yield* VippsClient.withoutSubscriptionKey(client.get("/"))).status, 200)
      assert.strictEqual(requests.length, 2)
      for (const request of requests) assert.notProperty(headersOf(request), "ocp-apim-subscription-key")
    })
  )
})

it.scoped(
  "F36 F66 F68 a flow whose headers are named in capitals is like any other, and sets no server and no login",
  () =>
    Effect.gen(function* () {
      const apiHeaders = Redacted.make({
        "Ocp-Apim-Subscription-Key": "a-key",
        "Merchant-Serial-Number": "111111",
        Authorization: "Basic x",
        Host: "evil.example"
      })
      const { client, requests } = yield* apiOf({ ...scriptedFlow(), apiHeaders })
      yield* client.get("/x")
      yield* client
        .get("/x")
        .pipe(
          VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make("222222")),
          VippsClient.withoutSubscriptionKey
        )
      const authorization = "Bearer scripted-1"
      assert.deepStrictEqual(
        requests.map(({ headers }): Record<string, string> => ({ ...headers })),
        [
          { "ocp-apim-subscription-key": "a-key", "merchant-serial-number": "111111", authorization },
          { "merchant-serial-number": "222222", authorization }
        ]
      )
    })
)

it.scoped("a header of the flow's own, such as Psp-Id, is sent; the caller's wins", () =>
  Effect.gen(function* () {
    const { client, requests } = yield* apiOf({ ...scriptedFlow(), apiHeaders: Redacted.make({ "psp-id": "7001" }) })
    yield* client.get("/")
    yield* client.get("/", { headers: { "Psp-Id": "7002" } })
    assert.deepStrictEqual(
      requests.map(({ headers }) => headers["psp-id"]),
      ["7001", "7002"]
    )
  })
)

describe("paths", () => {
  const cases: ReadonlyArray<readonly [base: string, asked: string, sent: string]> = [
    ["https://api.vipps.no", "/epayment/v1/payments", "https://api.vipps.no/epayment/v1/payments"],
    ["https://api.vipps.no", "epayment/v1/payments", "https://api.vipps.no/epayment/v1/payments"],
    ["https://proxy.example/vipps", "/epayment/v1", "https://proxy.example/vipps/epayment/v1"],
    ["https://proxy.example/vipps/", "/epayment/v1", "https://proxy.example/vipps/epayment/v1"],
    ["https://proxy.example/vipps/", "epayment/v1", "https://proxy.example/vipps/epayment/v1"],
    ["https://proxy.example/vipps", "", "https://proxy.example/vipps/"],
    ["https://proxy.example/vipps", "/?a=1", "https://proxy.example/vipps/?a=1"],
    ["https://api.vipps.no", "/payments:batch", "https://api.vipps.no/payments:batch"],
    ["https://api.vipps.no", "/a%2Fb/é", "https://api.vipps.no/a%2Fb/%C3%A9"],
    ["https://api.vipps.no", "https://api.vipps.no/next?page=2", "https://api.vipps.no/next?page=2"],
    [
      "https://proxy.example/vipps",
      "https://proxy.example/vipps/next?a=../..",
      "https://proxy.example/vipps/next?a=../.."
    ],
    ["https://proxy.example/vipps", "https://proxy.example/vipps", "https://proxy.example/vipps"],
    ["https://proxy.example/vipps", "/a/../b%2Fc", "https://proxy.example/vipps/b%2Fc"],
    ["https://proxy.example/vipps", "/100%25#../..", "https://proxy.example/vipps/100%25#../.."],
    ["https://api.vipps.no", "HTTPS://API.vipps.NO:443/next", "https://api.vipps.no/next"]
  ]
  for (const [base, asked, sent] of cases) {
    it.scoped(`"${asked}" below ${base}`, () =>
      Effect.gen(function* () {
        const { client, requests } = yield* standard({ environment: VippsEnvironment.custom(base) })
        yield* client.get(asked)
        assert.strictEqual(urlOf(requests[0]), sent)
      })
    )
  }

  it.scoped("method, body, query and hash arrive as the caller gave them", () =>
    Effect.gen(function* () {
      const { client, requests } = yield* standard()
      const request = HttpClientRequest.patch("/path?a=1", { urlParams: { b: "2 3", c: ["4", "5"] } }).pipe(
        HttpClientRequest.setHash("part"),
        HttpClientRequest.bodyText("body", "text/plain")
      )
      yield* client.execute(request)
      assert.strictEqual(urlOf(requests[0]), "https://apitest.vipps.no/path?a=1&b=2+3&c=4&c=5#part")
      assert.strictEqual(requests[0]?.method, "PATCH")
      assert.strictEqual(requests[0]?.body, request.body)
    })
  )
})

describe("F29 without a token", () => {
  const answers = { InvalidCredentials: wrongKeys, RateLimited: rateLimited("1 minute"), RequestRejected: rejected }
  for (const [tag, answer] of Object.entries({ ...answers, Unavailable: unavailable() })) {
    it.effect(`${tag}: nothing is sent, and it is the request's own error`, () =>
      Effect.gen(function* () {
        const { client: below, requests } = recordingClient({})
        const error = yield* Effect.flip(failing(answer).request)
        const layers = Layer.merge(
          Layer.provide(StandardClient.layer, StandardToken.layerTest(error)),
          Layer.provide(SpecializedClient.layer, SpecializedToken.layerTest(error))
        ).pipe(Layer.provide(Layer.succeed(HttpClient.HttpClient, below)))
        const [standard, specialized] = yield* Effect.all([StandardClient, SpecializedClient]).pipe(
          Effect.provide(layers)
        )
        assert.strictEqual(yield* Effect.flip(standard.post("/payments")), error)
        assert.strictEqual(yield* Effect.flip(specialized.get("/ledgers")), error)
        assert.strictEqual(error._tag, tag as typeof error._tag)
        assert.deepStrictEqual(requests, [])
      })
    )
  }
})

describe("F36 below the layer of a client", () => {
  const clients = {
    standard: StandardClient.layer.pipe(Layer.provide(StandardToken.layerTest({}))),
    specialized: SpecializedClient.layer.pipe(Layer.provide(SpecializedToken.layerTest({})))
  }
  const names = FiberRef.get(Headers.currentRedactedNames)
  for (const [flow, layer] of Object.entries<Layer.Layer<never, never, HttpClient.HttpClient>>(clients)) {
    it.effect(`${flow}: the user's own requests with the keys in them show none in their spans`, () =>
      Effect.gen(function* () {
        const before = yield* names
        const within = yield* names.pipe(Effect.provide(layer))
        assert.deepStrictEqual(within, [...before, "client_id", "client_secret", "ocp-apim-subscription-key"])
        assert.deepStrictEqual(yield* names, before)
      }).pipe(Effect.provideService(HttpClient.HttpClient, recordingClient({}).client))
    )
  }
})
