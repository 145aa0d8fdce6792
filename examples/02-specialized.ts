/**
 * The shortest program for the specialized flow: one token for accounting or donations keys.
 *
 * For real keys take FetchHttpClient.layer of @effect/platform in place of the two lines with the emulator, and set
 * VIPPS_ENVIRONMENT, VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { SpecializedToken } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

const program = Effect.gen(function* () {
  const source = yield* SpecializedToken
  const token = yield* source.get
  yield* Console.log(`a ${token.flow} token: ${token.authorization}`)
})

const TokenLive = SpecializedToken.layerConfig().pipe(
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provide(VippsEmulator.layer)
)

program.pipe(Effect.provide(TokenLive), NodeRuntime.runMain)
