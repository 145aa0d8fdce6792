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
import { apiOf, tokenOf, urlOf } from "../fixtures/apiClients.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
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
      yield* client.get("/epayment/v1/payments/order-1")
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
      yield* client.get("/report/v2/ledgers")
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
