/**
 * A partner that acts for its merchants with one set of keys: one token serves them all, and each request names the
 * merchant that it is for.
 *
 * For real keys take StandardClient.layerConfig() with FetchHttpClient.layer of @effect/platform, and set the VIPPS_
 * variables but VIPPS_MERCHANT_SERIAL_NUMBER. Vipps wants partners to send VIPPS_SYSTEM_NAME and _VERSION as well.
 */
import { HttpClientRequest } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer } from "effect"
import {
  MerchantSerialNumber,
  StandardClient,
  StandardFlow,
  StandardToken,
  TokenCache,
  VippsClient
} from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

/** For whichever merchant: nothing in here says whose payment it is. */
const createPayment = (reference: string) =>
  Effect.gen(function* () {
    const client = yield* StandardClient
    const request = yield* HttpClientRequest.post("/epayment/v1/payments").pipe(
      HttpClientRequest.setHeader("idempotency-key", `create-${reference}`),
      HttpClientRequest.bodyJson({
        reference,
        amount: { currency: "NOK", value: 12500 },
        paymentMethod: { type: "WALLET" },
        userFlow: "WEB_REDIRECT",
        returnUrl: "https://example.com/return"
      })
    )
    return (yield* client.execute(request)).status
  })

const program = Effect.gen(function* () {
  const emulator = yield* VippsEmulator

  const createFor = (merchant: MerchantSerialNumber) =>
    createPayment("invoice-2042").pipe(
      VippsClient.withMerchantSerialNumber(merchant),
      Effect.tap((status) => Console.log(`merchant ${merchant}: ${status}`))
    )

  yield* Effect.forEach(emulator.merchants, createFor, { concurrency: "unbounded" })
  // A merchant that has not given the partner its rights is refused, and costs the others nothing: the token stays.
  yield* createFor(MerchantSerialNumber.make("999999"))
  yield* createPayment("invoice-2043").pipe(VippsClient.withMerchantSerialNumber(emulator.merchants[0]))

  const tokenRequests = yield* emulator.tokenRequests
  yield* Console.log(`${emulator.merchants.length} merchants, ${tokenRequests.length} token request`)
})

const PartnerFlow = Layer.unwrapEffect(
  Effect.map(VippsEmulator, ({ credentials, environment }) =>
    StandardFlow.layer({ credentials: credentials.partner, environment })
  )
)

const Live = StandardClient.layer.pipe(
  Layer.provide(StandardToken.layer),
  Layer.provide(TokenCache.layer),
  Layer.provide(PartnerFlow),
  Layer.provideMerge(VippsEmulator.layer)
)

program.pipe(Effect.provide(Live), NodeRuntime.runMain)
