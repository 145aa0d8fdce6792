/** F9, F10, F15 and F26 of docs/failures.md at the client: what a refusal of an API does to the token. */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { VippsClient } from "../../src/VippsClient.js"
import { MerchantSerialNumber } from "../../src/VippsEnvironment.js"
import { type Api, apiOf, clientOf, refusing, tokenOf } from "../fixtures/apiClients.js"
import { served, sourceOf } from "../fixtures/caches.js"
import { withMovableWall } from "../fixtures/passingTime.js"
import { type Respond, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { delayed, granted, scriptedFlow, wrongKeys } from "../fixtures/scriptedFlow.js"
import { old, refusingOld, successor, suspected } from "../fixtures/suspectedTokens.js"
import { told } from "../fixtures/told.js"

const many = (requests: number) => Array.from({ length: requests })

const refusingAll = refusing(() => true)

const status = ({ client }: Api, path = "/payments") => Effect.map(client.get(path), (response) => response.status)

describe("F9 late refusals of one old token", () => {
  it.scoped("a hundred parallel requests cost one token request, and all succeed", () =>
    Effect.gen(function* () {
      const api = yield* suspected(refusingOld(), delayed("1 second", granted("1 hour")))
      const callers = yield* Effect.fork(Effect.forEach(many(100), () => status(api), { concurrency: "unbounded" }))
      yield* TestClock.adjust("1 second")
      assert.deepStrictEqual([...new Set(yield* Fiber.join(callers))], [200])
      assert.strictEqual(api.flow.sentAt.length, 2)
      assert.strictEqual(api.requests.length, 200)
    })
  )

  it.scoped("a hundred refusals that come in one after the other cost one token request, and all succeed", () =>
    Effect.gen(function* () {
      let arrived = 0
      const late: Respond = (request) =>
        tokenOf(request) === old
          ? Effect.delay(refusingAll(request), arrived++ * 100)
          : Effect.sync(() => responseOf(request, {}))
      const api = yield* suspected(late)
      const callers = yield* Effect.fork(Effect.forEach(many(100), () => status(api), { concurrency: "unbounded" }))
      yield* TestClock.adjust("10 seconds")
      assert.deepStrictEqual([...new Set(yield* Fiber.join(callers))], [200])
      assert.strictEqual(api.flow.sentAt.length, 2)
      assert.strictEqual(api.requests.length, 200)
    })
  )

  it.scoped("a client made for each request counts as one with all others of its source", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(granted("1 hour"), delayed("1 second", granted("1 hour")))
      const source = yield* sourceOf(flow)
      const { client: below } = recordingClient(refusingOld())
      yield* source.get
      yield* TestClock.adjust("1 minute")
      const callers = yield* Effect.fork(
        Effect.forEach(many(100), () => Effect.flatMap(clientOf(source, below), (client) => client.get("/")), {
          concurrency: "unbounded"
        })
      )
      yield* TestClock.adjust("1 second")
      for (const response of yield* Fiber.join(callers)) assert.strictEqual(response.status, 200)
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )
})

describe("F10 refused again", () => {
  it.scoped("a request is sent twice at most, and the second refusal is handed through", () =>
    Effect.gen(function* () {
      const api = yield* suspected(refusingAll)
      assert.strictEqual(yield* status(api), 401)
      assert.deepStrictEqual(api.requests.map(tokenOf), [old, successor])
    })
  )

  it.scoped("for five minutes no refusal starts a renewal, by whichever client; the next one does", () =>
    Effect.gen(function* () {
      const api = yield* suspected(refusingAll)
      const another = yield* clientOf(api.source, recordingClient(refusingAll).client)
      assert.strictEqual(yield* status(api), 401)
      assert.strictEqual(api.flow.sentAt.length, 2)
      yield* TestClock.adjust("299999 millis")
      assert.strictEqual(yield* status(api), 401)
      assert.strictEqual((yield* another.get("/")).status, 401)
      assert.strictEqual(api.flow.sentAt.length, 2)
      assert.strictEqual(api.requests.length, 3)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* status(api), 401)
      assert.strictEqual(api.flow.sentAt.length, 3)
    })
  )

  it.scoped("a renewal that was under way, and fails, does not shorten those five minutes", () =>
    Effect.gen(function* () {
      const api = yield* suspected(
        (request) => Effect.delay(refusingAll(request), /slow/.test(request.url) ? "32 seconds" : 0),
        granted("1 hour"),
        delayed("5 seconds", wrongKeys)
      )
      const slow = yield* Effect.fork(status(api, "/slow"))
      yield* TestClock.adjust("62 seconds")
      const another = yield* Effect.fork(Effect.flip(status(api)))
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* Fiber.join(slow), 401)
      yield* TestClock.adjust("3 seconds")
      assert.strictEqual((yield* Fiber.join(another))._tag, "InvalidCredentials")
      assert.strictEqual(api.flow.sentAt.length, 3)
      yield* TestClock.adjust("31 seconds")
      assert.strictEqual(yield* status(api), 401)
      assert.strictEqual(api.flow.sentAt.length, 3)
    })
  )

  it.scoped("F47 a token that is revoked in its first second is renewed at once", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const api = yield* apiOf(flow, refusingOld())
      assert.strictEqual(yield* status(api), 200)
      assert.strictEqual(flow.sentAt.length, 2)
    })
  )

  it.scoped("a merchant without rights costs the other merchants of its partner nothing", () =>
    Effect.gen(function* () {
      const merchant = "merchant-serial-number"
      const api = yield* suspected(refusing(({ headers }) => headers[merchant] === "999999"))
      const asking = (serialNumber: string) =>
        VippsClient.withMerchantSerialNumber(MerchantSerialNumber.make(serialNumber))(status(api))
      yield* Effect.forEach(many(120), () =>
        Effect.gen(function* () {
          assert.strictEqual(yield* asking("999999"), 401)
          assert.strictEqual(yield* asking("123456"), 200)
          assert.strictEqual(yield* asking("234567"), 200)
          yield* TestClock.adjust("5 seconds")
        })
      )
      const sentFor = (serialNumber: string) =>
        api.requests.filter(({ headers }) => headers[merchant] === serialNumber).length
      assert.strictEqual(sentFor("123456"), 120)
      assert.strictEqual(sentFor("234567"), 120)
      assert.strictEqual(sentFor("999999"), 122, "sent again twice in ten minutes")
      assert.strictEqual(api.flow.sentAt.length, 3)
    })
  )
})

describe("F26 a suspected token", () => {
  it.scoped("is kept by the others until its successor is there", () =>
    Effect.gen(function* () {
      const respond = refusing((request) => tokenOf(request) === old && request.url.endsWith("/refused"))
      const api = yield* suspected(respond, delayed("5 seconds", granted("1 hour")))
      const refused = yield* Effect.fork(status(api, "/refused"))
      yield* TestClock.adjust("4999 millis")
      assert.strictEqual(yield* status(api, "/others"), 200)
      assert.strictEqual(tokenOf(api.requests.at(-1) ?? assert.fail()), old)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* Fiber.join(refused), 200)
      assert.strictEqual(yield* status(api, "/others"), 200)
      assert.strictEqual(tokenOf(api.requests.at(-1) ?? assert.fail()), successor)
      assert.strictEqual(api.flow.sentAt.length, 2)
    })
  )

  it.scoped("whose renewal fails is kept; its refusals are handed through for 30 s, and then it is tried again", () =>
    Effect.gen(function* () {
      const api = yield* suspected(refusingOld(), wrongKeys)
      const error = yield* Effect.flip(status(api))
      assert.strictEqual(error._tag, "InvalidCredentials")
      assert.strictEqual(yield* served(api.source), old)
      yield* TestClock.adjust("29999 millis")
      assert.strictEqual(yield* status(api), 401)
      assert.strictEqual(api.flow.sentAt.length, 2)
      yield* TestClock.adjust("1 millis")
      assert.strictEqual(yield* status(api), 200)
      assert.strictEqual(api.flow.sentAt.length, 3)
    })
  )

  it.scoped("F15 is renewed though the wall clock was set back a day, and no pause lasts until then", () =>
    withMovableWall((moveWall) =>
      Effect.gen(function* () {
        const api = yield* suspected(refusingAll)
        const day = 86_400_000
        yield* moveWall(-day)
        assert.strictEqual(yield* status(api), 401)
        assert.strictEqual(api.flow.sentAt.length, 2)
        yield* moveWall(-day)
        assert.strictEqual(yield* status(api), 401)
        assert.strictEqual(api.flow.sentAt.length, 3)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual(yield* status(api), 401)
        assert.strictEqual(api.flow.sentAt.length, 3, "the pause of the second refused replay")
      })
    )
  )
})

describe("refusals that no new token mends", () => {
  const aboutTheSubscription = {
    missing:
      "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
    invalid:
      "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
    unknown: "Subscription not found."
  }
  for (const [what, message] of Object.entries(aboutTheSubscription)) {
    const refusal = { status: 401, body: { statusCode: 401, message } }
    it.scoped(`a subscription key that is ${what} becomes InvalidCredentials, and costs no token request`, () =>
      Effect.gen(function* () {
        const api = yield* suspected(refusing(() => true, refusal))
        const filtered = yield* clientOf(api.source, HttpClient.filterStatusOk(recordingClient(refusal).client))
        for (const client of [api.client, filtered]) {
          const error = yield* Effect.flip(client.get("/payments"))
          assert(error._tag === "InvalidCredentials")
          assert.deepInclude(told(error), { key: "subscriptionKey", status: 401, description: message })
        }
        assert.strictEqual(api.flow.sentAt.length, 1)
        assert.strictEqual(api.requests.length, 1)
      })
    )
  }

  it.scoped("a subscription key that is refused at the replay becomes InvalidCredentials", () =>
    Effect.gen(function* () {
      const refusal = { status: 401, body: { statusCode: 401, message: aboutTheSubscription.invalid } }
      const api = yield* suspected((request) =>
        tokenOf(request) === old ? refusingAll(request) : Effect.sync(() => responseOf(request, refusal))
      )
      assert.strictEqual((yield* Effect.flip(status(api)))._tag, "InvalidCredentials")
    })
  )

  for (const code of [400, 402, 403, 404, 407, 429, 500, 503]) {
    it.scoped(`${code} is handed through: one request, no renewal`, () =>
      Effect.gen(function* () {
        const api = yield* suspected((request) => Effect.sync(() => responseOf(request, { status: code })))
        assert.strictEqual(yield* status(api), code)
        assert.strictEqual(api.flow.sentAt.length, 1)
        assert.strictEqual(api.requests.length, 1)
      })
    )
  }
})
