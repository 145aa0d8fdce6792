/** What a flow makes of an HttpClient that fails, breaks off, hangs, or does more than it should. */
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { standardFlowOver } from "../fixtures/flows.js"
import { recordedStandardGrant } from "../fixtures/keys.js"
import { type Answer, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { told } from "../fixtures/told.js"

const grantOf = (answer: Answer) =>
  Effect.flatMap(standardFlowOver(recordingClient(answer).client), (flow) => flow.request)

describe("no answer is Unavailable", () => {
  const failing = (cause: unknown, reason: "Transport" | "Encode" | "InvalidUrl" = "Transport") =>
    recordingClient((request) => Effect.fail(new HttpClientError.RequestError({ request, reason, cause })))

  it.effect("network, with the system's own code, however deep it lies", () =>
    Effect.gen(function* () {
      const refused = Object.assign(new Error("connect"), { code: "ECONNREFUSED" })
      const causes: ReadonlyArray<readonly [unknown, string | undefined]> = [
        [refused, "ECONNREFUSED"],
        [new TypeError("fetch failed", { cause: refused }), "ECONNREFUSED"],
        [{ cause: { cause: { cause: { code: "ENOTFOUND" } } } }, "ENOTFOUND"],
        [{ code: "UND_ERR_SOCKET" }, "UND_ERR_SOCKET"],
        [{ code: "not a code" }, undefined],
        [{ code: 7 }, undefined],
        [new Error("no code"), undefined],
        ["text", undefined],
        [undefined, undefined],
        [null, undefined]
      ]
      for (const [cause, code] of causes) {
        const flow = yield* standardFlowOver(failing(cause).client)
        const error = yield* Effect.flip(flow.request)
        assert.deepInclude(error, { _tag: "Unavailable", reason: "network" })
        if (error._tag === "Unavailable") assert.strictEqual(Option.getOrUndefined(error.code), code)
      }
    })
  )

  it.effect("a chain of causes that bites its tail ends", () =>
    Effect.gen(function* () {
      const snake: { cause?: unknown } = {}
      snake.cause = snake
      const flow = yield* standardFlowOver(failing(snake).client)
      assert.deepInclude(yield* Effect.flip(flow.request), { _tag: "Unavailable", reason: "network" })
    })
  )

  it.effect("a body that breaks off is the network's fault", () =>
    Effect.gen(function* () {
      const broken = new ReadableStream<Uint8Array>({
        start: (controller) => {
          controller.enqueue(new TextEncoder().encode('{"access_token":'))
        },
        pull: (controller) => controller.error(Object.assign(new Error("reset"), { code: "ECONNRESET" }))
      })
      const error = yield* Effect.flip(grantOf({ body: broken }))
      assert.deepInclude(told(error), { _tag: "Unavailable", reason: "network", code: "ECONNRESET" })
    })
  )

  it.effect("F42 requestTimeout covers the body too", () =>
    Effect.gen(function* () {
      const { client } = recordingClient({
        body: new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) })
      })
      const flow = yield* standardFlowOver(client)
      const fiber = yield* Effect.fork(Effect.flip(flow.request))
      yield* Effect.yieldNow()
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "Unavailable", reason: "timeout" })
    })
  )
})

describe("a client below that does more than it should", () => {
  it.effect("filters by status: it is still the answer that counts", () =>
    Effect.gen(function* () {
      const tags: ReadonlyArray<readonly [number, string]> = [
        [401, "InvalidCredentials"],
        [429, "RateLimited"],
        [503, "Unavailable"],
        [404, "RequestRejected"]
      ]
      for (const [status, tag] of tags) {
        const body = { statusCode: status, message: "No." }
        const { client } = recordingClient({ status, headers: { "retry-after": "9" }, body })
        const flow = yield* standardFlowOver(HttpClient.filterStatusOk(client))
        const error = yield* Effect.flip(flow.request)
        assert.strictEqual(error._tag, tag)
        if (error._tag === "RateLimited") assert.isTrue(Option.isSome(error.retryAfter))
      }
    })
  )

  it.effect("F37 follows redirects: an answer from another host is refused, whatever it holds", () =>
    Effect.gen(function* () {
      for (const [status, body] of [
        [200, recordedStandardGrant],
        [401, { error: "invalid_client" }],
        [503, ""]
      ] as const) {
        const { client } = recordingClient((request) =>
          Effect.sync(() =>
            new URL(request.url).host === "apitest.vipps.no"
              ? responseOf(request, { status: 307, headers: { location: "https://evil.example/get" } })
              : responseOf(request, { status, body })
          )
        )
        const flow = yield* standardFlowOver(HttpClient.followRedirects(client))
        const error = yield* Effect.flip(flow.request)
        assert.deepInclude(error, { _tag: "RequestRejected", status })
        assert.match(error.message, /another host/)
      }
    })
  )

  it.effect("F37 changes host, port or scheme: refused; another path of the same origin: taken", () =>
    Effect.gen(function* () {
      const urls: ReadonlyArray<readonly [string, boolean]> = [
        ["https://apitest.vipps.no/elsewhere", true],
        ["https://apitest.vipps.no:443/accesstoken/get", true],
        ["https://apitest.vipps.no:8443/accesstoken/get", false],
        ["http://apitest.vipps.no/accesstoken/get", false],
        ["https://api.vipps.no/accesstoken/get", false],
        ["https://apitest.vipps.no.evil.example/", false]
      ]
      for (const [url, granted] of urls) {
        const { client } = recordingClient({ body: recordedStandardGrant })
        const flow = yield* standardFlowOver(HttpClient.mapRequest(client, HttpClientRequest.setUrl(url)))
        const result = yield* Effect.either(flow.request)
        assert.strictEqual(result._tag === "Right", granted, url)
        if (result._tag === "Left") assert.strictEqual(result.left._tag, "RequestRejected", url)
      }
    })
  )

  it.effect("answers with a URL that is none: an error, not a defect", () =>
    Effect.gen(function* () {
      for (const url of ["", "/accesstoken/get", "::"]) {
        const { client } = recordingClient(() =>
          Effect.sync(() => responseOf(HttpClientRequest.post(url), { body: recordedStandardGrant }))
        )
        const flow = yield* standardFlowOver(client)
        assert.strictEqual((yield* Effect.flip(flow.request))._tag, "RequestRejected", url)
      }
    })
  )
})
