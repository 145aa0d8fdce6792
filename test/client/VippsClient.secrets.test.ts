/** F36 for the client: canary keys and tokens through every path of an API request, and then looked for in every sink. */
import { inspect } from "node:util"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Stream from "effect/Stream"
import type { VippsHttpClient } from "../../src/VippsClient.js"
import { clientOf, unauthorized } from "../fixtures/apiClients.js"
import { sourceOf } from "../fixtures/caches.js"
import { canaries, canariesIn, printed } from "../fixtures/canaries.js"
import { type Answer, type Respond, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { assertNoCanary, canaryFlowsOver, canaryGrant, careless } from "../fixtures/silence.js"
import { intoSinks } from "../fixtures/sinks.js"

type Response = HttpClientResponse.HttpClientResponse

/** Reads the body, and answers the response: what a careless user prints next. */
const readAndKept = (response: Response) => Effect.as(Effect.exit(response.text), response)

const readOrFail = (response: Response) => Effect.as(response.text, response)

/** What a careless user prints of a response, beside itself. */
const partsOf = ({ headers, json, request, stream, text }: Response): ReadonlyArray<unknown> => [
  { headers, json, request, stream, text }
]

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
          const message = `invalid subscription key: ${Object.values(request.headers).join(" ")} ${canaries.clientSecret}`
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
    "a redirect": { respond: { status: 307, headers: { location: "https://evil.example/" } } },
    "a scope": {
      respond: { body: canaries.body },
      use: (client) => Effect.scoped(HttpClient.withScope(client).get("/"))
    }
  }
  for (const [what, path] of Object.entries(paths)) {
    it.scoped(what, () =>
      Effect.gen(function* () {
        const requests = yield* assertSilent(path)
        assert.strictEqual(requests.length, what === "another server" ? 0 : 2 * (path.sends ?? 1))
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
