/**
 * Two processes and one token: the quickstart, and one `Layer.provide`. Wants a Redis or Valkey: VIPPS_TOKEN_STORE_URL,
 * or one on this machine (`redis-server`, or `docker run --rm -p 6379:6379 redis`).
 *
 * The first process starts Vipps' emulator behind a socket, and this file twice more.
 */
import { createServer } from "node:http"
import { Command, FetchHttpClient } from "@effect/platform"
import { NodeContext, NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Config, Console, Effect, Layer, Option, Redacted } from "effect"
import { StandardToken } from "effect-vipps-token"
import { RedisTokenStore } from "effect-vipps-token/RedisTokenStore"
import { VippsEmulator } from "effect-vipps-token/testing"

// ---- what a process of yours does -----------------------------------------------------------------------------------

const program = Effect.gen(function* () {
  const source = yield* StandardToken
  const token = yield* source.get
  yield* Console.log(`process ${process.pid} has a token that ends with ${Redacted.value(token.value).slice(-6)}`)
})

const TokenLive = StandardToken.layerConfig().pipe(
  Layer.provide(RedisTokenStore.layerConfig()), // below the token's layer
  Layer.provide(FetchHttpClient.layer)
)

// ---- a fleet of two -------------------------------------------------------------------------------------------------

const fleet = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  const { clientId, clientSecret, subscriptionKey } = emulator.credentials.standard
  const url = yield* Config.withDefault(Config.string("VIPPS_TOKEN_STORE_URL"), "redis://127.0.0.1:6379")
  const member = Command.make(process.execPath, "--import", "tsx", "examples/10-two-processes.ts").pipe(
    Command.env({
      VIPPS_ENVIRONMENT: emulator.baseUrl.origin,
      VIPPS_CLIENT_ID: Redacted.value(clientId),
      VIPPS_CLIENT_SECRET: Redacted.value(clientSecret),
      VIPPS_SUBSCRIPTION_KEY: Redacted.value(subscriptionKey),
      VIPPS_TOKEN_STORE_URL: url,
      VIPPS_TOKEN_STORE_KEYS: "wtWPX9FN6sVnDc2dTzwHnqJbrpr02gSpSYCPq8Yq6R0=" // openssl rand -base64 32
    }),
    Command.string
  )
  const said = yield* Effect.all([member, member], { concurrency: 2 })
  yield* Console.log(said.join("").trim())
  yield* Console.log(`2 processes, ${(yield* emulator.tokenRequests).length} token request(s)`)
})

const Emulator = VippsEmulator.layerServer.pipe(
  Layer.provide(NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 0 }))
)

const main = Effect.gen(function* () {
  const isMember = Option.isSome(yield* Config.option(Config.string("VIPPS_CLIENT_ID")))
  if (isMember) return yield* Effect.provide(program, TokenLive)
  return yield* Effect.provide(fleet, Layer.merge(Emulator, NodeContext.layer))
})

NodeRuntime.runMain(main)
