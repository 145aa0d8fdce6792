/** What is wrong with a client, found in its requests: each mistake, and that a good client makes none. */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/TestClock"
import { SpecializedClient, StandardClient, StandardToken } from "effect-vipps-token"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"
import { type Finding, type FindingId, findingsOf } from "../../../src/internal/emulator/control/findings.js"
import { type Journal, makeJournal } from "../../../src/internal/emulator/control/journal.js"
import type { RequestFacts } from "../../../src/internal/emulator/control/requestFacts.js"
import { Emulator } from "../../../src/internal/emulator/emulator.js"
import { makeService } from "../../../src/internal/emulator/service.js"
import { memoryClient } from "../../../src/internal/emulator/wire/memoryClient.js"
import { served, standardKeys } from "../../fixtures/emulatorServer.js"
import { assertLinear } from "../../fixtures/growth.js"

const asked = (id: number, timeMillis: number, changed: Partial<RequestFacts> = {}): RequestFacts => ({
  id,
  timeMillis,
  method: "POST",
  path: "/accesstoken/get",
  flow: "standard",
  clientId: "client-a",
  token: undefined,
  sendsSubscriptionKey: true,
  sendsForeignSubscriptionKey: false,
  namesForeignMerchant: false,
  sendsIdempotencyKey: true,
  isUnknownPath: false,
  namesSystem: true,
  isOfCommandLine: false,
  secretsInQuery: false,
  secretsInBody: false,
  answer: undefined,
  ...changed
})

const answer = (timeMillis: number, status: number, changed: Partial<NonNullable<RequestFacts["answer"]>> = {}) => ({
  timeMillis,
  status,
  refusesToken: false,
  retryAfterMillis: undefined,
  grantedMillis: undefined,
  ...changed
})

const granted = (id: number, timeMillis: number, changed: Partial<RequestFacts> = {}) =>
  asked(id, timeMillis, { answer: answer(timeMillis, 200, { grantedMillis: 3_600_000 }), ...changed })

const api = { flow: undefined, method: "GET", path: "/epayment/v1/payments/order-1001" }

const apiCall = (id: number, timeMillis: number, status: number, changed: Partial<RequestFacts> = {}) =>
  asked(id, timeMillis, {
    ...api,
    answer: answer(timeMillis + 1, status, { refusesToken: status === 401 }),
    ...changed
  })

const token = (state: "live" | "expired" | "revoked", serial = 1) => ({ token: { serial, state } })

/** Which requests a finding names. */
const found = (requests: ReadonlyArray<RequestFacts>): Partial<Record<FindingId, ReadonlyArray<number>>> =>
  Object.fromEntries(findingsOf(requests).map(({ id, requests }) => [id, requests]))

const minute = 60_000

describe("findings", () => {
  it("a token for each call", () => {
    const calls = [granted(0, 0), apiCall(1, 10, 200), granted(2, 20), apiCall(3, 30, 200), granted(4, 40)]
    assert.deepStrictEqual(found(calls), { "token-for-each-call": [2, 4] })
    // Asked at the same time, before the first one was answered.
    const atOnce = [granted(0, 0), granted(1, 0), granted(2, 0)]
    assert.deepStrictEqual(found(atOnce), { "token-for-each-call": [1, 2] })
    const other = { clientId: "client-b" }
    const twice = [granted(0, 0), granted(1, 10), granted(2, 20, other), granted(3, 30, other)]
    assert.deepStrictEqual(found(twice), {}, "two processes of each client")
    assert.deepStrictEqual(found([0, 1, 2].map((id) => granted(id, id * 31 * minute))), {})
    const specialized = { flow: "specialized", sendsSubscriptionKey: false } as const
    assert.deepStrictEqual(found([granted(0, 0), granted(1, 10), granted(2, 20, specialized)]), {})
    const revoked = (id: number) => apiCall(id, id * 10, 401, token("revoked"))
    assert.deepStrictEqual(found([granted(0, 0), revoked(1), granted(2, 20), revoked(3), granted(4, 40)]), {})
  })

  it("refused keys, asked again within a second", () => {
    const refused = (id: number, time: number, status = 401) => asked(id, time, { answer: answer(time, status) })
    assert.deepStrictEqual(found([refused(0, 0), refused(1, 100), refused(2, 1200)]), { "refused-keys-again": [1] })
    assert.deepStrictEqual(found([refused(0, 0, 400), granted(1, 999 - 100)]), { "refused-keys-again": [1] })
    assert.deepStrictEqual(found([refused(0, 0, 503), refused(1, 100)]), {})
    assert.deepStrictEqual(found([refused(0, 0), asked(1, 100, { ...api, answer: answer(100, 200) })]), {})
  })

  it("a Retry-After that was ignored", () => {
    const limited = (id: number, time: number) =>
      asked(id, time, { answer: answer(time, 429, { retryAfterMillis: 5000 }) })
    assert.deepStrictEqual(found([limited(0, 0), granted(1, 4000)]), { "retry-after-ignored": [1] })
    assert.deepStrictEqual(found([limited(0, 0), granted(1, 4990)]), {})
    assert.deepStrictEqual(found([limited(0, 0), granted(1, 10, { clientId: "client-b" })]), {})
    const throttled = apiCall(0, 0, 429, { answer: answer(1, 429, { retryAfterMillis: 5000 }) })
    assert.deepStrictEqual(found([throttled, apiCall(1, 100, 200, { path: "/epayment/v1/payments/order-1002" })]), {})
    assert.deepStrictEqual(found([throttled, apiCall(1, 100, 200)]), { "retry-after-ignored": [1] })
  })

  it("a token used after it expired or was refused", () => {
    assert.deepStrictEqual(found([apiCall(0, 0, 401, token("expired"))]), { "token-after-its-end": [0] })
    const revoked = [apiCall(0, 0, 401, token("revoked")), apiCall(1, 0, 401, token("revoked"))]
    assert.deepStrictEqual(found(revoked), {}, "both were on their way when it was revoked")
    const late = apiCall(9, 6000, 401, token("revoked"))
    assert.deepStrictEqual(found([...revoked, late]), { "token-after-its-end": [9] }, "it never asked for another")
    assert.deepStrictEqual(found([...revoked, granted(2, 100), late]), { "token-after-its-end": [9] })
    const inVain = asked(2, 100, { answer: answer(100, 503) })
    assert.deepStrictEqual(found([...revoked, inVain, late]), {}, "it asked and got none")
    assert.deepStrictEqual(found([...revoked, apiCall(2, 6000, 401, token("revoked", 2))]), {})
  })

  it("misplaced keys, and missing headers", () => {
    assert.deepStrictEqual(found([granted(0, 0, { flow: "specialized" })]), { "subscription-key-at-specialized": [0] })
    assert.deepStrictEqual(found([granted(0, 0, { secretsInQuery: true })]), { "keys-in-query": [0] })
    assert.deepStrictEqual(found([granted(0, 0, { secretsInBody: true })]), { "keys-in-body": [0] })
    const create = { method: "POST", path: "/epayment/v1/payments", sendsIdempotencyKey: false }
    assert.deepStrictEqual(found([apiCall(0, 0, 400, create)]), { "no-idempotency-key": [0] })
    assert.deepStrictEqual(found([apiCall(0, 0, 400, { ...create, method: "GET" })]), {})
    assert.deepStrictEqual(found([granted(0, 0, { namesSystem: false })]), { "no-system-headers": [0] })
  })

  it("a path that the emulator does not have, and which it has", () => {
    const unknown = (path: string, sendsSubscriptionKey = false) =>
      apiCall(0, 0, 404, { path, namesSystem: path !== "/favicon.ico", isUnknownPath: true, sendsSubscriptionKey })
    for (const mistake of [unknown("/checkout/v3/session"), unknown("/accestoken/get", true)]) {
      assert.deepStrictEqual(found([mistake]), { "no-such-path": [0] })
    }
    assert.include(findingsOf([unknown("/checkout/v3/session")])[0]?.next, "GET /epayment/v1/payments/:reference")
    assert.deepStrictEqual(found([unknown("/favicon.ico")]), {})
    assert.deepStrictEqual(found([apiCall(0, 0, 404)]), {}, "a payment that does not exist")
  })

  it("counts all, and lists the newest hundred", () => {
    const [finding] = findingsOf(Array.from({ length: 150 }, (_, id) => asked(id, 0, { namesSystem: false })))
    assert.strictEqual(finding?.count, 150)
    assert.strictEqual(finding?.requests.length, 100)
    assert.strictEqual(finding?.requests.at(-1), 149)
  })

  it("judges a full journal in linear time", () => {
    const judged = (length: number) => {
      const requests = Array.from({ length }, (_, id) => granted(id, id, { namesSystem: false }))
      assert.strictEqual(findingsOf(requests)[0]?.count, length - 1)
    }
    assertLinear(judged, 250)
  })
})

describe("keys of two sales units", () => {
  const ownKey = standardKeys["ocp-apim-subscription-key"]
  const unit = (number: number) => ({
    clientId: `0f0f0f0f-0000-4000-8000-00000000000${number}`,
    clientSecret: `secret-${number}`,
    subscriptionKey: `sub-key-${number}`,
    merchantSerialNumber: `77700${number}`
  })
  const [a, b] = [unit(1), unit(2)]
  const partner = { ...unit(3), merchantSerialNumber: undefined, merchants: [a.merchantSerialNumber] }
  const keysOf = ({ clientId, clientSecret }: typeof a | typeof partner, subscriptionKey: string) => ({
    client_id: clientId,
    client_secret: clientSecret,
    "ocp-apim-subscription-key": subscriptionKey
  })

  it.scopedLive.each([
    ["own keys", a, a.subscriptionKey, a.merchantSerialNumber, []],
    ["the subscription key of another unit", b, a.subscriptionKey, undefined, ["subscription-key-of-another-unit"]],
    ["the emulator's own subscription key", b, ownKey, undefined, ["subscription-key-of-another-unit"]],
    ["a partner's subscription key", a, partner.subscriptionKey, undefined, ["subscription-key-of-another-unit"]],
    ["the number of another unit", b, b.subscriptionKey, a.merchantSerialNumber, ["merchant-of-another-unit"]],
    ["partner keys for a merchant of the partner", partner, partner.subscriptionKey, a.merchantSerialNumber, []]
  ] as const)("%s: found in token and API requests", ([_, keys, subscriptionKey, merchant, expected]) =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      for (const accepted of [a, b, partner]) yield* control("PUT", "keys", accepted)
      const named = merchant === undefined ? {} : { "merchant-serial-number": merchant }
      const system = { "vipps-system-name": "test" }
      const granted = yield* ask("POST", "/accesstoken/get", "", {
        ...keysOf(keys, subscriptionKey),
        ...named,
        ...system
      })
      yield* ask("GET", api.path, undefined, {
        authorization: `Bearer ${granted.json.access_token}`,
        "ocp-apim-subscription-key": subscriptionKey,
        ...named,
        ...system
      })
      const { findings } = (yield* control("GET", "findings")).json
      assert.deepStrictEqual(
        findings.map(({ id, requests }: Finding) => [id, requests]),
        expected.map((id) => [id, [0, 1]])
      )
    })
  )

  it.scopedLive("a rotated subscription key, and a second client of the same unit, are no other unit's", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const second = { ...b, merchantSerialNumber: a.merchantSerialNumber }
      for (const keys of [a, { ...a, subscriptionKey: "rotated-1" }, second]) yield* control("PUT", "keys", keys)
      for (const [keys, subscriptionKey] of [
        [a, a.subscriptionKey],
        [a, "rotated-1"],
        [second, "rotated-1"]
      ] as const) {
        const headers = { ...keysOf(keys, subscriptionKey), "vipps-system-name": "test" }
        assert.strictEqual((yield* ask("POST", "/accesstoken/get", "", headers)).status, 200)
      }
      assert.notInclude((yield* control("GET", "findings")).text, "another-unit")
    })
  )
})

/** The emulator in memory, and the journal of its requests. */
const journaled = Effect.gen(function* () {
  const emulator = yield* Emulator.make
  const journal = yield* makeJournal(emulator, () => Effect.void)
  emulator.observer = journal.observer
  const baseUrl = new URL("https://vipps-emulator.invalid")
  const Base = Layer.mergeAll(
    Layer.succeed(VippsEmulator, makeService(emulator, baseUrl)),
    Layer.succeed(HttpClient.HttpClient, memoryClient(emulator, baseUrl))
  )
  return { Base, journal }
})

const errors = (journal: Journal) => findingsOf(journal.facts()).filter(({ severity }) => severity === "error")

describe("findings about this library", () => {
  it.effect("there are none: over several tokens, in an outage, with refused keys, with revoked tokens", () =>
    Effect.gen(function* () {
      const { Base, journal } = yield* journaled
      const Live = Layer.mergeAll(
        StandardClient.layerConfig(),
        SpecializedClient.layerConfig(),
        StandardToken.layerConfig()
      ).pipe(Layer.provide(VippsEmulator.layerConfigProvider()), Layer.provideMerge(Base))
      yield* Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const client = yield* StandardClient
        const accounting = yield* SpecializedClient
        const call = Effect.zip(
          Effect.exit(client.get("/epayment/v1/payments/order-1001")),
          Effect.exit(accounting.get("/settlement/v1/ledgers")),
          { concurrent: true }
        )
        const callFor = (minutes: number) =>
          Effect.replicateEffect(Effect.zipRight(Effect.fork(call), TestClock.adjust("30 seconds")), 2 * minutes)
        yield* callFor(70)
        yield* emulator.revokeAll
        yield* callFor(10)
        yield* emulator.fault(Fault.rateLimited({ retryAfter: "90 seconds" }), 5)
        yield* emulator.revokeAll
        yield* callFor(20)
        yield* emulator.fault(Fault.htmlBadGateway, 20)
        yield* callFor(20)
        yield* emulator.refuse(emulator.credentials.standard)
        yield* emulator.revokeAll
        yield* callFor(20)
        assert.isAbove((yield* emulator.tokenRequests).length, 20)
      }).pipe(Effect.provide(Live))
      assert.deepStrictEqual(errors(journal), [])
      assert.isAbove(journal.facts().length, 500)
    })
  )

  it.effect("a program that requests a token before each call is found", () =>
    Effect.gen(function* () {
      const { Base, journal } = yield* journaled
      yield* Effect.gen(function* () {
        for (const _ of [1, 2, 3]) {
          const Fresh = StandardClient.layerConfig().pipe(Layer.provide(VippsEmulator.layerConfigProvider()))
          const call = Effect.flatMap(StandardClient, (client) => client.get("/epayment/v1/payments/order-1001"))
          yield* Effect.provide(call, Layer.fresh(Fresh))
        }
      }).pipe(Effect.provide(Base))
      assert.deepStrictEqual(
        errors(journal).map(({ count, id }) => [id, count]),
        [["token-for-each-call", 2]]
      )
    })
  )
})
