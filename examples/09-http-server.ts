/**
 * An HTTP server of your own that calls Vipps: the client is one of its layers, and its tests give it another.
 *
 * In your project the lower half is a file of `it.effect` tests; here it runs by itself. The server goes live with
 *
 *   Layer.launch(Server.pipe(
 *     Layer.provide(StandardClient.layerConfig()),
 *     Layer.provide([FetchHttpClient.layer, NodeHttpServer.layer(createServer, { host: "127.0.0.1", port: 3000 })])
 *   ))
 */
import { deepStrictEqual } from "node:assert"
import { HttpClient, HttpClientResponse, HttpRouter, HttpServer, HttpServerResponse } from "@effect/platform"
import { NodeHttpServer, NodeRuntime } from "@effect/platform-node"
import { Console, Effect, Layer, Schema } from "effect"
import { isTokenError, isTransient, StandardClient, StandardToken, Unavailable } from "effect-vipps-token"
import { VippsEmulator } from "effect-vipps-token/testing"

// ---- the server -----------------------------------------------------------------------------------------------------

const Payment = Schema.Struct({ reference: Schema.String, state: Schema.String })

const getOrder = Effect.gen(function* () {
  const { reference } = yield* HttpRouter.schemaPathParams(Schema.Struct({ reference: Schema.String }))
  const client = yield* StandardClient
  const response = yield* client.get(`/epayment/v1/payments/${encodeURIComponent(reference)}`)
  if (response.status === 404) return yield* HttpServerResponse.json({ error: "no such order" }, { status: 404 })
  const payment = yield* HttpClientResponse.filterStatusOk(response).pipe(
    Effect.flatMap(HttpClientResponse.schemaBodyJson(Payment))
  )
  return yield* HttpServerResponse.json({ order: payment.reference, paid: payment.state === "AUTHORIZED" })
}).pipe(
  // There is no token. If that passes, the caller may try again; if not, the log says which key is wrong.
  Effect.catchIf(isTokenError, (error) =>
    HttpServerResponse.json({ error: "no payments at the moment" }, { status: isTransient(error) ? 503 : 500 }).pipe(
      Effect.tap(Effect.logDebug(error.message))
    )
  )
)

/** Needs a server to listen with, and the client. */
const Server = HttpRouter.empty.pipe(HttpRouter.get("/orders/:reference", getOrder), HttpServer.serve())

// ---- its tests ------------------------------------------------------------------------------------------------------

/** Asks the server, which listens on a free port. */
const ask = (path: string) =>
  Effect.gen(function* () {
    const response = yield* HttpClient.get(path)
    return [response.status, yield* response.json] as const
  })

const Emulated = StandardClient.layerConfig().pipe(
  Layer.provide(VippsEmulator.layerConfigProvider()),
  Layer.provide(VippsEmulator.layer)
)

const InAnOutage = StandardClient.layer.pipe(
  Layer.provide(StandardToken.layerTest(new Unavailable({ flow: "standard", label: "test", reason: "network" }))),
  Layer.provide(VippsEmulator.layer)
)

const serverWith = (client: typeof Emulated | typeof InAnOutage) =>
  Server.pipe(Layer.provide(client), Layer.provideMerge(NodeHttpServer.layerTest))

const program = Effect.gen(function* () {
  yield* Effect.gen(function* () {
    const [status, order] = yield* ask("/orders/order-1001")
    deepStrictEqual([status, order], [200, { order: "order-1001", paid: true }])
    yield* Console.log(`${status} ${JSON.stringify(order)}`)
    deepStrictEqual(yield* ask("/orders/order-2"), [404, { error: "no such order" }])
  }).pipe(Effect.provide(serverWith(Emulated)))

  const outage = yield* Effect.provide(ask("/orders/order-1001"), serverWith(InAnOutage))
  deepStrictEqual(outage, [503, { error: "no payments at the moment" }])
  yield* Console.log("the server answers with payments, and says so in an outage")
})

NodeRuntime.runMain(program)
