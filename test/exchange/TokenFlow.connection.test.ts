/** F58 a kept-alive connection that the server has closed: the request is sent once more, and no more than that. */
import { createServer, type Socket } from "node:net"
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { recordedStandardGrant, sampleToken, standardCredentials } from "../fixtures/keys.js"
import { told } from "../fixtures/told.js"

const clients: ReadonlyArray<readonly [string, Layer.Layer<HttpClient.HttpClient>]> = [
  ["fetch", FetchHttpClient.layer],
  ["undici", NodeHttpClient.layerUndici],
  [
    "node:http",
    NodeHttpClient.layerWithoutAgent.pipe(Layer.provide(NodeHttpClient.makeAgentLayer({ keepAlive: true })))
  ]
]

const grant = JSON.stringify(recordedStandardGrant)
const answer = `HTTP/1.1 200 OK\r\ncontent-length: ${grant.length}\r\nconnection: keep-alive\r\n\r\n${grant}`

interface Received {
  /** Which connection the request came by, and the how-manieth on it, from 1. */
  readonly connection: number
  readonly request: number
}

/** A server of bare sockets, told of each request. */
const socketServer = (handle: (socket: Socket, received: Received) => void) =>
  Effect.acquireRelease(
    Effect.async<{
      readonly url: string
      readonly received: ReadonlyArray<Received>
      readonly close: Effect.Effect<void>
    }>((resume) => {
      const sockets = new Set<Socket>()
      const received: Array<Received> = []
      let connections = 0
      const server = createServer((socket) => {
        sockets.add(socket)
        const connection = ++connections
        let request = 0
        socket.on("error", () => {})
        socket.on("data", () => {
          const one = { connection, request: ++request }
          received.push(one)
          handle(socket, one)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = Effect.async<void>((done) => {
          server.close(() => done(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, received, close }))
      })
    }),
    ({ close }) => close
  )

const flowOf = (url: string, requestTimeout = 5000) =>
  StandardFlow.make({ credentials: standardCredentials, environment: VippsEnvironment.custom(url), requestTimeout })

/** A client has its connection back a turn of the event loop after the answer. */
const connectionIsIdle = Effect.async<void>((resume) => {
  setImmediate(() => setImmediate(() => resume(Effect.void)))
})

const endings: Readonly<Record<string, (socket: Socket) => void>> = {
  "with a reset": (socket) => socket.resetAndDestroy(),
  "with an end": (socket) => socket.end()
}

for (const [name, client] of clients) {
  describe(`F58 over ${name}`, () => {
    for (const [how, end] of Object.entries(endings)) {
      it.scopedLive(`a connection that was used before is closed ${how} at the next request: asked once more`, () =>
        Effect.gen(function* () {
          const server = yield* socketServer((socket, { request }) =>
            request === 1 ? socket.write(answer) : end(socket)
          )
          const flow = yield* flowOf(server.url)
          yield* flow.request
          yield* connectionIsIdle
          const token = yield* flow.request
          assert.strictEqual(Redacted.value(token.value), sampleToken)
          assert.deepStrictEqual(server.received, [
            { connection: 1, request: 1 },
            { connection: 1, request: 2 },
            { connection: 2, request: 1 }
          ])
        }).pipe(Effect.provide(client))
      )

      it.scopedLive(`every connection is closed ${how}: asked twice, then it is the network`, () =>
        Effect.gen(function* () {
          const server = yield* socketServer(end)
          const flow = yield* flowOf(server.url)
          assert.deepInclude(told(yield* Effect.flip(flow.request)), { _tag: "Unavailable", reason: "network" })
          assert.strictEqual(server.received.length, 2)
        }).pipe(Effect.provide(client))
      )
    }

    it.scopedLive("something of an answer had come: asked once", () =>
      Effect.gen(function* () {
        const server = yield* socketServer((socket) =>
          socket.write(answer.slice(0, -10), () => setImmediate(() => socket.destroy()))
        )
        const flow = yield* flowOf(server.url)
        assert.deepInclude(told(yield* Effect.flip(flow.request)), { _tag: "Unavailable", reason: "network" })
        assert.strictEqual(server.received.length, 1)
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("no answer in time: asked once", () =>
      Effect.gen(function* () {
        const server = yield* socketServer(() => {})
        const flow = yield* flowOf(server.url, 100)
        assert.deepInclude(told(yield* Effect.flip(flow.request)), { _tag: "Unavailable", reason: "timeout" })
        assert.strictEqual(server.received.length, 1)
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("an answer that is no HTTP: asked once", () =>
      Effect.gen(function* () {
        const server = yield* socketServer((socket) => socket.end("SSH-2.0-OpenSSH_9.6\r\n"))
        const flow = yield* flowOf(server.url)
        assert.deepInclude(told(yield* Effect.flip(flow.request)), { _tag: "Unavailable", reason: "network" })
        assert.strictEqual(server.received.length, 1)
      }).pipe(Effect.provide(client))
    )
  })
}
