/** A request that is interrupted takes nothing from the others, and leaves nothing behind (F4 for the client). */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as TestClock from "effect/TestClock"
import { apiOf } from "../fixtures/apiClients.js"
import { served } from "../fixtures/caches.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson } from "../fixtures/httpServer.js"
import { atRest } from "../fixtures/passingTime.js"
import { responseOf } from "../fixtures/recordingClient.js"
import { delayed, granted, scriptedFlow } from "../fixtures/scriptedFlow.js"
import { old, refusingOld, successor, suspected, suspectedByServer } from "../fixtures/suspectedTokens.js"

describe("a request that is interrupted", () => {
  it.scoped("while it waits for the first token leaves the flight to the others", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      flow.next(delayed("2 seconds", granted("1 hour")))
      const { client, source } = yield* apiOf(flow)
      const [first, second] = [yield* Effect.fork(client.get("/")), yield* Effect.fork(client.get("/"))]
      yield* TestClock.adjust("1 second")
      yield* Fiber.interrupt(first)
      yield* TestClock.adjust("1 second")
      assert.strictEqual((yield* Fiber.join(second)).status, 200)
      assert.strictEqual(yield* served(source), old)
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )

  for (const others of [0, 3]) {
    it.scoped(`while it waits for the renewal that it began leaves it to ${others} others, and to the cache`, () =>
      Effect.gen(function* () {
        const { client, flow, source } = yield* suspected(refusingOld(), delayed("2 seconds", granted("1 hour")))
        const first = yield* Effect.fork(client.get("/"))
        yield* atRest
        const joined = yield* Effect.fork(Effect.all(Array.from({ length: others }, () => client.get("/"))))
        yield* TestClock.adjust("1 second")
        yield* Fiber.interrupt(first)
        yield* TestClock.adjust("1 second")
        for (const response of yield* Fiber.join(joined)) assert.strictEqual(response.status, 200)
        assert.strictEqual(yield* served(source), successor)
        assert.strictEqual(flow.sentAt.length, 2)
      })
    )
  }

  for (const [name, wire] of httpClients) {
    it.scoped(`during its replay over ${name} leaves nothing behind: hung up, no pause, no renewal in the way`, () =>
      Effect.gen(function* () {
        const closed = yield* Effect.makeLatch()
        const arrived = yield* Effect.makeLatch()
        const { client, flow, server } = yield* suspectedByServer((response, request) => {
          if (request.url !== "/hangs") {
            const refused = request.headers.authorization === `Bearer ${successor}`
            return answerJson({}, refused ? 401 : 200)(response, request)
          }
          response.on("close", () => closed.unsafeOpen())
          arrived.unsafeOpen()
        })
        const request = yield* Effect.fork(client.get("/hangs"))
        yield* arrived.await
        yield* Fiber.interrupt(request)
        yield* closed.await
        assert.strictEqual(server.requests.length, 2)
        yield* TestClock.adjust("1 minute")
        assert.strictEqual((yield* client.get("/")).status, 200)
        assert.strictEqual(flow.sentAt.length, 3)
      }).pipe(Effect.provide(wire))
    )
  }

  it.scoped("while it reads a 401 lets go of its body", () =>
    Effect.gen(function* () {
      const cancelled = yield* Effect.makeLatch()
      const body = new ReadableStream<Uint8Array>({ cancel: () => cancelled.unsafeOpen() })
      const { client, flow } = yield* suspected((request) =>
        Effect.sync(() => responseOf(request, { status: 401, body }))
      )
      const request = yield* Effect.fork(client.get("/"))
      yield* atRest
      yield* Fiber.interrupt(request)
      yield* cancelled.await
      assert.strictEqual(flow.sentAt.length, 1)
    })
  )
})
