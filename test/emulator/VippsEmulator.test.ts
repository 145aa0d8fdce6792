import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import {
  AccessToken,
  MerchantSerialNumber,
  SpecializedCredentials,
  SpecializedFlow,
  StandardCredentials,
  StandardFlow,
  TokenCache,
  VippsEnvironment
} from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"
import * as Contract from "../../src/internal/emulator/wire/tokenContract.js"
import {
  askSpecialized,
  askStandard,
  basic,
  decodeBody,
  emulated,
  getLedgers,
  getPayment,
  type Headers,
  send,
  standardHeaders,
  statusOf,
  tokenOf
} from "../fixtures/emulatorRequests.js"

describe("POST /accesstoken/get", () => {
  it.effect("grants as the recorded answer did: strings, one second short, issued five minutes ago", () =>
    emulated(
      Effect.gen(function* () {
        yield* TestClock.setTime(1_625_809_946_000)
        const response = yield* askStandard()
        const grant = yield* decodeBody(response, Contract.StandardGrant)

        assert.strictEqual(response.status, 200)
        assert.deepStrictEqual(
          { ...grant, access_token: "" },
          {
            token_type: "Bearer",
            expires_in: "3599",
            ext_expires_in: "3599",
            expires_on: "1625813545",
            not_before: "1625809646",
            resource: "00000002-0000-0000-c000-000000000000",
            access_token: ""
          }
        )
        assert.strictEqual(response.headers["content-type"], "application/json; charset=utf-8")
        assert.strictEqual(response.headers["cache-control"], "no-store, no-cache")
        assert.strictEqual(response.headers.pragma, "no-cache")
        assert.strictEqual(response.headers.date, "Fri, 09 Jul 2021 05:52:26 GMT")
      })
    )
  )

  it.effect("accepts any case of the path, any body, and empty or unknown headers", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        const tolerated = {
          ...standardHeaders(credentials.standard),
          authorization: "Bearer ",
          "vipps-system-name": "",
          "idempotency-key": "1",
          "x-unknown": "yes"
        }
        for (const path of ["/accesstoken/get", "/accessToken/get", "/ACCESSTOKEN/GET"]) {
          for (const body of [undefined, "", "{}", "grant_type=client_credentials"]) {
            assert.strictEqual(yield* statusOf(send("POST", path, tolerated, body)), 200, `${path} ${body}`)
          }
        }
      })
    )
  )

  it.effect("answers 404 to other methods and paths", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        const headers = standardHeaders(credentials.standard)
        for (const answer of [
          yield* send("GET", "/accesstoken/get", headers),
          yield* send("POST", "/recurring/accesstoken/get", headers),
          yield* send("POST", "/accesstoken/get/", headers)
        ]) {
          const body = yield* decodeBody(answer, Contract.GatewayError)
          assert.strictEqual(answer.status, 404)
          assert.strictEqual(body.responseInfo.responseMessage, "APIM Resource Not Found")
        }
      })
    )
  )

  it.effect("checks subscription key, then client id, then secret", () =>
    emulated(
      Effect.gen(function* () {
        const subscriptionKey = "ocp-apim-subscription-key"
        const noId = { client_id: undefined }
        const noSecret = { client_secret: undefined }
        const refusals: ReadonlyArray<readonly [Headers, number, string]> = [
          [{ [subscriptionKey]: undefined, ...noId, ...noSecret }, 401, "missing subscription key"],
          [{ [subscriptionKey]: "", client_id: "wrong" }, 401, "missing subscription key"],
          [{ [subscriptionKey]: "wrong", ...noId }, 401, "invalid subscription key"],
          [{ ...noId, ...noSecret }, 400, "invalid_request"],
          [{ client_id: "wrong", ...noSecret }, 400, "unauthorized_client"],
          [noSecret, 401, "AADSTS7000218"],
          [{ client_secret: "wrong" }, 401, "AADSTS7000215"]
        ]
        for (const [headers, status, text] of refusals) {
          const response = yield* askStandard(headers)
          assert.strictEqual(response.status, status, text)
          assert.include(yield* response.text, text)
        }
      })
    )
  )

  it.effect("refuses keys in the shapes of API Management and of Entra", () =>
    emulated(
      Effect.gen(function* () {
        const gateway = yield* askStandard({ "ocp-apim-subscription-key": "wrong" })
        const entra = yield* askStandard({ client_secret: "wrong" })

        assert.deepInclude(yield* decodeBody(gateway, Contract.ApiManagementError), { statusCode: 401 })
        const refusal = yield* decodeBody(entra, Contract.EntraError)
        assert.strictEqual(refusal.error, "invalid_client")
        assert.match(
          refusal.error_description,
          /^AADSTS7000215: .+\r\nTrace ID: .+\r\nCorrelation ID: .+\r\nTimestamp: /
        )
        assert.strictEqual(refusal.timestamp, "1970-01-01 00:00:00Z")
        assert.include(refusal.error_description, refusal.trace_id)
        assert.strictEqual(refusal.error_uri, "https://login.windows.net/error?code=7000215")
      })
    )
  )
})

describe("POST /miami/v1/token", () => {
  it.effect("grants 900 seconds as a number, without the extra fields of the standard flow", () =>
    emulated(
      Effect.gen(function* () {
        const response = yield* askSpecialized()
        const grant = yield* decodeBody(response, Contract.SpecializedGrant)

        assert.deepStrictEqual(
          { ...grant, access_token: "" },
          { access_token: "", token_type: "Bearer", expires_in: 900 }
        )
      })
    )
  )

  it.effect("also answers at the announced path, in any case", () =>
    emulated(
      Effect.gen(function* () {
        for (const path of ["/authentication/v1/token", "/Miami/v1/Token"]) {
          assert.strictEqual(yield* statusOf(askSpecialized({}, "grant_type=client_credentials", path)), 200)
        }
      })
    )
  )

  it.effect("echoes the requested scope, and refuses a malformed one", () =>
    emulated(
      Effect.gen(function* () {
        const form = (scope: string) => new URLSearchParams({ grant_type: "client_credentials", scope }).toString()
        const granted = yield* askSpecialized({}, form("donations:read donations:write"))
        const refused = yield* askSpecialized({}, form('donations"read'))

        assert.deepInclude(yield* granted.json, { scope: "donations:read donations:write" })
        assert.strictEqual(refused.status, 400)
        assert.strictEqual((yield* decodeBody(refused, Contract.OAuthError)).error, "invalid_scope")
      })
    )
  )

  it.effect("answers every malformed request with invalid_client", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        const id = Redacted.value(credentials.specialized.clientId)
        const secret = Redacted.value(credentials.specialized.clientSecret)
        const form = "grant_type=client_credentials"
        const wrong: ReadonlyArray<readonly [string, Headers, string]> = [
          ["no grant_type", {}, ""],
          ["another grant_type", {}, "grant_type=password"],
          ["a subscription key", { "ocp-apim-subscription-key": "any" }, form],
          ["no authorization", { authorization: undefined }, form],
          ["no Base64", { authorization: "Basic ???" }, form],
          ["no colon", { authorization: `Basic ${Buffer.from("id").toString("base64")}` }, form],
          ["a wrong id", { authorization: basic("wrong", secret) }, form],
          ["a wrong secret", { authorization: basic(id, "wrong") }, form],
          ["a percent-encoded secret", { authorization: basic(id, encodeURIComponent(secret)) }, form]
        ]
        for (const [what, headers, body] of wrong) {
          const response = yield* askSpecialized(headers, body)
          assert.strictEqual(response.status, 401, what)
          assert.strictEqual((yield* decodeBody(response, Contract.OAuthError)).error, "invalid_client", what)
          assert.match(response.headers["www-authenticate"] ?? "", /^Basic /)
        }
      })
    )
  )

  it.effect("reads the secret as UTF-8, including colons", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const secret = "a:b%3D+æøå€"
        yield* emulator.accept(SpecializedCredentials.make({ clientId: "id", clientSecret: Redacted.make(secret) }))

        assert.strictEqual(yield* statusOf(askSpecialized({ authorization: basic("id", secret) })), 200)
      })
    )
  )
})

describe("tokens", () => {
  it.effect("are JWTs with the length and claims of real ones, and unique ids", () =>
    emulated(
      Effect.gen(function* () {
        yield* TestClock.setTime(1_700_000_000_000)
        const token = yield* Effect.flatMap(askStandard(), tokenOf)
        const [header, payload, signature] = token.split(".").map((part) => Buffer.from(part, "base64url"))

        assert.isAtLeast(token.length, 1000)
        assert.match(token, /^[\w-]+\.[\w-]+\.[\w-]+$/)
        assert.deepInclude(JSON.parse(String(header)), { typ: "JWT", alg: "RS256" })
        assert.strictEqual(signature?.length, 32)
        assert.deepInclude(JSON.parse(String(payload)), { iat: 1_699_999_700, nbf: 1_699_999_700, exp: 1_700_003_600 })

        const uti = (text: string) => JSON.parse(Buffer.from(text.split(".")[1] ?? "", "base64url").toString()).uti
        assert.notStrictEqual(uti(token), uti(yield* Effect.flatMap(askStandard(), tokenOf)))
      })
    )
  )

  it.effect("are new on each request, and earlier ones keep working", () =>
    emulated(
      Effect.gen(function* () {
        const first = yield* Effect.flatMap(askStandard(), tokenOf)
        const second = yield* Effect.flatMap(askStandard(), tokenOf)

        assert.notStrictEqual(first, second)
        assert.strictEqual(yield* statusOf(getPayment(first)), 200)
        assert.strictEqual(yield* statusOf(getPayment(second)), 200)
      })
    )
  )

  it.effect("expire by the emulator's clock, to the millisecond", () =>
    emulated(
      Effect.gen(function* () {
        const token = yield* Effect.flatMap(askStandard(), tokenOf)
        yield* TestClock.adjust(Duration.millis(3_599_999))
        assert.strictEqual(yield* statusOf(getPayment(token)), 200)
        yield* TestClock.adjust("1 millis")
        assert.strictEqual(yield* statusOf(getPayment(token)), 401)
      })
    )
  )

  it.effect("have the lifetime that the test sets, from the next grant on", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.setLifetime("24 hours", "standard")
        const token = yield* Effect.flatMap(askStandard(), tokenOf)
        assert.deepInclude(yield* Effect.flatMap(askStandard(), (_) => _.json), { expires_in: "86399" })
        assert.deepInclude(yield* Effect.flatMap(askSpecialized(), (_) => _.json), { expires_in: 900 })

        yield* emulator.setLifetime("30 seconds")
        assert.deepInclude(yield* Effect.flatMap(askStandard(), (_) => _.json), { expires_in: "29" })
        assert.deepInclude(yield* Effect.flatMap(askSpecialized(), (_) => _.json), { expires_in: 30 })

        yield* TestClock.adjust("23 hours")
        assert.strictEqual(yield* statusOf(getPayment(token)), 200)
      })
    )
  )

  it.effect("come with numbers or strings, as the test chooses", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.setNumberForm("numbers")
        assert.deepInclude(yield* Effect.flatMap(askStandard(), (_) => _.json), { expires_in: 3599, expires_on: 3599 })
        yield* emulator.setNumberForm("strings", "specialized")
        assert.deepInclude(yield* Effect.flatMap(askSpecialized(), (_) => _.json), { expires_in: "900" })
        assert.deepInclude(yield* Effect.flatMap(askStandard(), (_) => _.json), { expires_in: 3599 })
      })
    )
  )

  it.effect("are refused once revoked, however they were passed", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const revocations = [
          (token: string) => emulator.revoke(token),
          (token: string) => emulator.revoke(Redacted.make(token)),
          (token: string) =>
            emulator.revoke(
              AccessToken.make({
                value: Redacted.make(token),
                flow: "standard",
                issuedAt: DateTime.unsafeMake(0),
                expiresIn: "1 hour"
              })
            )
        ]
        for (const revoke of revocations) {
          const token = yield* Effect.flatMap(askStandard(), tokenOf)
          const other = yield* Effect.flatMap(askStandard(), tokenOf)
          yield* revoke(token)
          assert.strictEqual(yield* statusOf(getPayment(token)), 401)
          assert.strictEqual(yield* statusOf(getPayment(other)), 200)
        }
      })
    )
  )

  it.effect("are all refused after revokeAll, and later ones work", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const standard = yield* Effect.flatMap(askStandard(), tokenOf)
        const specialized = yield* Effect.flatMap(askSpecialized(), tokenOf)
        yield* emulator.revokeAll

        assert.strictEqual(yield* statusOf(getPayment(standard)), 401)
        assert.strictEqual(yield* statusOf(getLedgers(specialized)), 401)
        assert.strictEqual(yield* statusOf(getPayment(yield* Effect.flatMap(askStandard(), tokenOf))), 200)
      })
    )
  )

  it.effect("from another emulator, or modified, are refused", () =>
    emulated(
      Effect.gen(function* () {
        const foreign = yield* Effect.flatMap(askStandard(), tokenOf).pipe(
          Effect.provide(Layer.fresh(VippsEmulator.layer))
        )
        const own = yield* Effect.flatMap(askStandard(), tokenOf)
        const [header, payload = "", signature] = own.split(".")

        assert.strictEqual(yield* statusOf(getPayment(own)), 200)
        assert.strictEqual(yield* statusOf(getPayment(foreign)), 401)
        assert.strictEqual(yield* statusOf(getPayment(`${header}.${payload.replace("a", "b")}.${signature}`)), 401)
        assert.strictEqual(yield* statusOf(getPayment(`.${signature}`)), 401)
      })
    )
  )
})

describe("APIs", () => {
  it.effect("accept a subscription key and a standard token, in any case of the path", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        const authorization = `Bearer ${yield* Effect.flatMap(askStandard(), tokenOf)}`
        const key = Redacted.value(credentials.standard.subscriptionKey)
        const headers = { authorization, "ocp-apim-subscription-key": key }
        const payment = yield* send("GET", "/EPayment/V1/payments/order-1001", headers)

        assert.strictEqual(payment.status, 200)
        assert.deepInclude(yield* payment.json, { reference: "order-1001", state: "AUTHORIZED" })
        assert.strictEqual(yield* statusOf(send("GET", "/epayment/v1/payments/", headers)), 404)
        assert.strictEqual(yield* statusOf(send("POST", "/epayment/v1/payments/order-1001", headers)), 404)
      })
    )
  )

  it.effect("check the subscription key before the token", () =>
    emulated(
      Effect.gen(function* () {
        const token = yield* Effect.flatMap(askStandard(), tokenOf)
        const refused: ReadonlyArray<readonly [Headers, string]> = [
          [{ "ocp-apim-subscription-key": undefined }, "missing subscription key"],
          [{ "ocp-apim-subscription-key": undefined, authorization: undefined }, "missing subscription key"],
          [{ "ocp-apim-subscription-key": "wrong", authorization: "Bearer wrong" }, "invalid subscription key"]
        ]
        for (const [headers, text] of refused) {
          const response = yield* getPayment(token, headers)
          assert.strictEqual(response.status, 401)
          assert.include((yield* decodeBody(response, Contract.ApiManagementError)).message, text)
        }
      })
    )
  )

  it.effect("refuse a token that is missing, malformed, without Bearer or of the other flow", () =>
    emulated(
      Effect.gen(function* () {
        const token = yield* Effect.flatMap(askStandard(), tokenOf)
        const specialized = yield* Effect.flatMap(askSpecialized(), tokenOf)
        const bad = [undefined, "", "Bearer ", "Bearer x.y.z", token, `bearer ${token}`, `Bearer ${specialized}`]
        for (const authorization of bad) {
          const response = yield* getPayment(token, { authorization })
          const body = yield* decodeBody(response, Contract.GatewayError)
          assert.strictEqual(response.status, 401)
          assert.deepStrictEqual(body.responseInfo, { responseCode: 401, responseMessage: "Unauthorized" })
          assert.strictEqual(body.result?.message, "Something went wrong, please try again later.")
        }
      })
    )
  )

  it.effect("for accounting accept a specialized token without a key, and a standard one with it", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        const key = { "ocp-apim-subscription-key": Redacted.value(credentials.standard.subscriptionKey) }
        const standard = yield* Effect.flatMap(askStandard(), tokenOf)
        const specialized = yield* Effect.flatMap(askSpecialized(), tokenOf)

        assert.strictEqual(yield* statusOf(getLedgers(specialized)), 200)
        assert.strictEqual(yield* statusOf(getLedgers(standard, key)), 200)
        assert.deepInclude(yield* Effect.flatMap(getLedgers(standard), (_) => _.json), { statusCode: 401 })
        const refused = yield* getLedgers("x.y.z", key)
        assert.strictEqual(refused.status, 401)
        assert.deepStrictEqual(yield* refused.json, { code: "Unauthorized", message: "Please check your API keys" })

        const listed = yield* send("GET", "/report/v2/ledgers", { authorization: `Bearer ${specialized}` })
        assert.strictEqual(listed.status, 404, "ledgers are listed by the Settlement API, Report has no such path")

        yield* TestClock.adjust("15 minutes")
        assert.strictEqual(yield* statusOf(getLedgers(specialized)), 401)
      })
    )
  )
})

describe("keys", () => {
  const other = StandardCredentials.make({
    clientId: "other",
    clientSecret: Redacted.make("first"),
    subscriptionKey: Redacted.make("other-key")
  })

  it.effect("of other merchants are accepted and refused as the test chooses", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        assert.strictEqual(yield* statusOf(askStandard(standardHeaders(other))), 401)

        yield* emulator.accept(other)
        const token = yield* Effect.flatMap(askStandard(standardHeaders(other)), tokenOf)
        assert.strictEqual(yield* statusOf(askStandard()), 200)

        yield* emulator.refuse(other)
        assert.strictEqual(yield* statusOf(askStandard(standardHeaders(other))), 401)
        assert.strictEqual(yield* statusOf(askStandard({ client_id: "other", client_secret: "first" })), 400)
        assert.strictEqual(yield* statusOf(getPayment(token)), 200)
      })
    )
  )

  it.effect("have one secret: a new one replaces the old one", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.accept(other)
        yield* emulator.accept(StandardCredentials.make({ ...optionsOf(other), clientSecret: Redacted.make("second") }))

        assert.strictEqual(yield* statusOf(askStandard(standardHeaders(other))), 401)
        assert.strictEqual(yield* statusOf(askStandard({ ...standardHeaders(other), client_secret: "second" })), 200)
      })
    )
  )

  const optionsOf = ({ clientId, clientSecret, subscriptionKey }: StandardCredentials) => ({
    clientId,
    clientSecret,
    subscriptionKey
  })
})

describe("requests", () => {
  it.effect("are recorded as they arrived, with the time, until they are cleared", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* TestClock.setTime(5000)
        yield* askSpecialized({ "x-mine": "1" }, "grant_type=client_credentials&scope=a", "/Miami/v1/token?x=y")
        yield* send("GET", "/epayment/v1/payments/1")

        const [first, second] = yield* emulator.requests
        assert.strictEqual(first?.method, "POST")
        assert.strictEqual(first?.path, "/Miami/v1/token")
        assert.strictEqual(first?.url, "https://vipps-emulator.invalid/Miami/v1/token?x=y")
        assert.strictEqual(first?.headers["x-mine"], "1")
        assert.strictEqual(first?.body, "grant_type=client_credentials&scope=a")
        assert.strictEqual(first?.time.epochMillis, 5000)
        assert.strictEqual(second?.method, "GET")
        assert.deepStrictEqual(
          (yield* emulator.tokenRequests).map((request) => request.path),
          ["/Miami/v1/token"]
        )

        yield* emulator.clearRequests
        assert.deepStrictEqual(yield* emulator.requests, [])
      })
    )
  )

  it.effect("to another host fail, but are recorded", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const failure = yield* Effect.flip(HttpClient.get("https://api.vipps.no/payments"))

        assert.strictEqual(failure._tag, "RequestError")
        assert.strictEqual(failure.reason, "Transport")
        assert.deepStrictEqual(
          (yield* emulator.requests).map((request) => request.url),
          ["https://api.vipps.no/payments"]
        )
        assert.deepStrictEqual(yield* emulator.tokenRequests, [])
      })
    )
  )

  it.effect("for a token to another host fail immediately, and explain how to wire the test", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials, tokenRequests } = yield* VippsEmulator
        const flows = [
          yield* StandardFlow.make({ credentials: credentials.standard, environment: VippsEnvironment.test }),
          yield* SpecializedFlow.make({ credentials: credentials.specialized, environment: VippsEnvironment.test })
        ]
        const cache = yield* TokenCache
        for (const flow of flows) {
          const error = yield* Effect.flip(Effect.flatMap(cache.source(flow), (source) => source.get))
          assert.strictEqual(error._tag, "RequestRejected")
          assert.include(
            error.message,
            "The emulator answers at https://vipps-emulator.invalid alone, and this token request went to " +
              "https://apitest.vipps.no. Provide VippsEmulator.layerConfigProvider(), or give the flow the emulator's environment."
          )
        }
        assert.deepStrictEqual(yield* tokenRequests, [])
      }).pipe(Effect.provide(TokenCache.layer))
    )
  )

  it.effect("are recorded with their body, whatever it is made of", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const url = `${emulator.baseUrl.origin}/accesstoken/get`
        const bodies = [
          HttpBody.text("text"),
          HttpBody.uint8Array(new TextEncoder().encode("bytes")),
          HttpBody.raw("raw"),
          HttpBody.raw(new Blob(["blob"])),
          HttpBody.raw(new Response("web stream").body),
          HttpBody.stream(Stream.make(new TextEncoder().encode("stream")))
        ]
        for (const body of bodies) yield* HttpClient.post(url, { body })
        const form = new FormData()
        form.set("field", "form data")
        yield* HttpClient.post(url, { body: HttpBody.formData(form) })

        const texts = (yield* emulator.requests).map((request) => request.body)
        assert.deepStrictEqual(texts.slice(0, -1), ["text", "bytes", "raw", "blob", "web stream", "stream"])
        assert.include(texts.at(-1) ?? "", "form data")
        assert.strictEqual(
          (yield* Effect.flip(HttpClient.post(url, { body: HttpBody.raw(Symbol("none")) }))).reason,
          "Encode"
        )
      })
    )
  )
})

describe("layerConfigProvider", () => {
  const Flows = Layer.mergeAll(StandardFlow.layerConfig(), SpecializedFlow.layerConfig()).pipe(
    Layer.provide(VippsEmulator.layerConfigProvider()),
    Layer.provideMerge(VippsEmulator.layer)
  )

  it.effect("gives flows accepted keys and the emulator's address", () =>
    Effect.gen(function* () {
      const standard = yield* Effect.flatMap(StandardFlow, (flow) => flow.request)
      const specialized = yield* Effect.flatMap(SpecializedFlow, (flow) => flow.request)

      assert.strictEqual(yield* statusOf(getPayment(Redacted.value(standard.value))), 200)
      assert.strictEqual(yield* statusOf(getLedgers(Redacted.value(specialized.value))), 200)
      const { credentials, tokenRequests } = yield* VippsEmulator
      assert.strictEqual(
        (yield* tokenRequests)[0]?.headers["merchant-serial-number"],
        Option.getOrThrow(credentials.standard.merchantSerialNumber)
      )
    }).pipe(Effect.provide(Flows))
  )

  it.effect("F63 two units in one graph, by prefix and by own names, have keys of their own", () => {
    const names = {
      clientId: "OTHER_ID",
      clientSecret: "OTHER_SECRET",
      subscriptionKey: "OTHER_KEY",
      merchantSerialNumber: "OTHER_MSN"
    }
    const accounting = { clientId: "BOOKS_ID", clientSecret: "BOOKS_SECRET", scope: "BOOKS_SCOPE" }
    const Variables = Layer.empty.pipe(
      Layer.provideMerge(VippsEmulator.layerConfigProvider({ prefix: "SHOP_A" })),
      Layer.provideMerge(VippsEmulator.layerConfigProvider({ names })),
      Layer.provideMerge(VippsEmulator.layerConfigProvider({ names, prefix: "SHOP_C" })),
      Layer.provideMerge(VippsEmulator.layerConfigProvider({ names: accounting })),
      Layer.provideMerge(VippsEmulator.layer)
    )
    const other = Config.all({
      clientId: Config.string("OTHER_ID"),
      clientSecret: Config.redacted("OTHER_SECRET"),
      subscriptionKey: Config.redacted("OTHER_KEY"),
      merchantSerialNumber: Config.string("OTHER_MSN").pipe(Config.map((digits) => MerchantSerialNumber.make(digits)))
    }).pipe(Config.map((keys) => StandardCredentials.make(keys)))
    const books = Config.all({
      clientId: Config.string("BOOKS_ID"),
      clientSecret: Config.redacted("BOOKS_SECRET"),
      scope: Config.string("BOOKS_SCOPE")
    })
    return Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      const units = [
        yield* Config.nested(StandardCredentials.config, "SHOP_A"),
        yield* other,
        yield* Config.nested(other, "SHOP_C")
      ] as const
      const { clientId, clientSecret, scope } = yield* books
      for (const unit of units) assert.strictEqual(yield* statusOf(askStandard(standardHeaders(unit))), 200)
      assert.strictEqual(
        yield* statusOf(askSpecialized({ authorization: basic(clientId, Redacted.value(clientSecret)) })),
        200
      )
      assert.strictEqual(scope, "")

      const ids = [emulator.credentials.standard, ...units].map((unit) => Redacted.value(unit.clientId))
      assert.strictEqual(new Set([...ids, clientId]).size, 5)
      for (const id of [...ids, clientId]) assert.match(id, /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/)
      assert.strictEqual(new Set(units.map((unit) => Option.getOrThrow(unit.merchantSerialNumber))).size, 3)

      const mixed = { ...standardHeaders(units[0]), client_secret: Redacted.value(units[1].clientSecret) }
      assert.strictEqual(yield* statusOf(askStandard(mixed)), 401)
      for (const environment of [VippsEnvironment.config, Config.nested(VippsEnvironment.config, "SHOP_A")]) {
        assert.deepStrictEqual((yield* environment).baseUrl, emulator.baseUrl)
      }
    }).pipe(Effect.provide(Variables))
  })

  it.effect("reads other variables from the outer provider, and ignores a scope from the shell", () => {
    const shell = ConfigProvider.fromMap(
      new Map([
        ["MINE", "kept"],
        ["VIPPS_SPECIALIZED_SCOPE", "from-a-shell"]
      ])
    )
    const Inside = Layer.effect(MineAndScope, Effect.all([Config.string("MINE"), SpecializedCredentials.config])).pipe(
      Layer.provide(VippsEmulator.layerConfigProvider()),
      Layer.provide(VippsEmulator.layer),
      Layer.provide(Layer.setConfigProvider(shell))
    )
    return Effect.gen(function* () {
      const [mine, credentials] = yield* MineAndScope
      assert.strictEqual(mine, "kept")
      assert.isTrue(Option.isNone(credentials.scope))
    }).pipe(Effect.provide(Inside))
  })
})

class MineAndScope extends Context.Tag("MineAndScope")<MineAndScope, readonly [string, SpecializedCredentials]>() {}
