/**
 * A checkout: create a payment, send the customer to it, wait until they approve, and capture when the goods are sent.
 *
 * The client adds token, subscription key and merchant serial number. The idempotency keys are made of the order's
 * reference, so that whatever is sent twice, by a retry or by a new start of the program, is done once. They may have
 * 50 characters.
 *
 * For real keys take FetchHttpClient.layer of @effect/platform in place of the emulator, set the VIPPS_ variables, and
 * approve in the app.
 */
import { HttpClient, HttpClientRequest, HttpClientResponse } from "@effect/platform"
import { NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schedule, Schema } from "effect"
import { StandardClient } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

const Created = Schema.Struct({ redirectUrl: Schema.String })

const Amount = Schema.Struct({ currency: Schema.String, value: Schema.Int })

const Payment = Schema.Struct({ state: Schema.String, aggregate: Schema.Struct({ capturedAmount: Amount }) })

const payments = "/epayment/v1/payments"

/** Any other status than 2xx is an error; 429, 5xx and a lost network are tried again. */
const apiClient = Effect.map(StandardClient, (client) =>
  client.pipe(
    HttpClient.filterStatusOk,
    HttpClient.retryTransient({ times: 3, schedule: Schedule.exponential("200 millis") })
  )
)

const post = (path: string, idempotencyKey: string, body: unknown) =>
  Effect.gen(function* () {
    const client = yield* apiClient
    const request = yield* HttpClientRequest.post(path).pipe(
      HttpClientRequest.setHeader("idempotency-key", idempotencyKey),
      HttpClientRequest.bodyJson(body)
    )
    return yield* client.execute(request)
  })

const create = (reference: string, amount: typeof Amount.Type) =>
  post(payments, `create-${reference}`, {
    reference,
    amount,
    paymentMethod: { type: "WALLET" },
    userFlow: "WEB_REDIRECT",
    returnUrl: `https://example.com/orders/${reference}`
  }).pipe(Effect.flatMap(HttpClientResponse.schemaBodyJson(Created)))

/** What the customer has made of it, asked for every second and for ten minutes at most. */
const decided = (reference: string) =>
  Effect.flatMap(apiClient, (client) => client.get(`${payments}/${reference}`)).pipe(
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Payment)),
    Effect.delay("1 second"),
    Effect.repeat({ until: ({ state }) => state !== "CREATED" }),
    Effect.timeout("10 minutes")
  )

const capture = (reference: string, amount: typeof Amount.Type) =>
  post(`${payments}/${reference}/capture`, `capture-${reference}`, { modificationAmount: amount }).pipe(
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Payment))
  )

const program = Effect.gen(function* () {
  const reference = "acme-shop-1001"
  const amount = { currency: "NOK", value: 49900 }

  const { redirectUrl } = yield* create(reference, amount)
  yield* Console.log(`created, and the customer is sent to ${redirectUrl}`)

  // The customer: with real keys a person, with a telephone.
  yield* Effect.fork(
    Effect.flatMap(VippsEmulator, (emulator) => Effect.delay(emulator.approve(reference), "1500 millis"))
  )
  const { state } = yield* decided(reference)
  if (state !== "AUTHORIZED") return yield* Console.log(`the customer has not approved: ${state}`)

  const { aggregate } = yield* capture(reference, amount)
  yield* Console.log(`captured: ${aggregate.capturedAmount.value / 100} ${aggregate.capturedAmount.currency}`)
})

const Live = StandardClient.layerConfig().pipe(
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provideMerge(VippsEmulator.layer)
)

program.pipe(Effect.provide(Live), NodeRuntime.runMain)
