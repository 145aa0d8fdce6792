/** A worker on the edge: one cache for all requests, tokens on demand, and refreshes that outlive the request. */
import { waitUntil } from "cloudflare:workers"
import { FetchHttpClient } from "@effect/platform"
import { ConfigProvider, Effect, Layer, ManagedRuntime } from "effect"
import { RefreshPolicy, StandardClient } from "effect-vipps-token"

const Live = (env: Record<string, string>) =>
  StandardClient.layerConfig().pipe(
    Layer.provide(RefreshPolicy.layer({ mode: "onDemand", keepAlive: waitUntil })),
    Layer.provide(FetchHttpClient.layer),
    Layer.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(Object.entries(env)))))
  )

let runtime: ManagedRuntime.ManagedRuntime<StandardClient, unknown> | undefined

const program = Effect.gen(function* () {
  const client = yield* StandardClient
  const { status } = yield* client.get("/epayment/v1/payments/order-1001")
  return new Response(null, { status })
})

export default {
  fetch(_request: Request, env: Record<string, string>): Promise<Response> {
    runtime ??= ManagedRuntime.make(Live(env))
    return runtime.runPromise(program)
  }
}
