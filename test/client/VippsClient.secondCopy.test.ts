/**
 * F47 of docs/failures.md: a second copy of this package in the same process, as bundlers and package managers make it.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it, vi } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import * as own from "../../src/index.js"
import { refusing } from "../fixtures/apiClients.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { delayed, granted, scriptedFlow } from "../fixtures/scriptedFlow.js"
import { refusingOld } from "../fixtures/suspectedTokens.js"

vi.resetModules()
const second: typeof own = await import("../../src/index.js")

const clientOf = (copy: typeof own, source: own.TokenSource, below: HttpClient.HttpClient) =>
  Effect.provideService(copy.VippsClient.make(source), HttpClient.HttpClient, below)

const copies = { own, second }

it("the second copy is one", () => {
  assert.notStrictEqual(second.AccessToken, own.AccessToken)
  assert.notStrictEqual(second.VippsClient, own.VippsClient)
})

describe("F47 the source of one copy, the clients of both", () => {
  for (const [name, copy] of Object.entries(copies)) {
    it.scoped(`one renewal for the requests of both: the source is of the ${name} copy`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow({ key: `of the ${name} copy` })
        flow.next(granted("1 hour"), delayed("1 second", granted("1 hour")))
        const source = yield* Effect.flatMap(copy.TokenCache.make, (cache) => cache.source(flow))
        const { client: below } = recordingClient(refusingOld())
        const request = (one: typeof own) => Effect.flatMap(clientOf(one, source, below), (client) => client.get("/"))
        const callers = yield* Effect.fork(
          Effect.all([request(own), request(second), request(own), request(second)], { concurrency: "unbounded" })
        )
        yield* TestClock.adjust("1 second")
        for (const response of yield* Fiber.join(callers)) assert.strictEqual(response.status, 200)
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )

    it.scoped(`a source made by hand, with tokens of the ${name} copy`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow({ key: `by hand, of the ${name} copy` })
        let tokens = 1
        const token = (text: string) =>
          copy.AccessToken.make({
            value: Redacted.make(text),
            flow: "standard",
            issuedAt: DateTime.unsafeMake(0),
            expiresIn: "1 hour"
          })
        const source = (): own.TokenSource => ({
          flow,
          get: Effect.sync(() => token(`scripted-${tokens}`)),
          refresh: Effect.delay(
            Effect.sync(() => token(`scripted-${++tokens}`)),
            "1 second"
          ),
          invalidate: () => Effect.void,
          status: Effect.dieMessage("not asked for")
        })
        const { client: below, requests } = recordingClient(refusingOld())
        const request = (one: typeof own) => Effect.flatMap(clientOf(one, source(), below), (client) => client.get("/"))
        const callers = yield* Effect.fork(Effect.all([request(own), request(second)], { concurrency: 2 }))
        yield* TestClock.adjust("1 second")
        for (const response of yield* Fiber.join(callers)) assert.strictEqual(response.status, 200)
        assert.strictEqual(tokens, 2)
        assert.strictEqual(requests[0]?.headers.authorization, "Bearer scripted-1")
      })
    )

    it.scoped(`the merchant of the ${name} copy's combinator reaches the clients of both, and is paused for both`, () =>
      Effect.gen(function* () {
        const flow = scriptedFlow({ key: `merchants of the ${name} copy` })
        const source = yield* Effect.flatMap(copy.TokenCache.make, (cache) => cache.source(flow))
        const { client: below, requests } = recordingClient(refusing(() => true))
        for (const one of [own, second]) {
          const client = yield* clientOf(one, source, below)
          const merchant = copy.MerchantSerialNumber.make("123456")
          const response = yield* client.get("/").pipe(copy.VippsClient.withMerchantSerialNumber(merchant))
          assert.strictEqual(response.status, 401)
          assert.strictEqual(requests.at(-1)?.headers["merchant-serial-number"], "123456")
          yield* TestClock.adjust("30 seconds")
        }
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  }
})
