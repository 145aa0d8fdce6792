/**
 * F48 the options of the user's fetch reach token and API requests, wherever they were given: with a proxy on the way.
 */
import { createServer } from "node:http"
import { type AddressInfo, connect, type Socket } from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as Undici from "@effect/platform-node/Undici"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StandardClient } from "../../src/standard/StandardClient.js"
import { answerJson, type Handler, httpServer } from "../fixtures/httpServer.js"
import { recordedStandardGrant, standardKeys } from "../fixtures/keys.js"

/** A proxy that tunnels, and remembers who was to be reached. */
const proxyServer = Effect.acquireRelease(
  Effect.async<{ readonly url: string; readonly tunnels: ReadonlyArray<string>; readonly close: Effect.Effect<void> }>(
    (resume) => {
      const tunnels: Array<string> = []
      const sockets = new Set<Socket>()
      const server = createServer()
      server.on("connect", ({ url = "" }, client: Socket) => {
        tunnels.push(url)
        const [host = "", port] = url.split(":")
        const target = connect(Number(port), host, () => {
          client.write("HTTP/1.1 200 Connection established\r\n\r\n")
          target.pipe(client)
          client.pipe(target)
        })
        for (const socket of [client, target]) {
          sockets.add(socket)
          socket.on("error", () => socket.destroy())
        }
      })
      server.listen(0, "127.0.0.1", () => {
        const { port } = server.address() as AddressInfo
        const close = Effect.async<void>((done) => {
          server.close(() => done(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, tunnels, close }))
      })
    }
  ),
  ({ close }) => close
)

/** The init of a user behind a proxy: a dispatcher, and a header of theirs. */
const initOf = (proxyUrl: string) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.sync(() => new Undici.ProxyAgent(proxyUrl)),
      (agent) => Effect.promise(() => agent.destroy())
    ),
    (dispatcher): RequestInit & { readonly dispatcher: unknown } => ({ dispatcher, headers: { "x-mine": "yes" } })
  )

// Node's own fetch takes no dispatcher of another undici.
const fetch = Layer.succeed(FetchHttpClient.Fetch, Undici.fetch as unknown as typeof globalThis.fetch)

const answering: Handler = (response, request) =>
  request.url.startsWith("/redirected")
    ? response.writeHead(307, { location: "http://127.0.0.1:1/evil" }).end()
    : answerJson(request.method === "POST" ? recordedStandardGrant : { served: true })(response, request)

const variables = (url: string) =>
  Layer.setConfigProvider(
    ConfigProvider.fromMap(
      new Map([
        ["VIPPS_ENVIRONMENT", url],
        ["VIPPS_CLIENT_ID", standardKeys.clientId],
        ["VIPPS_CLIENT_SECRET", standardKeys.clientSecret],
        ["VIPPS_SUBSCRIPTION_KEY", standardKeys.subscriptionKey]
      ])
    )
  )

/** One token request and two API requests. */
const program = Effect.gen(function* () {
  const client = yield* StandardClient
  const served = yield* client.get("/epayment/v1/payments/order-1234")
  const redirected = yield* client.get("/redirected")
  return [served.status, redirected.status]
})

const givenTo: Readonly<
  Record<string, (url: string, init: RequestInit) => Effect.Effect<ReadonlyArray<number>, unknown>>
> = {
  "the layer of the client": (url, init) =>
    program.pipe(
      Effect.provide(
        StandardClient.layerConfig().pipe(
          Layer.provide(FetchHttpClient.layer.pipe(Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, init)))),
          Layer.provide(fetch),
          Layer.provide(variables(url))
        )
      )
    ),
  "the runtime": (url, init) =>
    program.pipe(
      Effect.provide(
        StandardClient.layerConfig().pipe(
          Layer.provide(FetchHttpClient.layer),
          Layer.provide(variables(url)),
          Layer.provideMerge(Layer.mergeAll(fetch, Layer.succeed(FetchHttpClient.RequestInit, init)))
        )
      )
    ),
  "what is around the program": (url, init) =>
    program.pipe(
      Effect.provide(
        StandardClient.layerConfig().pipe(Layer.provide(FetchHttpClient.layer), Layer.provide(variables(url)))
      ),
      Effect.provide(fetch),
      Effect.provideService(FetchHttpClient.RequestInit, init)
    ),
  "the layer of a client that is wrapped": (url, init) =>
    program.pipe(
      Effect.provide(
        StandardClient.layerConfig().pipe(
          Layer.provide(
            Layer.effect(
              HttpClient.HttpClient,
              Effect.map(HttpClient.HttpClient, HttpClient.transformResponse(Effect.withSpan("mine")))
            )
          ),
          Layer.provide(FetchHttpClient.layer.pipe(Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, init)))),
          Layer.provide(fetch),
          Layer.provide(variables(url))
        )
      )
    )
}

describe("F48 a proxy's dispatcher is given to", () => {
  for (const [place, run] of Object.entries(givenTo)) {
    it.scopedLive(place, () =>
      Effect.gen(function* () {
        const proxy = yield* proxyServer
        const server = yield* httpServer(answering)
        const statuses = yield* run(server.url, yield* initOf(proxy.url))
        assert.deepStrictEqual(statuses, [200, 307])
        assert.deepStrictEqual(
          server.requests.map(({ headers, method }) => [method, headers["x-mine"]]),
          [
            ["POST", "yes"],
            ["GET", "yes"],
            ["GET", "yes"]
          ]
        )
        const host = new URL(server.url).host
        assert.isAtLeast(proxy.tunnels.length, 1)
        assert.deepStrictEqual([...new Set(proxy.tunnels)], [host])
      })
    )
  }
})
