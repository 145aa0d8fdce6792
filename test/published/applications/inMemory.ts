/** Against the emulator, in the same process. */
import { Effect, Layer } from "effect"
import { StandardClient, StandardFlow, StandardToken, TokenCache } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"
import { keptToken } from "./keptToken.js"

const program = Effect.gen(function* () {
  const emulator = yield* VippsEmulator
  yield* emulator.setLifetime("4 seconds")
  const line = yield* keptToken
  const asked = yield* emulator.tokenRequests
  console.log(`${line}, with ${asked.length} token requests`)
})

const Live = StandardClient.layer.pipe(
  Layer.provideMerge(StandardToken.layer),
  Layer.provide([TokenCache.layer, StandardFlow.layerConfig()]),
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provideMerge(VippsEmulator.layer)
)

Effect.runPromise(Effect.provide(program, Live))
