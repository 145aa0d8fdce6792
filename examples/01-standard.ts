/**
 * The shortest program for the standard flow: one token, from keys in the VIPPS_ variables.
 *
 * For real keys take FetchHttpClient.layer of @effect/platform in place of the two lines with the emulator, and set
 * VIPPS_ENVIRONMENT, VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and VIPPS_SUBSCRIPTION_KEY.
 */
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import { StandardToken } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

const program = Effect.gen(function* () {
  const source = yield* StandardToken
  const token = yield* source.get
  yield* Console.log(`a ${token.flow} token: ${token.authorization}`)
})

const TokenLive = StandardToken.layerConfig().pipe(
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provide(VippsEmulator.layer)
)

program.pipe(Effect.provide(TokenLive), NodeRuntime.runMain)
