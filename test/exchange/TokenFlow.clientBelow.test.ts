/** What a flow makes of an HttpClient that fails, breaks off, hangs, or does more than it should. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/TestClock"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { canariesIn, printed } from "../fixtures/canaries.js"
import { standardFlowOver } from "../fixtures/flows.js"
import { recordedStandardGrant, standardCredentials, standardKeys } from "../fixtures/keys.js"
import { type Answer, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { intoSinks } from "../fixtures/sinks.js"
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

  it.effect("F42 requestTimeout ends the request of a client that ignores its interruption", () =>
    Effect.gen(function* () {
      const flow = yield* standardFlowOver(HttpClient.make(() => Effect.uninterruptible(Effect.never)))
      const fiber = yield* Effect.fork(Effect.flip(flow.request))
      yield* TestClock.adjust("10 seconds")
      assert.deepInclude(yield* Fiber.join(fiber), { _tag: "Unavailable", reason: "timeout" })
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

describe("F59 a client below that goes wrong", () => {
  const secrets = [standardKeys.clientId, standardKeys.clientSecret, standardKeys.subscriptionKey]
  const transportError = (request: HttpClientRequest.HttpClientRequest, cause: unknown = new Error("no")) =>
    new HttpClientError.RequestError({ request, reason: "Transport", cause, description: `headers: ${secrets}` })
  /** As undici's parser fails: with what the server sent, which may be the request. */
  const parserError = (request: HttpClientRequest.HttpClientRequest) =>
    Object.assign(new Error(`Response does not match: ${secrets}`), {
      code: "HPE_INVALID_CONSTANT",
      data: request.headers
    })
  const hostile = {
    get cause(): unknown {
      throw new Error(`you looked at ${secrets}`)
    }
  }

  const clients: Readonly<
    Record<
      string,
      (request: HttpClientRequest.HttpClientRequest) => Effect.Effect<never, HttpClientError.HttpClientError>
    >
  > = {
    "fails with the request in its cause": (request) => Effect.fail(transportError(request, parserError(request))),
    "dies of its own failure": (request) => Effect.orDie(Effect.fail(transportError(request, parserError(request)))),
    "dies of anything": (request) => Effect.die(new Error(`a bug with ${JSON.stringify(request.headers)}`)),
    "dies of a text": (request) => Effect.die(JSON.stringify(request.headers)),
    "throws in an effect": (request) =>
      Effect.sync(() => {
        throw new TypeError(JSON.stringify(request.headers))
      }),
    "throws instead of making an effect": (request) => {
      throw new TypeError(JSON.stringify(request.headers))
    },
    "fails and dies at once": (request) =>
      Effect.zipRight(Effect.fail(transportError(request)), Effect.die(secrets), { concurrent: true }),
    "is interrupted by itself": () => Effect.interrupt,
    "waits for a fiber that was interrupted": () =>
      Effect.flatMap(Effect.fork(Effect.never), (fiber) =>
        Effect.zipRight(Fiber.interruptFork(fiber), Fiber.join(fiber))
      ),
    "has a code that is a key": (request) =>
      Effect.fail(transportError(request, { code: standardKeys.subscriptionKey.toUpperCase() }))
  }

  for (const [what, respond] of Object.entries(clients)) {
    it.effect(`${what}: Unavailable, and no key in it`, () =>
      Effect.gen(function* () {
        const { client } = recordingClient(respond)
        const flow = yield* standardFlowOver(client)
        const sunk = yield* intoSinks(flow.request, [])
        assert.isTrue(Exit.isFailure(sunk.exit))
        if (Exit.isFailure(sunk.exit)) {
          const error = Cause.failureOption(sunk.exit.cause)
          assert.deepInclude(Option.getOrThrow(error), { _tag: "Unavailable", reason: "network" })
          assert.isFalse(Cause.isInterrupted(sunk.exit.cause))
        }
        for (const [sink, text] of Object.entries(sunk.sinks)) {
          assert.deepStrictEqual(canariesIn(text, secrets.slice(1)), [], sink)
        }
      })
    )
  }

  it.effect("fails, or dies, with an error that throws when it is looked at: Unavailable, and no key in it", () =>
    Effect.gen(function* () {
      for (const respond of [
        (request: HttpClientRequest.HttpClientRequest) => Effect.fail(transportError(request, hostile)),
        () => Effect.die(hostile)
      ]) {
        const flow = yield* standardFlowOver(recordingClient(respond).client)
        const error = yield* Effect.flip(flow.request)
        assert.deepInclude(error, { _tag: "Unavailable", reason: "network" })
        assert.deepStrictEqual(canariesIn(printed(error), secrets), [])
      }
    })
  )

  it.effect("dies of a status that it filters: the answer in it counts", () =>
    Effect.gen(function* () {
      const { client } = recordingClient({ status: 429, headers: { "retry-after": "9" } })
      const flow = yield* standardFlowOver(
        client.pipe(HttpClient.filterStatusOk, HttpClient.transformResponse(Effect.orDie))
      )
      assert.strictEqual((yield* Effect.flip(flow.request))._tag, "RateLimited")
    })
  )

  it.effect("F4 the caller's own interruption stays one", () =>
    Effect.gen(function* () {
      const asked = yield* Effect.makeLatch()
      const { client } = recordingClient(() => Effect.zipRight(asked.open, Effect.never))
      const flow = yield* standardFlowOver(client)
      const fiber = yield* Effect.fork(flow.request)
      yield* asked.await
      assert.isTrue(Exit.isInterrupted(yield* Fiber.interrupt(fiber)))
    })
  )

  for (const [what, body] of Object.entries({
    "breaks off with the keys": () => Effect.die(new Error(`${secrets}`)),
    "is interrupted": () => Effect.interrupt,
    throws: () => {
      throw new Error(`${secrets}`)
    }
  })) {
    it.effect(`has a body that ${what}: Unavailable, and no key in it`, () =>
      Effect.gen(function* () {
        const client = HttpClient.make((request) => {
          const response = responseOf(request, { body: recordedStandardGrant })
          return Effect.succeed(
            new Proxy(response, {
              get: (target, name) =>
                name === "stream" ? Stream.unwrap(Effect.suspend(body)) : Reflect.get(target, name)
            })
          )
        })
        const flow = yield* standardFlowOver(client)
        const exit = yield* Effect.exit(flow.request)
        assert.deepInclude(Option.getOrThrow(Cause.failureOption(Exit.isFailure(exit) ? exit.cause : Cause.empty)), {
          _tag: "Unavailable",
          reason: "network"
        })
        assert.deepStrictEqual(canariesIn(printed(exit), secrets), [])
      })
    )
  }
})

describe("F49 a fetch that keeps answers", () => {
  it.live("keeps no token: the request says no-store", () =>
    Effect.gen(function* () {
      let asked = 0
      const kept = new Map<string, string>()
      const caching: typeof globalThis.fetch = async (input, init) => {
        const key = String(input)
        const known = kept.get(key)
        if (init?.cache !== "no-store" && known !== undefined) return new Response(known)
        asked += 1
        const body = JSON.stringify({ ...recordedStandardGrant, access_token: `token-${asked}` })
        if (init?.cache !== "no-store") kept.set(key, body)
        return new Response(body)
      }
      const tokens = yield* Effect.gen(function* () {
        const flow = yield* StandardFlow.make({ credentials: standardCredentials, environment: VippsEnvironment.test })
        return [yield* flow.request, yield* flow.request]
      }).pipe(
        Effect.provide(FetchHttpClient.layer),
        Effect.provideService(FetchHttpClient.Fetch, caching),
        Effect.withTracerEnabled(false)
      )
      assert.deepStrictEqual(
        tokens.map(({ value }) => Redacted.value(value)),
        ["token-1", "token-2"]
      )
    })
  )
})
