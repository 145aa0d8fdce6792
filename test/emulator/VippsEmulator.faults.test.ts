import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"
import * as Contract from "../../src/internal/emulator/wire/tokenContract.js"
import {
  askSpecialized,
  askStandard,
  basic,
  decodeBody,
  emulated,
  getLedgers,
  getPayment,
  statusOf,
  tokenOf
} from "../fixtures/emulatorRequests.js"

/** The next answer of the standard endpoint, with this fault. */
const faulty = (fault: Fault.Fault) =>
  Effect.gen(function* () {
    const emulator = yield* VippsEmulator
    yield* emulator.fault(fault)
    return yield* askStandard()
  })

const faultySpecialized = (fault: Fault.Fault) =>
  Effect.gen(function* () {
    const emulator = yield* VippsEmulator
    yield* emulator.fault(fault)
    return yield* askSpecialized()
  })

const errorOf = Schema.Struct({ error: Schema.String })

it.effect("a fault for a number of times that is none is refused", () =>
  Effect.gen(function* () {
    const emulator = yield* VippsEmulator
    for (const times of [Number.NaN, 1.5, -1, "always" as never]) {
      const cause = yield* Effect.flip(Effect.sandbox(emulator.fault(Fault.rateLimited(), times)))
      assert.match(Cause.pretty(cause), /times must be a whole number/)
    }
  }).pipe(Effect.provide(VippsEmulator.layer))
)

describe("faults in place of an answer", () => {
  const answers: ReadonlyArray<readonly [Fault.Fault, number, Schema.Schema.AnyNoContext, string]> = [
    [Fault.missingSubscriptionKey, 401, Contract.ApiManagementError, "missing subscription key"],
    [Fault.invalidSubscriptionKey, 401, Contract.ApiManagementError, "invalid subscription key"],
    [Fault.subscriptionNotFound, 401, Contract.ApiManagementError, "Subscription not found."],
    [Fault.unauthorizedClient, 400, Contract.EntraError, "AADSTS700016"],
    [Fault.invalidClient, 401, Contract.EntraError, "AADSTS7000215"],
    [Fault.invalidRequest, 400, Contract.EntraError, "AADSTS900144"],
    [Fault.invalidScope, 400, Contract.OAuthError, "invalid_scope"],
    [Fault.unauthorized, 401, Contract.GatewayError, "please try again later"],
    [Fault.unauthorizedProblem, 401, Contract.Problem, "expired"],
    [Fault.forbidden, 403, Contract.GatewayError, "Forbidden"],
    [Fault.notFound, 404, Contract.GatewayError, "APIM Resource Not Found"],
    [Fault.rateLimited(), 429, Contract.ApiManagementError, "Try again in 5 seconds."],
    [Fault.rateLimitedWithoutRetryAfter, 429, Contract.ApiManagementError, "Rate limit is exceeded."],
    [Fault.temporarilyUnavailable, 503, Contract.EntraError, "AADSTS90033"],
    [Fault.internalServerError, 500, Contract.GatewayError, "Internal Server Error"],
    [Fault.incident, 500, Contract.GatewayError, '"responseCode":"1000"']
  ]

  for (const [fault, status, shape, text] of answers) {
    it.effect(`${fault.name}: ${status}, in the shape of the server that says it`, () =>
      emulated(
        Effect.gen(function* () {
          const response = yield* faulty(fault)
          assert.strictEqual(response.status, status)
          assert.match(response.headers["content-type"] ?? "", /^application\/(problem\+)?json/)
          yield* decodeBody(response, shape)
          assert.include(yield* response.text, text)
          assert.strictEqual(yield* statusOf(askStandard()), 200)
        })
      )
    )
  }

  const pages: ReadonlyArray<readonly [Fault.Fault, number, string, string]> = [
    [Fault.htmlBadGateway, 502, "text/html", "<h1>502 Bad Gateway</h1>"],
    [Fault.htmlServiceUnavailable(), 503, "text/html", "<h1>503 Service Unavailable</h1>"],
    [Fault.htmlGatewayTimeout, 504, "text/html", "<h1>504 Gateway Time-out</h1>"],
    [Fault.throttled, 429, "text/plain", "Too Many Requests"],
    [Fault.emptyServerError, 500, "", ""],
    [Fault.nonJsonGrant, 200, "text/html", "guest network"],
    [Fault.answer({ status: 418, headers: { "content-type": "x/tea" }, body: "short" }), 418, "x/tea", "short"]
  ]

  for (const [fault, status, type, text] of pages) {
    it.effect(`${fault.name}: ${status}, without JSON`, () =>
      emulated(
        Effect.gen(function* () {
          const response = yield* faulty(fault)
          assert.strictEqual(response.status, status)
          assert.strictEqual(response.headers["content-type"] ?? "", type)
          assert.include(yield* response.text, text)
        })
      )
    )
  }

  it.effect("use the OAuth shape at the specialized endpoint", () =>
    emulated(
      Effect.gen(function* () {
        const said: ReadonlyArray<readonly [Fault.Fault, number, string]> = [
          [Fault.unauthorizedClient, 400, "unauthorized_client"],
          [Fault.invalidClient, 401, "invalid_client"],
          [Fault.invalidRequest, 400, "invalid_request"],
          [Fault.temporarilyUnavailable, 503, "temporarily_unavailable"]
        ]
        for (const [fault, status, error] of said) {
          const response = yield* faultySpecialized(fault)
          assert.strictEqual(response.status, status)
          assert.strictEqual((yield* decodeBody(response, Contract.OAuthError)).error, error)
        }
      })
    )
  )

  it.effect("send Retry-After in seconds, as a date, or not at all", () =>
    emulated(
      Effect.gen(function* () {
        yield* TestClock.setTime(1_700_000_000_000)
        const retryAfter = (fault: Fault.Fault) => Effect.map(faulty(fault), (_) => _.headers["retry-after"])

        assert.strictEqual(yield* retryAfter(Fault.rateLimited()), "5")
        assert.strictEqual(yield* retryAfter(Fault.rateLimited({ retryAfter: "1500 millis" })), "2")
        assert.strictEqual(
          yield* retryAfter(Fault.rateLimitedUntilDate({ retryAfter: "1 minute" })),
          "Tue, 14 Nov 2023 22:14:20 GMT"
        )
        assert.strictEqual(yield* retryAfter(Fault.rateLimitedWithoutRetryAfter), undefined)
        assert.strictEqual(yield* retryAfter(Fault.throttled), "60")
        assert.strictEqual(yield* retryAfter(Fault.htmlServiceUnavailable()), undefined)
        assert.strictEqual(yield* retryAfter(Fault.htmlServiceUnavailable({ retryAfter: "2 minutes" })), "120")
      })
    )
  )

  it.effect("redirect to the given URL", () =>
    emulated(
      Effect.gen(function* () {
        const found = yield* faulty(Fault.redirect("https://evil.example/accesstoken/get"))
        const permanent = yield* faulty(Fault.redirect(new URL("https://evil.example/"), 308))

        assert.strictEqual(found.status, 302)
        assert.strictEqual(found.headers.location, "https://evil.example/accesstoken/get")
        assert.strictEqual(permanent.status, 308)
      })
    )
  )

  it.effect("echo every key of the caller, in every spelling, between control characters", () =>
    emulated(
      Effect.gen(function* () {
        const { credentials } = yield* VippsEmulator
        const standard = yield* Effect.flatMap(faulty(Fault.hostileText), (_) => decodeBody(_, Contract.EntraError))
        const key = Redacted.value(credentials.standard.clientSecret)
        for (const leak of [
          key,
          btoa(key),
          encodeURIComponent(key),
          Redacted.value(credentials.standard.subscriptionKey)
        ]) {
          assert.include(standard.error_description, leak)
          assert.include(standard.correlation_id, leak)
        }
        assert.isAbove(standard.error_description.length, 10_000)
        assert.include(standard.error_description, "\u001b[31m\u0000")

        const specialized = yield* Effect.flatMap(faultySpecialized(Fault.hostileText), (_) => _.text)
        const secret = Redacted.value(credentials.specialized.clientSecret)
        assert.include(specialized, basic(Redacted.value(credentials.specialized.clientId), secret))
        assert.include(specialized, `${secret} `)
      })
    )
  )
})

describe("faults of a grant", () => {
  const grantWith = (fault: Fault.Fault) => Effect.flatMap(faulty(fault), (response) => response.json)

  it.effect("set any field to any JSON value, or leave it out", () =>
    emulated(
      Effect.gen(function* () {
        const odd = yield* grantWith(Fault.grant({ token_type: "MAC", ext_expires_in: "0", resource: undefined }))
        assert.deepInclude(odd, { token_type: "MAC", ext_expires_in: "0", expires_in: "3599" })
        assert.notProperty(odd, "resource")

        for (const value of [null, -1, 0, 0.5, "", "soon", "3599.9", [3600], { seconds: 1 }, true, 1e21]) {
          assert.deepInclude(yield* grantWith(Fault.expiresIn(value)), { expires_in: value })
        }
        assert.notProperty(yield* grantWith(Fault.expiresIn(undefined)), "expires_in")
        assert.notProperty(yield* grantWith(Fault.missingAccessToken), "access_token")
      })
    )
  )

  it.effect("put characters into the token that no header may contain", () =>
    emulated(
      Effect.gen(function* () {
        assert.include(yield* Effect.flatMap(faulty(Fault.tokenWithLineBreak), tokenOf), "\r\n")
        assert.match(yield* Effect.flatMap(faulty(Fault.tokenWithNonAscii), tokenOf), /[^\x20-\x7e]/)
      })
    )
  )

  it.effect("cut a body in the middle, or leave it empty", () =>
    emulated(
      Effect.gen(function* () {
        const truncated = yield* faulty(Fault.truncatedGrant)
        const text = yield* truncated.text
        assert.strictEqual(truncated.status, 200)
        assert.match(text, /^\{"token_type":"Bearer".*"access_token":"eyJ[\w.-]+$/)
        assert.strictEqual(truncated.headers["content-length"], String(text.length))

        const empty = yield* faulty(Fault.emptyGrant)
        assert.strictEqual(empty.status, 200)
        assert.strictEqual(yield* empty.text, "")
      })
    )
  )

  it.effect("grant an expired token, which no API accepts", () =>
    emulated(
      Effect.gen(function* () {
        yield* TestClock.setTime(1_700_000_000_000)
        const standard = yield* faulty(Fault.expiredToken)
        assert.deepInclude(yield* standard.json, { expires_in: "0", expires_on: "1699999999" })
        assert.strictEqual(yield* statusOf(getPayment(yield* tokenOf(standard))), 401)

        const specialized = yield* faultySpecialized(Fault.expiredToken)
        assert.deepInclude(yield* specialized.json, { expires_in: 0 })
        assert.strictEqual(yield* statusOf(getLedgers(yield* tokenOf(specialized))), 401)
      })
    )
  )

  it.effect("grant the client's last token again, with its remaining lifetime", () =>
    emulated(
      Effect.gen(function* () {
        const first = yield* Effect.flatMap(faulty(Fault.sameToken), tokenOf)
        yield* TestClock.adjust("10 minutes")
        const again = yield* faulty(Fault.sameToken)

        assert.strictEqual(yield* tokenOf(again), first)
        assert.deepInclude(yield* again.json, { expires_in: "2999", expires_on: "3599" })
        assert.notStrictEqual(yield* Effect.flatMap(faultySpecialized(Fault.sameToken), tokenOf), first)
        assert.notStrictEqual(yield* Effect.flatMap(askStandard(), tokenOf), first)
      })
    )
  )

  it.effect("still refuse wrong keys", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* askStandard()
        const faults = [Fault.sameToken, Fault.expiresIn(1), Fault.emptyGrant, Fault.truncatedGrant, Fault.slow(0)]
        for (const fault of faults) {
          yield* emulator.fault(fault)
          const refused = yield* askStandard({ client_secret: "wrong" })
          assert.strictEqual(
            (yield* Effect.flatMap(refused.json, Schema.decodeUnknown(errorOf))).error,
            "invalid_client"
          )
        }
      })
    )
  )

  it.effect("report a wrong time everywhere but in expires_in", () =>
    emulated(
      Effect.gen(function* () {
        yield* TestClock.setTime(1_700_000_000_000)
        const ahead = yield* faulty(Fault.wrongClock({ ahead: "1 hour" }))
        const behind = yield* faulty(Fault.wrongClock({ behind: "1 hour" }))
        const specialized = yield* faultySpecialized(Fault.wrongClock({ ahead: "1 hour" }))

        assert.deepInclude(yield* ahead.json, {
          expires_in: "3599",
          expires_on: "1700007199",
          not_before: "1700003300"
        })
        assert.deepInclude(yield* behind.json, {
          expires_in: "3599",
          expires_on: "1699999999",
          not_before: "1699996100"
        })
        assert.strictEqual(ahead.headers.date, "Tue, 14 Nov 2023 23:13:20 GMT")
        assert.strictEqual(behind.headers.date, "Tue, 14 Nov 2023 21:13:20 GMT")
        assert.hasAllKeys(yield* specialized.json, ["access_token", "token_type", "expires_in"])
      })
    )
  )
})

describe("faults of delivery", () => {
  it.effect("hang until the caller disconnects", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.fault(Fault.hang)
        const waiting = yield* Effect.fork(Effect.timeoutOption(askStandard(), "1 day"))
        yield* TestClock.adjust("1 day")

        assert.isTrue(Option.isNone(yield* Fiber.join(waiting)))
        assert.strictEqual((yield* emulator.requests).length, 1)
        assert.strictEqual(yield* statusOf(askStandard()), 200)
      })
    )
  )

  it.effect("hang after half of the body", () =>
    emulated(
      Effect.gen(function* () {
        const response = yield* faulty(Fault.hangMidBody)
        const received = yield* Ref.make(0)
        const reading = yield* response.stream.pipe(
          Stream.runForEach((bytes) => Ref.update(received, (sum) => sum + bytes.length)),
          Effect.timeoutOption("1 day"),
          Effect.fork
        )
        yield* TestClock.adjust("1 day")

        assert.isTrue(Option.isNone(yield* Fiber.join(reading)))
        assert.strictEqual(yield* Ref.get(received), Math.floor(Number(response.headers["content-length"]) / 2))
      })
    )
  )

  it.effect("answer late, with a token issued at that time", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.fault(Fault.slow("9 seconds"))
        const waiting = yield* Effect.fork(askStandard())
        yield* TestClock.adjust("8999 millis")
        assert.isTrue(Option.isNone(yield* Fiber.poll(waiting)))
        yield* TestClock.adjust("1 millis")

        const response = yield* Fiber.join(waiting)
        assert.deepInclude(yield* response.json, { expires_in: "3599", expires_on: "3608" })
      })
    )
  )

  it.effect("drip by the emulator's clock: headers at once, then piece by piece", () =>
    emulated(
      Effect.gen(function* () {
        const response = yield* faulty(Fault.drip({ pause: "1 second", bytes: 100 }))
        const length = Number(response.headers["content-length"])
        const received = yield* Ref.make(0)
        const reading = yield* Effect.fork(
          Stream.runForEach(response.stream, (bytes) => Ref.update(received, (sum) => sum + bytes.length))
        )
        yield* TestClock.adjust("2500 millis")
        assert.strictEqual(yield* Ref.get(received), 200)
        yield* TestClock.adjust("1 hour")
        yield* Fiber.join(reading)
        assert.strictEqual(yield* Ref.get(received), length)
      })
    )
  )

  it.effect("drip one byte at a time by default", () =>
    emulated(
      Effect.gen(function* () {
        const response = yield* faulty(Fault.drip({ pause: 0 }))
        const sizes = yield* Stream.runFold(response.stream, new Set<number>(), (sizes, bytes) =>
          sizes.add(bytes.length)
        )
        assert.deepStrictEqual([...sizes], [1])
      })
    )
  )

  it.effect("cut the connection before or during an answer", () =>
    emulated(
      Effect.gen(function* () {
        const before = yield* Effect.flip(faulty(Fault.cutConnection))
        assert.strictEqual(before._tag, "RequestError")
        assert.strictEqual(before.reason, "Transport")

        const response = yield* faulty(Fault.cutMidBody)
        assert.strictEqual(response.status, 200)
        const within = yield* Effect.flip(response.text)
        assert.strictEqual(within._tag, "ResponseError")
        assert.strictEqual(within.reason, "Decode")
      })
    )
  )

  it.effect("send 10 MB, of which a reader takes as much as it wants", () =>
    emulated(
      Effect.gen(function* () {
        const response = yield* faulty(Fault.hugeBody())
        const taken = yield* Stream.runFold(Stream.take(response.stream, 2), 0, (sum, bytes) => sum + bytes.length)
        assert.strictEqual(response.headers["content-length"], "10000000")
        assert.strictEqual(taken, 2 * 64 * 1024)

        const whole = yield* Stream.runFold(response.stream, 0, (sum, bytes) => sum + bytes.length)
        assert.strictEqual(whole, 10_000_000)
        assert.strictEqual((yield* faulty(Fault.hugeBody(100_000))).headers["content-length"], "100000")
      })
    )
  )
})

describe("the queue of faults", () => {
  it.effect("applies faults in order, each to the given number of token answers", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.fault(Fault.htmlBadGateway, 2)
        yield* emulator.fault(Fault.forbidden)
        yield* emulator.fault(Fault.notFound, 0)
        const statuses = yield* Effect.all(
          [askStandard(), askSpecialized(), askStandard(), askStandard()].map(statusOf)
        )

        assert.deepStrictEqual(statuses, [502, 502, 403, 200])
      })
    )
  )

  it.effect("applies a fault forever if asked to, until it is cleared", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.fault(Fault.htmlBadGateway, Number.POSITIVE_INFINITY)
        yield* emulator.faultApi(Fault.htmlBadGateway, Number.POSITIVE_INFINITY)
        const statuses = yield* Effect.replicateEffect(statusOf(askStandard()), 100)
        assert.deepStrictEqual([...new Set(statuses)], [502])

        yield* emulator.clearFaults
        assert.strictEqual(yield* statusOf(askStandard()), 200)
        assert.strictEqual(yield* statusOf(getLedgers("none")), 401)
      })
    )
  )

  it.effect("applies a fault to one flow if the test names it", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.fault(Fault.forbidden, 1, "specialized")
        yield* emulator.fault(Fault.htmlBadGateway)

        assert.strictEqual(yield* statusOf(askStandard()), 502)
        assert.strictEqual(yield* statusOf(askStandard()), 200)
        assert.strictEqual(yield* statusOf(askSpecialized()), 403)
      })
    )
  )

  it.effect("keeps faults of the APIs separate", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.faultApi(Fault.unauthorizedProblem)
        const token = yield* Effect.flatMap(askStandard(), tokenOf)

        assert.strictEqual((yield* getPayment(token)).headers["content-type"], "application/problem+json")
        assert.strictEqual(yield* statusOf(getPayment(token)), 200)
      })
    )
  )

  it.effect("is not used up by unknown paths", () =>
    emulated(
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        yield* emulator.fault(Fault.htmlBadGateway)

        assert.strictEqual(yield* statusOf(HttpClient.get(`${emulator.baseUrl.origin}/nowhere`)), 404)
        assert.strictEqual(yield* statusOf(askStandard()), 502)
      })
    )
  )
})
