/** On each runtime that the README names, a token is had over HTTP, used, refreshed, and used again. */
import { createServer } from "node:http"
import * as HttpClient from "@effect/platform/HttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, layer } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import manifest from "../../package.json" with { type: "json" }
import { VippsEmulator, type VippsEmulatorService } from "../../src/testing.js"
import { Application, run } from "./application.js"
import { installRuntimes, runtimes } from "./runtimes.js"
import { serveWorker } from "./workerd.js"

const EmulatorLive = VippsEmulator.layerServer.pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }))
)

const plain = (key: Redacted.Redacted<string>) => Redacted.value(key)

const variables = ({ baseUrl, credentials: { standard } }: VippsEmulatorService) => ({
  VIPPS_ENVIRONMENT: baseUrl.origin,
  VIPPS_CLIENT_ID: plain(standard.clientId),
  VIPPS_CLIENT_SECRET: plain(standard.clientSecret),
  VIPPS_SUBSCRIPTION_KEY: plain(standard.subscriptionKey),
  VIPPS_MERCHANT_SERIAL_NUMBER: "123456"
})

const needed = Object.entries(manifest.peerDependencies).map((peer) => peer.join("@"))

const Machine = Layer.mergeAll(
  Layer.effectDiscard(installRuntimes),
  Application.layer(needed),
  NodeContext.layer,
  NodeHttpClient.layerUndici
)

layer(Machine, { excludeTestServices: true })("a token is had, used, refreshed and used again", (it) => {
  for (const [name, { command }] of Object.entries(runtimes)) {
    it.scoped(`on ${name}`, () =>
      Effect.gen(function* () {
        const emulator = yield* VippsEmulator
        const { folder } = yield* Application
        yield* emulator.setLifetime("4 seconds")
        const [file = "", ...args] = command
        const output = yield* run(folder, variables(emulator), file, ...args, "overHttp.js")
        assert.include(output, "kept a standard token, used before and after its refresh")
        assert.lengthOf(yield* emulator.tokenRequests, 2)
      }).pipe(Effect.provide(EmulatorLive))
    )
  }

  it.scoped("on workerd, on demand, by one request after the other to one worker", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      const application = yield* Application
      const client = yield* HttpClient.HttpClient
      const asked = Effect.map(emulator.tokenRequests, (requests) => requests.length)
      yield* emulator.setLifetime("4 seconds")
      const url = yield* serveWorker(application, "worker.js", variables(emulator))
      const status = Effect.map(client.get(url), (response) => response.status)

      const later = status.pipe(
        Effect.delay("50 millis"),
        Effect.tap((status) => assert.strictEqual(status, 200)),
        Effect.zipRight(asked)
      )
      yield* Effect.repeat(later, { until: (asked) => asked === 3 }).pipe(Effect.timeout("20 seconds"))
    }).pipe(Effect.provide(EmulatorLive))
  )
})
