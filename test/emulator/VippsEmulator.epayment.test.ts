import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import { MerchantSerialNumber, StandardCredentials } from "effect-vipps-token"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"
import * as Contract from "../../src/internal/emulator/wire/tokenContract.js"
import {
  askStandard,
  decodeBody,
  emulated,
  type Headers,
  standardHeaders,
  tokenOf
} from "../fixtures/emulatorRequests.js"

const payments = "/epayment/v1/payments"

const body = {
  amount: { currency: "NOK", value: 49900 },
  paymentMethod: { type: "WALLET" },
  reference: "acme-shop-1",
  userFlow: "WEB_REDIRECT",
  returnUrl: "https://example.com/return"
}

const amount = (value: number) => ({ currency: "NOK", value })

const captureOf = (value: number, currency = "NOK") => ({ modificationAmount: { currency, value } })

/** Sends with the keys' own token and subscription key; a header that is `undefined` is left out. */
const sender = (credentials: StandardCredentials, own: Headers = {}) =>
  Effect.gen(function* () {
    const { baseUrl } = yield* VippsEmulator
    const token = yield* Effect.flatMap(askStandard(standardHeaders(credentials)), tokenOf)
    const standing = {
      authorization: `Bearer ${token}`,
      "ocp-apim-subscription-key": Redacted.value(credentials.subscriptionKey),
      ...own
    }
    const send = (request: HttpClientRequest.HttpClientRequest, changed: Headers) => {
      const headers = Object.entries<string | undefined>({ ...standing, ...changed })
      const sent = headers.filter((entry): entry is [string, string] => entry[1] !== undefined)
      return HttpClient.execute(HttpClientRequest.setHeaders(request, Object.fromEntries(sent)))
    }
    return {
      get: (reference: string, changed: Headers = {}) =>
        send(HttpClientRequest.get(`${baseUrl.origin}${payments}/${reference}`), changed),
      post: (path: string, content: unknown, idempotencyKey: string | undefined, changed: Headers = {}) =>
        send(
          HttpClientRequest.post(`${baseUrl.origin}${payments}${path}`).pipe(
            HttpClientRequest.bodyText(
              typeof content === "string" ? content : JSON.stringify(content),
              "application/json"
            )
          ),
          { "idempotency-key": idempotencyKey, ...changed }
        )
    }
  })

/** The keys of one sales unit. */
const merchant = Effect.flatMap(VippsEmulator, ({ credentials }) => sender(credentials.standard))

/** A problem of this status, with the code or the fields that it names. */
const assertProblem = (response: HttpClientResponse.HttpClientResponse, status: number, ...named: Array<string>) =>
  Effect.gen(function* () {
    const problem = yield* decodeBody(response, Contract.Problem)
    const details = (problem.extraDetails ?? []).map(({ name, reason }) => (name === "ErrorCode" ? reason : name))
    assert.deepStrictEqual([response.status, problem.status, ...details], [status, status, ...named])
    assert.strictEqual(response.headers["content-type"], "application/problem+json")
    return problem
  })

const captured = (response: HttpClientResponse.HttpClientResponse) =>
  Effect.map(response.json, (json) => {
    assert.strictEqual(response.status, 200)
    assert.property(json, "aggregate")
    return json
  })

describe("POST /epayment/v1/payments", () => {
  it.effect("creates a payment and returns the URL to redirect the customer to", () =>
    emulated(
      Effect.gen(function* () {
        const { get, post } = yield* merchant
        const created = yield* post("", { ...body, metadata: { order: "1" } }, "key-1")
        const got = yield* get("acme-shop-1")

        assert.strictEqual(created.status, 201)
        const redirectUrl = "https://landing.vipps-emulator.invalid/?token=3343121303"
        assert.deepStrictEqual(yield* created.json, { reference: "acme-shop-1", redirectUrl })
        assert.strictEqual(got.status, 200)
        assert.deepStrictEqual(yield* got.json, {
          reference: "acme-shop-1",
          pspReference: "3343121303",
          state: "CREATED",
          amount: amount(49900),
          aggregate: {
            authorizedAmount: amount(0),
            cancelledAmount: amount(0),
            capturedAmount: amount(0),
            refundedAmount: amount(0)
          },
          paymentMethod: { type: "WALLET" },
          profile: {},
          redirectUrl,
          metadata: { order: "1" }
        })
      })
    )
  )

  it.effect("returns no redirect for a push message", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        const pushed = { ...body, userFlow: "PUSH_MESSAGE", customer: { phoneNumber: "4712345678" } }
        const created = yield* post("", pushed, "key-1")

        assert.deepStrictEqual(yield* created.json, { reference: "acme-shop-1" })
      })
    )
  )

  it.effect("names every invalid field", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        const wrong = { ...body, reference: "short", amount: { currency: "nok", value: 1.5 }, paymentMethod: undefined }
        const problem = yield* assertProblem(
          yield* post("", wrong, "key-1"),
          400,
          "amount.currency",
          "amount.value",
          "paymentMethod",
          "reference"
        )

        assert.strictEqual(problem.instance, "/v1/payments")
        assert.deepInclude(problem.extraDetails ?? [], {
          name: "amount.currency",
          reason: "must be one of NOK, DKK, EUR, SEK, USD, GBP"
        })
        assert.deepInclude(problem.extraDetails ?? [], { name: "paymentMethod", reason: "is missing" })
        yield* assertProblem(yield* post("", "{", "key-1"), 400, "body")
        yield* assertProblem(yield* post("", "", "key-1"), 400, "body")
      })
    )
  )

  it.effect("requires an idempotency key of at most 50 characters", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        for (const key of [undefined, "", "k".repeat(51)]) {
          yield* assertProblem(yield* post("", body, key), 400, "Idempotency-Key")
        }
        assert.strictEqual((yield* post("", body, "k".repeat(50))).status, 201)
      })
    )
  )

  it.effect("refuses well-formed but impossible requests by error code", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        const refused: ReadonlyArray<readonly [object, string]> = [
          [{ returnUrl: undefined }, "4140"],
          [{ userFlow: "PUSH_MESSAGE" }, "4140"],
          [{ amount: amount(99) }, "6010"],
          [{ amount: { currency: "DKK", value: 0 } }, "6010"]
        ]
        for (const [changed, code] of refused) {
          yield* assertProblem(yield* post("", { ...body, ...changed }, "key-1"), 400, code)
        }
      })
    )
  )

  it.effect("answers the same key with the same answer, and creates once", () =>
    emulated(
      Effect.gen(function* () {
        const { get, post } = yield* merchant
        const first = yield* Effect.flatMap(post("", body, "key-1"), (_) => _.json)
        const again = yield* post("", body, "key-1")

        assert.strictEqual(again.status, 201)
        assert.deepStrictEqual(yield* again.json, first)
        assert.deepInclude(yield* Effect.flatMap(get("acme-shop-1"), (_) => _.json), { pspReference: "3343121303" })
      })
    )
  )

  it.effect("accepts a corrected request with the key of the refused one", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        yield* assertProblem(yield* post("", { ...body, amount: amount(1) }, "key-1"), 400, "6010")
        assert.strictEqual((yield* post("", body, "key-1")).status, 201)
      })
    )
  )

  it.effect("answers 409 to a known key with another body and to a known reference with another key", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        yield* post("", body, "key-1")

        yield* assertProblem(yield* post("", { ...body, amount: amount(100) }, "key-1"), 409, "4020")
        yield* assertProblem(yield* post("", body, "key-2"), 409, "4150")
      })
    )
  )
})

describe("GET /epayment/v1/payments/:reference", () => {
  it.effect("starts with one payment, and answers 404 for any that was not created", () =>
    emulated(
      Effect.gen(function* () {
        const { get, post } = yield* merchant
        yield* assertProblem(yield* post("", { ...body, reference: "order-1001" }, "key-1"), 409, "4150")
        const first = yield* get("order-1001")
        const problem = yield* assertProblem(yield* get("no-such-order"), 404, "5090")

        assert.deepInclude(yield* first.json, { reference: "order-1001", state: "AUTHORIZED", amount: amount(49900) })
        assert.strictEqual(problem.instance, "/v1/payments/no-such-order")
      })
    )
  )

  it.effect("shows that the customer has approved", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const { get, post } = yield* merchant
        yield* post("", body, "key-1")
        yield* emulator.approve("acme-shop-1")
        const got = yield* Effect.flatMap(get("acme-shop-1"), (_) => _.json)

        assert.deepInclude(got, {
          state: "AUTHORIZED",
          aggregate: {
            authorizedAmount: amount(49900),
            cancelledAmount: amount(0),
            capturedAmount: amount(0),
            refundedAmount: amount(0)
          }
        })
      })
    )
  )

  it.effect("approving an unknown payment is a defect", () =>
    emulated(
      Effect.gen(function* () {
        const exit = yield* Effect.exit(Effect.flatMap(VippsEmulator, (emulator) => emulator.approve("acme-shop-1")))

        assert.isTrue(Exit.isFailure(exit) && Cause.isDie(exit.cause))
        assert.include(String(exit), "acme-shop-1")
      })
    )
  )
})

describe("POST /epayment/v1/payments/:reference/capture", () => {
  it.effect("captures in parts, up to the authorized amount", () =>
    emulated(
      Effect.gen(function* () {
        const { get, post } = yield* merchant
        const capture = (value: number, key: string) => post("/order-1001/capture", captureOf(value), key)

        assert.deepStrictEqual(yield* Effect.flatMap(capture(10000, "key-1"), captured), {
          reference: "order-1001",
          pspReference: "3343121302",
          state: "AUTHORIZED",
          amount: amount(49900),
          aggregate: {
            authorizedAmount: amount(49900),
            cancelledAmount: amount(0),
            capturedAmount: amount(10000),
            refundedAmount: amount(0)
          }
        })
        yield* assertProblem(yield* capture(39901, "key-2"), 400, "6090")
        yield* Effect.flatMap(capture(39900, "key-3"), captured)
        const problem = yield* assertProblem(yield* capture(1, "key-4"), 400, "6090")
        assert.strictEqual(problem.instance, "/v1/payments/order-1001/capture")
        const got = yield* Effect.flatMap(get("order-1001"), (_) => _.text)
        assert.include(got, '"capturedAmount":{"currency":"NOK","value":49900}')
      })
    )
  )

  it.effect("captures once per key, and answers 409 to the key with another amount", () =>
    emulated(
      Effect.gen(function* () {
        const { get, post } = yield* merchant
        const first = yield* Effect.flatMap(post("/order-1001/capture", captureOf(30000), "key-1"), captured)
        const again = yield* Effect.flatMap(post("/order-1001/capture", captureOf(30000), "key-1"), captured)

        assert.deepStrictEqual(again, first)
        yield* assertProblem(yield* post("/order-1001/capture", captureOf(1), "key-1"), 409, "4010")
        const got = yield* Effect.flatMap(get("order-1001"), (_) => _.text)
        assert.include(got, '"capturedAmount":{"currency":"NOK","value":30000}')
      })
    )
  )

  it.effect("scopes idempotency keys to a payment", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const { post } = yield* merchant
        yield* post("", body, "key-1")
        yield* emulator.approve("acme-shop-1")

        yield* Effect.flatMap(post("/order-1001/capture", captureOf(100), "key-1"), captured)
        yield* Effect.flatMap(post("/acme-shop-1/capture", captureOf(200), "key-1"), captured)
      })
    )
  )

  it.effect("refuses unapproved, unknown, wrong-currency and zero captures", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        yield* post("", body, "key-1")

        yield* assertProblem(yield* post("/acme-shop-1/capture", captureOf(100), "a"), 400, "6080")
        yield* assertProblem(yield* post("/no-such-order/capture", captureOf(100), "a"), 404, "5090")
        yield* assertProblem(yield* post("/order-1001/capture", captureOf(100, "DKK"), "a"), 400, "4040")
        yield* assertProblem(yield* post("/order-1001/capture", captureOf(0), "a"), 400, "4040")
        yield* assertProblem(yield* post("/order-1001/capture", {}, "a"), 400, "modificationAmount")
        yield* assertProblem(yield* post("/order-1001/capture", captureOf(1), undefined), 400, "Idempotency-Key")
      })
    )
  )
})

describe("merchants of a payment", () => {
  it.effect("checks keys and token before the request", () =>
    emulated(
      Effect.gen(function* () {
        const { post } = yield* merchant
        const keyless = yield* post("", "{", undefined, { "ocp-apim-subscription-key": undefined })
        const tokenless = yield* post("/order-1001/capture", "{", undefined, { authorization: "Bearer x.y.z" })

        assert.include((yield* decodeBody(keyless, Contract.ApiManagementError)).message, "missing subscription key")
        assert.strictEqual((yield* decodeBody(tokenless, Contract.GatewayError)).responseInfo.responseCode, 401)
      })
    )
  )

  it.effect("a partner acts for its merchants with one token, and their payments are separate", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials, merchants, tokenRequests } = yield* VippsEmulator
        const partner = yield* sender(credentials.partner)
        for (const each of merchants) {
          const created = yield* partner.post("", body, "key-1", { "merchant-serial-number": each })
          assert.strictEqual(created.status, 201)
        }
        const pspReferences = yield* Effect.forEach(merchants, (each) =>
          Effect.flatMap(partner.get("acme-shop-1", { "merchant-serial-number": each }), (_) => _.text)
        )

        assert.strictEqual(new Set(pspReferences).size, 3)
        assert.lengthOf(yield* tokenRequests, 1)
        // The first of them has keys of its own, too: the same sales unit, the same payment.
        const own = yield* sender(credentials.standard)
        assert.strictEqual(yield* Effect.flatMap(own.get("acme-shop-1"), (_) => _.text), pspReferences[0])
      })
    )
  )

  it.effect("a partner without a merchant, or with one that is not linked, gets 403", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        for (const named of [undefined, "", "999999"]) {
          const { get, post } = yield* sender(credentials.partner, { "merchant-serial-number": named })
          yield* assertProblem(yield* get("order-1001"), 403)
          yield* assertProblem(yield* post("", body, "key-1"), 403)
          yield* assertProblem(yield* post("/order-1001/capture", captureOf(1), "key-1"), 403)
        }
      })
    )
  )

  it.effect("a test's own partner acts for the merchants it was last accepted with", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const credentials = StandardCredentials.make({
          clientId: "partner",
          clientSecret: Redacted.make("secret"),
          subscriptionKey: Redacted.make("partner-key")
        })
        const statusFor = (named: string) =>
          Effect.gen(function* () {
            const { get } = yield* sender(credentials, { "merchant-serial-number": named })
            return (yield* get("order-1001")).status
          })
        yield* emulator.acceptPartner(credentials, [
          MerchantSerialNumber.make("1001"),
          MerchantSerialNumber.make("1002")
        ])
        assert.deepStrictEqual([yield* statusFor("1001"), yield* statusFor("1002")], [200, 200])

        yield* emulator.acceptPartner(credentials, [MerchantSerialNumber.make("1002")])
        assert.deepStrictEqual([yield* statusFor("1001"), yield* statusFor("1002")], [403, 200])

        yield* emulator.accept(credentials)
        assert.strictEqual(yield* statusFor("1001"), 200)
      })
    )
  )

  it.effect("merchants with their own keys do not see each other's payments", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const other = StandardCredentials.make({
          clientId: "other",
          clientSecret: Redacted.make("secret"),
          subscriptionKey: Redacted.make("other-key")
        })
        yield* emulator.accept(other)
        yield* Effect.flatMap(merchant, ({ post }) => post("", body, "key-1"))

        const { get, post } = yield* sender(other)
        yield* assertProblem(yield* get("acme-shop-1"), 404, "5090")
        assert.strictEqual((yield* post("", body, "key-1")).status, 201)
      })
    )
  )

  it.effect("a fault replaces the answer, and nothing is created", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const { get, post } = yield* merchant
        yield* emulator.faultApi(Fault.htmlBadGateway)

        assert.strictEqual((yield* post("", body, "key-1")).status, 502)
        yield* assertProblem(yield* get("acme-shop-1"), 404, "5090")
        assert.strictEqual((yield* post("", body, "key-1")).status, 201)
      })
    )
  )
})
