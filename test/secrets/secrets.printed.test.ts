/**
 * F36 for what an application prints by itself: when its main program fails, when a promise rejects, when it looks
 * around.
 */
import { execFile } from "node:child_process"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type { TokenSource } from "../../src/TokenSource.js"
import { clientOf } from "../fixtures/apiClients.js"
import { bundled } from "../fixtures/bundle.js"
import { cacheWith, sourceOf } from "../fixtures/caches.js"
import { canaries, canariesIn, canaryKeys, printed } from "../fixtures/canaries.js"
import { answerJson, type Handler, httpServer, type ReceivedRequest } from "../fixtures/httpServer.js"
import { atRest } from "../fixtures/passingTime.js"
import { recordingClient } from "../fixtures/recordingClient.js"
import { recordingTracer } from "../fixtures/recordingTracer.js"
import { canaryFlowsOver, canaryGrant } from "../fixtures/silence.js"

/** Everything that the process writes, and whether it has ended well. */
const careless = (program: string, how: string, env: Record<string, string>) =>
  Effect.async<{ readonly failed: boolean; readonly output: string }>((resume) => {
    const child = execFile(
      process.execPath,
      [program, how],
      { timeout: 60_000, env: { PATH: process.env.PATH ?? "", ...env } },
      (error, stdout, stderr) => resume(Effect.succeed({ failed: error !== null, output: stdout + stderr }))
    )
    return Effect.sync(() => child.kill())
  })

const invalidKey = "Access denied due to invalid subscription key."

const everythingOf = ({ body, headers, url }: ReceivedRequest) => `${JSON.stringify(headers)} ${url} ${body}`

const api: Handler = (response, request) => {
  switch (request.url) {
    case "/accesstoken/get":
      return answerJson(canaryGrant)(response, request)
    case "/hang-up":
      return response.destroy()
    case "/breaking-off":
      response.writeHead(200, { "content-type": "application/json", "content-length": "50000" })
      return response.write(everythingOf(request), () => response.destroy())
    case "/forbidden":
      return answerJson({ title: "Forbidden", detail: everythingOf(request) }, 403)(response, request)
    case "/refused":
      return answerJson({ statusCode: 401, message: `${invalidKey} ${everythingOf(request)}` }, 401)(response, request)
    default:
      return answerJson({ ok: true })(response, request)
  }
}

const refusingKeys: Handler = (response, request) =>
  answerJson({ error: "invalid_client", error_description: everythingOf(request) }, 401)(response, request)

describe("F36 a process whose main program prints all that it has", () => {
  const keys = {
    VIPPS_CLIENT_ID: canaries.clientId,
    VIPPS_CLIENT_SECRET: canaries.clientSecret,
    VIPPS_SUBSCRIPTION_KEY: canaries.subscriptionKey
  }
  const stories: Readonly<Record<string, { readonly env: Record<string, string>; readonly says: RegExp }>> = {
    "and goes well": { env: { CARELESS_PATH: "/payments" }, says: /read.*ok/s },
    "and whose layer has a bad secret": {
      env: { VIPPS_CLIENT_SECRET: `${canaries.clientSecret} x` },
      says: /VIPPS_CLIENT_SECRET: "must be visible ASCII/
    },
    "and whose mapRequest throws": { env: { CARELESS_PATH: "/defect" }, says: /a defect at/ },
    "and whose API hangs up": { env: { CARELESS_PATH: "/hang-up" }, says: /RequestError/ },
    "and whose API breaks off": { env: { CARELESS_PATH: "/breaking-off" }, says: /ResponseError/ },
    "and whose API forbids it": { env: { CARELESS_PATH: "/forbidden" }, says: /non 2xx status code/ },
    "and whose API refuses its subscription key": {
      env: { CARELESS_PATH: "/refused" },
      says: /Vipps refuses the subscription key/
    },
    "and whose keys are refused": { env: { SERVER: "refusing" }, says: /Vipps refuses the client secret/ }
  }
  for (const [story, { env, says }] of Object.entries(stories)) {
    it.scopedLive(
      story,
      () =>
        Effect.gen(function* () {
          const server = yield* httpServer(env.SERVER === "refusing" ? refusingKeys : api)
          const program = yield* bundled("./carelessProgram.ts")
          for (const how of ["runMain", "runPromise"]) {
            const { failed, output } = yield* careless(program, how, { ...keys, ...env, VIPPS_ENVIRONMENT: server.url })
            assert.match(output, says)
            assert.strictEqual(failed, story !== "and goes well", output)
            assert.deepStrictEqual(canariesIn(output), [])
          }
        }),
      90_000
    )
  }
})

/** As every HTTP client fails: with the request in the error. */
const failing = (request: HttpClientRequest.HttpClientRequest) =>
  Effect.fail(new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error("ECONNRESET") }))

describe("F36 who looks around", () => {
  /** The sources of both flows; and then what their cache shows of them. */
  const each = <A, E>(look: (source: TokenSource, name: string) => Effect.Effect<A, E>): Effect.Effect<void, E> =>
    Effect.scoped(
      Effect.gen(function* () {
        const { client } = recordingClient({ body: canaryGrant })
        const cache = yield* cacheWith()
        for (const flow of yield* canaryFlowsOver(client)) yield* look(yield* cache.source(flow), flow.name)
        for (const value of [cache, yield* cache.statuses]) assert.deepStrictEqual(canariesIn(printed(value)), [])
      })
    )

  it.effect("at a fiber whose request is under way, and at its end", () =>
    each((source, name) =>
      Effect.gen(function* () {
        const client = yield* clientOf(source, recordingClient(() => Effect.never).client)
        const fiber = yield* Effect.fork(Effect.withSpan(client.get("/payments"), "user's own"))
        yield* atRest
        const dump = yield* Fiber.dump(fiber)
        const exit = yield* Fiber.interrupt(fiber)
        for (const value of [dump, exit]) assert.deepStrictEqual(canariesIn(printed(value)), [], name)
      })
    )
  )

  it.effect("at a token request that is under way", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const cache = yield* cacheWith()
        for (const flow of yield* canaryFlowsOver(recordingClient(() => Effect.never).client)) {
          const source = yield* cache.source(flow)
          const fiber = yield* Effect.fork(source.get)
          yield* atRest
          for (const value of [yield* Fiber.dump(fiber), yield* source.status, yield* cache.statuses, cache]) {
            assert.deepStrictEqual(canariesIn(printed(value)), [], flow.name)
          }
          yield* Fiber.interrupt(fiber)
        }
      })
    )
  )

  it.effect("at what runPromise rejects with", () =>
    each((source, name) =>
      Effect.gen(function* () {
        const { client: below } = recordingClient(failing)
        const client = yield* clientOf(source, below)
        const rejection = yield* Effect.tryPromise({
          try: () => Effect.runPromise(Effect.withSpan(client.get("/payments"), "user's own")),
          catch: (rejection) => rejection
        }).pipe(Effect.flip)
        assert.instanceOf(rejection, Error)
        assert.deepStrictEqual(canariesIn(printed(rejection)), [], name)
      }).pipe(Effect.orDie)
    )
  )

  it.effect("at a client's mapping of requests and responses, which throws what it was given", () =>
    each((source, name) =>
      Effect.gen(function* () {
        const client = yield* clientOf(source, recordingClient({ body: canaries.body }).client)
        const thrown = (value: unknown): never => {
          throw Object.assign(new Error(printed(value)), { value })
        }
        const thrownFrom = (value: unknown) => Effect.sync(() => thrown(value))
        const careless = [
          HttpClient.mapRequest(client, (request) => thrown(request)),
          HttpClient.mapRequestEffect(client, thrownFrom),
          HttpClient.tap(client, thrownFrom),
          HttpClient.transform(client, (response, request) => Effect.zipRight(thrownFrom(request), response)),
          HttpClient.transformResponse(client, Effect.tap(thrownFrom))
        ]
        for (const one of careless) {
          const exit = yield* Effect.exit(Effect.suspend(() => one.execute(HttpClientRequest.get("/payments"))))
          assert.deepStrictEqual(canariesIn(printed(exit)), [], name)
        }
      })
    )
  )

  it.effect("at whole spans, with the outcome in them, over a client whose own spans are switched off", () =>
    Effect.gen(function* () {
      for (const respond of [{ body: canaryGrant }, failing]) {
        const { spans, tracer } = recordingTracer()
        const spanless = HttpClient.withTracerDisabledWhen(recordingClient(respond).client, () => true)
        for (const flow of yield* canaryFlowsOver(spanless)) {
          const granting = recordingClient({ body: canaryGrant }).client
          const [whole] = yield* canaryFlowsOver(granting)
          assert(whole !== undefined)
          const client = yield* Effect.flatMap(sourceOf(whole), (source) => clientOf(source, spanless))
          for (const use of [Effect.asVoid(flow.request), Effect.asVoid(client.get("/payments"))]) {
            yield* Effect.exit(use.pipe(Effect.withSpan("user's own"), Effect.withTracer(tracer)))
          }
        }
        assert.isAtLeast(spans.length, 4)
        assert.deepStrictEqual(canariesIn(printed(spans)), [])
      }
    }).pipe(Effect.scoped)
  )

  it.effect("and a client without this library would show it all", () =>
    Effect.gen(function* () {
      const { client } = recordingClient(failing)
      const request = HttpClientRequest.setHeaders(
        HttpClientRequest.get("/"),
        Object.fromEntries(Object.entries(canaries))
      )
      const rejection = yield* Effect.promise(() => Effect.runPromise(client.execute(request)).catch((error) => error))
      assert.isNotEmpty(canariesIn(printed(rejection), canaryKeys))
    })
  )
})
