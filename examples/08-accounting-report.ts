/**
 * An accounting system that reads a report with its accounting keys: the specialized flow, without a subscription key.
 *
 * For real keys take FetchHttpClient.layer of @effect/platform in place of the two lines with the emulator, and set
 * VIPPS_ENVIRONMENT, VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET.
 */
import { HttpClient, HttpClientResponse } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schema } from "effect"
import { SpecializedClient } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

const Ledgers = Schema.Struct({
  items: Schema.Array(
    Schema.Struct({
      ledgerId: Schema.String,
      currency: Schema.String,
      settlesForRecipientHandles: Schema.Array(Schema.String)
    })
  )
})

/** Every merchant's ledger that the keys have been given access to. */
const ledgers = Effect.gen(function* () {
  const client = HttpClient.filterStatusOk(yield* SpecializedClient)
  const response = yield* client.get("/settlement/v1/ledgers")
  return (yield* HttpClientResponse.schemaBodyJson(Ledgers)(response)).items
})

const program = Effect.gen(function* () {
  for (const { currency, ledgerId, settlesForRecipientHandles } of yield* ledgers) {
    yield* Console.log(`ledger ${ledgerId} settles ${currency} for ${settlesForRecipientHandles.join(", ")}`)
  }
}).pipe(
  // Wrong keys are named for what they are; the message says what to do.
  Effect.catchTag("InvalidCredentials", (error) => Console.error(error.message))
)

const Live = SpecializedClient.layerConfig().pipe(
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provide(VippsEmulator.layer)
)

program.pipe(Effect.provide(Live), NodeRuntime.runMain)
