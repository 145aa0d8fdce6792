/**
 * F36 for the client: canary keys and tokens through every path of an API request, and then looked for in every sink.
 */
import { inspect } from "node:util"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Stream from "effect/Stream"
import type { VippsHttpClient } from "../../src/VippsClient.js"
import { clientOf, tokenOf, unauthorized } from "../fixtures/apiClients.js"
import { sourceOf } from "../fixtures/caches.js"
import { canaries, canariesIn, echoesOf, printed } from "../fixtures/canaries.js"
import { type Answer, type Respond, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"
import { assertNoCanary, canaryFlowsOver, canaryGrant, careless } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

type Response = HttpClientResponse.HttpClientResponse

/** Reads the body, and answers the response: what a careless user prints next. */
const readAndKept = (response: Response) => Effect.as(Effect.exit(response.text), response)

const readOrFail = (response: Response) => Effect.as(response.text, response)

/** What a careless user prints of a response, beside itself. */
const partsOf = ({ json, request, stream, text }: Response): ReadonlyArray<unknown> => [{ json, request, stream, text }]

interface Path {
  readonly respond: Answer | Respond
  /** What the user does; a GET whose body is read, unless told otherwise. */
  readonly use?: (client: VippsHttpClient) => Effect.Effect<Response, unknown>
  /** How many requests one use sends; one unless told otherwise. */
  readonly sends?: number
  readonly below?: (client: HttpClient.HttpClient) => HttpClient.HttpClient
}

/** Both flows through a path in memory, each token another one, and nothing of them in any sink. */
const assertSilent = (path: Path) =>
  Effect.gen(function* () {
    let granted = 0
    const { client: whole } = recordingClient((request) =>
      Effect.sync(() =>
        responseOf(request, { body: { ...canaryGrant, access_token: `${canaries.token}${granted++}` } })
      )
    )
    const { client: api, requests } = recordingClient(path.respond)
    for (const flow of yield* canaryFlowsOver(whole)) {
      const source = yield* sourceOf(flow)
      const client = yield* clientOf(source, (path.below ?? ((client) => client))(api))
      yield* source.get
      const use = path.use ?? ((client) => Effect.flatMap(client.get("/payments"), readAndKept))
      const sunk = yield* intoSinks(use(client), [client, source, { ...source }, ...careless(flow)])
      assertNoCanary(sunk, flow.name)
      if (Exit.isSuccess(sunk.exit)) {
        for (const part of partsOf(sunk.exit.value)) assert.deepStrictEqual(canariesIn(printed(part)), [])
      }
      assert.deepStrictEqual(canariesIn(inspect(requests)).length > 0, requests.length > 0, "the canaries were sent")
    }
    return requests
  })

const secrets = Object.values(canaries).join(" ")

const everythingIn = (request: HttpClientRequest.HttpClientRequest) => JSON.stringify(Object.entries(request.headers))

/** Repeats in its body what it was sent. */
const echoing =
  (status: number): Respond =>
  (request) =>
    Effect.sync(() =>
      responseOf(request, {
        status,
        headers: { "content-type": "application/json" },
        body: { title: status, detail: everythingIn(request), body: canaries.body }
      })
    )

const breaking =
  (status: number): Respond =>
  (request) =>
    Effect.sync(() => {
      const parts = [new TextEncoder().encode(secrets)]
      const body = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          const part = parts.shift()
          if (part === undefined) controller.error(new Error("cut"))
          else controller.enqueue(part)
        }
      })
      return responseOf(request, { status, body })
    })

/** As a client in JavaScript may do. */
const failUntyped = (error: unknown): Effect.Effect<never, never> => Effect.fail(error) as Effect.Effect<never>

/** Repeats in its headers what it was sent. */
const echoingHeaders =
  (status: number): Respond =>
  (request) =>
    Effect.sync(() => {
      const token = request.headers.authorization?.replace("Bearer ", "") ?? ""
      const sent = [token, request.headers["ocp-apim-subscription-key"] ?? [], canaries.clientId, canaries.clientSecret]
      const echoes = sent.flat().flatMap((secret) => Object.values(echoesOf(secret)))
      return responseOf(request, {
        status,
        headers: {
          ...Object.fromEntries(echoes.map((echo, number) => [`x-echo-${number}`, `it was ${echo}`])),
          location: `https://evil.example/?token=${token}`,
          "content-type": `text/plain; charset=${token}`,
          "set-cookie": `token=${token}`,
          [`x-${canaries.clientId}`]: "a secret is in the name",
          "x-all": everythingIn(request).slice(0, 4000)
        },
        body: "text"
      })
    })

describe("F36 in memory", () => {
  const failing =
    (wrapped: boolean): Respond =>
    (request) => {
      const error = new HttpClientError.RequestError({ request, reason: "Transport", cause: new Error("ECONNRESET") })
      const response = responseOf(request, { status: 503, body: secrets })
      const inner = new HttpClientError.ResponseError({ request, response, reason: "StatusCode", cause: error })
      return Effect.fail(
        wrapped ? new HttpClientError.RequestError({ request, reason: "Transport", cause: inner }) : error
      )
    }
  const get = (client: VippsHttpClient) => Effect.flatMap(client.get("/payments"), readOrFail)
  /** All that a client knows of a request, in one text. */
  const echoOf = (request: HttpClientRequest.HttpClientRequest) => `${everythingIn(request)} ${secrets}`
  const dying =
    (defect: (request: HttpClientRequest.HttpClientRequest) => unknown): Respond =>
    (request) =>
      Effect.die(defect(request))
  const hostile = Object.defineProperties(new Error(secrets), {
    message: {
      get: () => {
        throw new Error(secrets)
      }
    },
    name: { value: canaries.clientId },
    code: { value: canaries.clientSecret, enumerable: true }
  })
  const defects: Readonly<Record<string, (request: HttpClientRequest.HttpClientRequest) => unknown>> = {
    "an error": (request) => new Error(echoOf(request)),
    "an error with the request in it": (request) =>
      Object.assign(new Error("failed"), { request, data: echoOf(request) }),
    "an error with the request in its stack": (request) => {
      const error = new Error("failed")
      error.stack = echoOf(request)
      return error
    },
    "causes of causes": (request) =>
      new Error("outer", { cause: new TypeError("inner", { cause: new Error(echoOf(request), { cause: request }) }) }),
    "many at once": (request) => new AggregateError([new Error(echoOf(request))], "many"),
    "the request": (request) => request,
    "a text": echoOf,
    "an object": (request) => ({ message: { toString: () => echoOf(request) }, headers: request.headers }),
    "an error whose getters throw": () => hostile,
    "a proxy that throws": (request) =>
      new Proxy(request, {
        get: () => {
          throw hostile
        }
      }),
    nothing: () => undefined
  }
  const transportError = (request: HttpClientRequest.HttpClientRequest, cause?: unknown) =>
    new HttpClientError.RequestError({ request, reason: "Transport", cause })
  /** Errors of a client below that no sanitizer can read as they are. */
  const hostileErrors: Readonly<
    Record<string, (request: HttpClientRequest.HttpClientRequest) => HttpClientError.HttpClientError>
  > = {
    "an error that is its own cause": (request) => {
      const error = transportError(request)
      return Object.defineProperty(error, "cause", { value: error })
    },
    "two errors that cause each other": (request) => {
      const error = transportError(request)
      return Object.defineProperty(error, "cause", { value: transportError(request, error) })
    },
    "an error whose description throws": (request) =>
      Object.defineProperty(transportError(request), "description", {
        get: () => {
          throw new Error(echoOf(request))
        }
      }),
    "an error whose description is no text": (request) =>
      Object.defineProperty(transportError(request), "description", { value: { text: echoOf(request) } }),
    "an error whose reason repeats the request": (request) =>
      Object.defineProperty(transportError(request), "reason", { value: echoOf(request) }),
    "an error without its response": (request) =>
      Object.defineProperties(transportError(request), {
        _tag: { value: "ResponseError" },
        reason: { value: "StatusCode" }
      })
  }
  const filtered = (client: VippsHttpClient) =>
    Effect.flatMap(HttpClient.filterStatusOk(client).get("/payments"), readOrFail)
  const forking: Readonly<Record<string, <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E, R>>> = {
    race: (effect) => Effect.race(effect, effect),
    disconnect: Effect.disconnect,
    forkDaemon: (effect) => Effect.flatMap(Effect.forkDaemon(effect), (fiber) => Effect.flatten(fiber.await))
  }
  const paths: Readonly<Record<string, Path>> = {
    "a response that is not read": { respond: {}, use: (client) => client.get("/payments") },
    "a user who has no header redacted": {
      respond: {},
      use: (client) => Effect.locally(client.get("/payments"), Headers.currentRedactedNames, [])
    },
    "a response that is read": { respond: { body: { comment: canaries.body } } },
    "a response that repeats the request": { respond: echoing(200) },
    "an error status that repeats the request": { respond: echoing(500) },
    "an error of filterStatusOk, its body read": {
      respond: echoing(500),
      use: (client) =>
        HttpClient.filterStatusOk(client)
          .get("/payments")
          .pipe(
            Effect.tapError((error) =>
              error._tag === "ResponseError" ? Effect.exit(error.response.text) : Effect.void
            )
          )
    },
    "an error of filterStatusOk below": { respond: echoing(403), use: get, below: HttpClient.filterStatusOk },
    "a 401": { respond: unauthorized, sends: 2 },
    "a 401 in the error of filterStatusOk below": {
      respond: unauthorized,
      sends: 2,
      use: get,
      below: HttpClient.filterStatusOk
    },
    "a 401 that repeats the request": { respond: echoing(401), sends: 2 },
    "a 401 about the subscription key that repeats the request": {
      respond: (request) =>
        Effect.sync(() => {
          const message = `Access denied due to invalid subscription key. ${Object.values(request.headers).join(" ")} ${canaries.clientSecret}`
          return responseOf(request, { status: 401, body: { statusCode: 401, message } })
        }),
      use: get
    },
    "a replay": {
      respond: (request) =>
        Effect.sync(() =>
          responseOf(
            request,
            /[02]$/.test(request.headers.authorization ?? "") ? unauthorized : { body: canaries.body }
          )
        ),
      sends: 2
    },
    "F59 a replay whose error repeats the token before": {
      respond: (() => {
        const refusedOnes: Array<string> = []
        return (request) => {
          const [refused] = refusedOnes.splice(0)
          if (refused !== undefined) return Effect.die(new Error(`sent before on this connection: ${refused}`))
          refusedOnes.push(tokenOf(request) ?? "")
          return Effect.succeed(responseOf(request, unauthorized))
        }
      })(),
      use: get,
      sends: 2
    },
    "a transport error": { respond: failing(false), use: get },
    "a transport error in another": { respond: failing(true), use: get },
    "a body that breaks off": { respond: breaking(200), use: get },
    "a body that breaks off, as a stream": {
      respond: breaking(200),
      use: (client) =>
        Effect.flatMap(client.get("/payments"), (response) => Effect.as(Stream.runDrain(response.stream), response))
    },
    "a body that is not JSON": {
      respond: { body: secrets },
      use: (client) => Effect.flatMap(client.get("/payments"), (response) => Effect.as(response.json, response))
    },
    "a 401 that breaks off": { respond: breaking(401), use: get, sends: 2 },
    "another server": { respond: {}, use: (client) => client.get("https://evil.example/payments") },
    "F59 headers that repeat the request": { respond: echoingHeaders(200) },
    "F59 headers that repeat the request, not read": { respond: echoingHeaders(204), use: (client) => client.get("/") },
    "F59 headers of an error that repeat the request": { respond: echoingHeaders(500), use: filtered },
    "F59 headers of a 401 that repeat the request": { respond: echoingHeaders(401), sends: 2 },
    "F59 a client that throws": {
      respond: {},
      use: get,
      sends: 0,
      below: () =>
        HttpClient.makeWith<never, never, HttpClientError.HttpClientError, never>(
          () => {
            throw new Error(secrets)
          },
          (request) => Effect.succeed(request)
        )
    },
    "F59 a client whose effect throws": {
      respond: (request) => {
        throw Object.assign(new Error(echoOf(request)), { request })
      },
      use: get
    },
    "F59 orDie below": { respond: failing(false), use: get, below: HttpClient.transformResponse(Effect.orDie) },
    "F59 orDie below, of an error status": {
      respond: echoingHeaders(500),
      use: get,
      below: (client) => HttpClient.transformResponse(HttpClient.filterStatusOk(client), Effect.orDie)
    },
    ...Object.fromEntries(
      Object.entries(forking).map(([how, transform]): [string, Path] => [
        `F59 a client below that forks: ${how}`,
        {
          respond: failing(false),
          use: get,
          sends: how === "race" ? 2 : 1,
          // At a log level of its own.
          below: HttpClient.transformResponse((effect) =>
            transform(effect).pipe(Logger.withMinimumLogLevel(LogLevel.All))
          )
        }
      ])
    ),
    ...Object.fromEntries(
      Object.entries(hostileErrors).map(([what, errorFor]): [string, Path] => [
        `F59 ${what}`,
        { respond: (request) => Effect.fail(errorFor(request)), use: get }
      ])
    ),
    "a redirect": { respond: { status: 307, headers: { location: "https://evil.example/" } } },
    "a scope": {
      respond: { body: canaries.body },
      use: (client) => Effect.scoped(HttpClient.withScope(client).get("/"))
    }
  }
  const causes = Object.fromEntries(
    Object.entries(defects).flatMap(
      ([what, defect]): ReadonlyArray<[string, Path]> => [
        [`F59 a defect: ${what}`, { respond: dying(defect), use: get }],
        [
          `F59 the cause of a transport error: ${what}`,
          {
            respond: (request) =>
              Effect.fail(
                new HttpClientError.RequestError({
                  request,
                  reason: "Transport",
                  cause: defect(request),
                  description: echoOf(request)
                })
              ),
            use: get
          }
        ],
        [
          `F59 the reason why a body breaks off: ${what}`,
          {
            respond: (request) =>
              Effect.sync(() =>
                responseOf(request, {
                  body: new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(defect(request)) })
                })
              ),
            use: get
          }
        ],
        [
          `F59 the same as a stream: ${what}`,
          {
            respond: (request) =>
              Effect.sync(() =>
                responseOf(request, {
                  body: new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(defect(request)) })
                })
              ),
            use: (client) =>
              Effect.flatMap(client.get("/payments"), (response) =>
                Effect.as(Stream.runDrain(response.stream), response)
              )
          }
        ],
        [
          `F59 a failure of another type: ${what}`,
          {
            respond: (request) => Effect.orDie(Effect.fail(defect(request))).pipe(Effect.catchAllDefect(failUntyped)),
            use: get
          }
        ],
        [
          `F59 two at once: ${what}`,
          {
            respond: (request) =>
              Effect.failCause(
                Cause.parallel(Cause.die(defect(request)), Cause.sequential(Cause.die(hostile), Cause.empty))
              ),
            use: get
          }
        ]
      ]
    )
  )
  for (const [what, path] of Object.entries({ ...paths, ...causes })) {
    it.scoped(what, () =>
      Effect.gen(function* () {
        const requests = yield* assertSilent(path)
        assert.strictEqual(requests.length, what === "another server" ? 0 : 2 * (path.sends ?? 1))
      })
    )
  }

  for (const [what, errorFor] of Object.entries(hostileErrors)) {
    it.scoped(`F59 ${what} stays an error that can be caught by its tag`, () =>
      Effect.gen(function* () {
        const { client: api } = recordingClient((request) => Effect.fail(errorFor(request)))
        const client = yield* clientOf(yield* sourceOf(scriptedFlow()), api)
        assert.strictEqual((yield* Effect.flip(client.get("/payments")))._tag, "RequestError")
      })
    )
  }

  it.scoped("a defect and an interruption tell nothing either", () =>
    Effect.all([
      assertSilent({ respond: () => Effect.die(new Error("a defect")) }),
      assertSilent({ respond: () => Effect.interrupt })
    ])
  )

  it.scoped("one client over another hands out neither's headers", () =>
    Effect.gen(function* () {
      const { client: grants } = recordingClient({ body: canaryGrant })
      const { client: api } = recordingClient(echoing(200))
      const [standard, specialized] = yield* canaryFlowsOver(grants)
      assert(standard !== undefined && specialized !== undefined)
      const at = { ...specialized, baseUrl: standard.baseUrl }
      const inner = yield* Effect.flatMap(sourceOf(standard), (source) => clientOf(source, api))
      const below = HttpClient.catchAll(inner, (error) =>
        HttpClientError.isHttpClientError(error) ? Effect.fail(error) : Effect.die(error)
      )
      const outer = yield* Effect.flatMap(sourceOf(at), (source) => clientOf(source, below))
      assertNoCanary(yield* intoSinks(Effect.flatMap(outer.get("/"), readAndKept), []))
    })
  )
})
