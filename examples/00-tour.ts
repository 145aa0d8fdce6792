/**
 * What `npm start` shows: both flows, what their errors look like to a person, and a token that is kept working. All of
 * it over HTTP, against an emulator of Vipps' servers on a free port of this machine.
 *
 * With VIPPS_ENVIRONMENT and keys set, the same flows ask Vipps instead.
 */
import { createServer } from "node:http"
import { NodeHttpClient, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Array, Config, Console, DateTime, Effect, Layer, Option, Redacted, Stream } from "effect"
import {
  type AccessToken,
  RefreshPolicy,
  SpecializedFlow,
  StandardCredentials,
  StandardFlow,
  StandardToken,
  TokenCache,
  type TokenFlow
} from "effect-vipps-token"
import { Fault, VippsEmulator } from "effect-vipps-token/testing"

const headline = (text: string) => Console.log(`\n${text}\n${"─".repeat(text.length)}`)

const show = (label: string, token: AccessToken) =>
  Console.log(`${label}: ${token.authorization}, works until ${DateTime.formatIso(token.expiresAt)}`)

const obtain = (flow: TokenFlow) => Effect.flatMap(flow.request, (token) => show(flow.label, token))

const bothFlows = Effect.gen(function* () {
  yield* headline("One token from each endpoint")
  yield* obtain(yield* StandardFlow)
  yield* obtain(yield* SpecializedFlow)
})

const whatGoesWrong = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  const { environment, credentials } = emulator
  const keys = credentials.standard
  const failing = (what: string, flow: TokenFlow) =>
    Effect.flatMap(Effect.flip(flow.request), (error) => Console.log(`${what}\n  ${error._tag}\n  ${error.message}\n`))
  const withKeys = (changed: Partial<StandardCredentials>) =>
    StandardFlow.make({
      environment,
      credentials: StandardCredentials.make({
        clientId: changed.clientId ?? keys.clientId,
        clientSecret: changed.clientSecret ?? keys.clientSecret,
        subscriptionKey: changed.subscriptionKey ?? keys.subscriptionKey
      })
    })

  yield* headline("What goes wrong is said in words")
  yield* failing("a wrong client secret", yield* withKeys({ clientSecret: Redacted.make("not-the-secret") }))
  yield* failing("a wrong subscription key", yield* withKeys({ subscriptionKey: Redacted.make("not-the-key") }))
  yield* emulator.fault(Fault.rateLimited({ retryAfter: "20 seconds" }))
  yield* failing("too many requests", yield* StandardFlow)
  yield* emulator.fault(Fault.htmlBadGateway)
  yield* failing("an HTML page from a gateway", yield* StandardFlow)
})

/** Tokens of five seconds show in seconds what takes a day with real ones. */
const keptWorking = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  const source = yield* StandardToken
  const changes = (yield* TokenCache).changes
  yield* emulator.setLifetime("5 seconds")
  yield* emulator.clearRequests
  const asked = Effect.map(emulator.tokenRequests, (requests) => requests.length)

  yield* headline("A token that is kept working")
  yield* Effect.all(
    Array.makeBy(1000, () => source.get),
    { concurrency: "unbounded" }
  )
  yield* Console.log(`1,000 callers at once: ${yield* asked} token request`)

  const installed = (ahead: number) =>
    changes.pipe(
      Stream.filter((status) => status.phase === "fresh" && !status.refreshing),
      Stream.take(ahead),
      Stream.runDrain
    )
  yield* installed(1)
  yield* Console.log(`refreshed by itself, ahead of expiry: ${yield* asked} token requests, and nobody waited`)

  yield* emulator.fault(Fault.htmlBadGateway, Number.POSITIVE_INFINITY)
  yield* Console.log("now the token endpoint is down …")
  const failed = yield* changes.pipe(
    Stream.filterMap((status) => Option.as(status.lastFailure, status)),
    Stream.runHead
  )
  for (const status of Option.toArray(failed)) {
    const error = Option.getOrThrow(status.lastFailure)
    yield* Console.log(`  the refresh failed: ${error.message}`)
  }
  yield* show("  and still, every caller gets", yield* source.get)

  yield* emulator.clearFaults
  yield* installed(1)
  yield* Console.log(`… and up again: a new token, after ${yield* asked} token requests in all`)
})

const Emulator = VippsEmulator.layerServer.pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }))
)

const Tokens = StandardToken.layer.pipe(
  Layer.provideMerge(TokenCache.layer),
  // Refresh in the second half of the life, so that there is something to see.
  Layer.provide(RefreshPolicy.layer({ softWindow: 0.6 }))
)

const emulatorPage = Console.log("\nOpen the emulator's page: npm run emulator, then http://127.0.0.1:8787/__emulator/")

const againstEmulator = Effect.all([bothFlows, whatGoesWrong, keptWorking, emulatorPage], { discard: true }).pipe(
  Effect.provide(
    Tokens.pipe(
      Layer.provideMerge(Layer.merge(StandardFlow.layerConfig(), SpecializedFlow.layerConfig())),
      Layer.provide(VippsEmulator.layerConfigProvider()),
      Layer.provideMerge(Emulator),
      Layer.provideMerge(NodeHttpClient.layerUndici)
    )
  )
)

/** Whichever keys are set. */
const againstVipps = Effect.gen(function* () {
  const isSet = (name: string) => Effect.map(Effect.option(Config.string(name)), Option.isSome)
  yield* headline("One token for each set of keys")
  if (yield* isSet("VIPPS_CLIENT_ID")) {
    yield* Effect.provide(Effect.flatMap(StandardFlow, obtain), StandardFlow.layerConfig())
  }
  if (yield* isSet("VIPPS_SPECIALIZED_CLIENT_ID")) {
    yield* Effect.provide(Effect.flatMap(SpecializedFlow, obtain), SpecializedFlow.layerConfig())
  }
}).pipe(Effect.provide(NodeHttpClient.layerUndici))

const program = Effect.flatMap(Effect.option(Config.string("VIPPS_ENVIRONMENT")), (environment) =>
  Option.isSome(environment) ? againstVipps : againstEmulator
)

NodeRuntime.runMain(program)
