/**
 * Both flows in one application: an accounting service that charges with the standard keys and reads reports with the
 * accounting keys. One cache, and so one refresh fiber, keeps both tokens.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { SpecializedFlow, SpecializedToken, StandardFlow, StandardToken, TokenCache } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

const program = Effect.gen(function* () {
  const standard = yield* StandardToken
  const specialized = yield* SpecializedToken
  yield* Effect.all([standard.get, specialized.get], { concurrency: 2 })

  const cache = yield* TokenCache
  for (const status of yield* cache.statuses) {
    yield* Console.log(`${status.flow} token: ${status.phase}`)
  }
})

// One graph, one cache: two `Effect.provide`s would build two.
const Tokens = Layer.merge(StandardToken.layer, SpecializedToken.layer).pipe(
  Layer.provideMerge(TokenCache.layer),
  Layer.provide([StandardFlow.layerConfig(), SpecializedFlow.layerConfig()]),
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provide(VippsEmulator.layer)
)

program.pipe(Effect.provide(Tokens), NodeRuntime.runMain)
