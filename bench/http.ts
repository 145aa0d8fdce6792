/**
 * Table C: what the client costs. Requests a second at concurrency 50 on loopback, through `VippsClient` and through
 * the same `HttpClient` without it (with the same headers, set by hand), in paired rounds of alternating order.
 *
 * The claim: a ratio of at least 0.95, as the median of the rounds. Run it on a machine with nothing else to do.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Headers from "@effect/platform/Headers"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import { serve } from "./frame/child.js"
import { print, quick } from "./frame/report.js"
import { interleave, median, ratio, ratios, spread } from "./frame/rounds.js"
import { keys } from "./frame/tokenEndpoint.js"
import { type AccessToken, StandardClient, StandardToken, TokenCache } from "./library.js"
import { flowLayer } from "./ours.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 3 : 101))
const requests = Number(process.env.REQUESTS ?? 800)
const concurrency = 50

/** Requests a second, each with its body read. */
const throughput = <E>(client: HttpClient.HttpClient.With<E>, url: string) => {
  const one = Effect.flatMap(client.get(url), (response) => response.json)
  return Effect.gen(function* () {
    const began = process.hrtime.bigint()
    yield* Effect.forEach(Array.from({ length: requests }), () => one, { concurrency, discard: true })
    return requests / (Number(process.hrtime.bigint() - began) / 1e9)
  })
}

/**
 * What one would write with Effect alone: the same headers by hand, no redirect, no key in a span. No check, no
 * renewal.
 */
const byHand = (client: HttpClient.HttpClient, token: Effect.Effect<AccessToken>) =>
  client.pipe(
    HttpClient.mapRequestEffect((request) =>
      Effect.map(token, (token) =>
        HttpClientRequest.setHeaders(request, {
          authorization: Redacted.value(token.authorization),
          "ocp-apim-subscription-key": keys.subscriptionKey
        })
      )
    ),
    HttpClient.transformResponse((response) =>
      response.pipe(
        Effect.provideService(FetchHttpClient.RequestInit, { redirect: "manual" }),
        Effect.locallyWith(Headers.currentRedactedNames, (names) => [...names, "ocp-apim-subscription-key"])
      )
    )
  )

const table = (name: string, url: string) =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const token = yield* (yield* StandardToken).get
    const absolute = `${url}/epayment/v1/payments/order-1001`
    const headers = {
      authorization: Redacted.value(token.authorization),
      "ocp-apim-subscription-key": keys.subscriptionKey
    }
    const runtime = yield* Effect.runtime()
    const measure = <E>(name: string, client: HttpClient.HttpClient.With<E>, url: string) => ({
      name,
      measure: () => {
        // Nobody pays for the garbage of the round before. Some tens of megabytes follow, so each pays for its own.
        globalThis.gc?.({ type: "minor" })
        return Runtime.runPromise(runtime)(throughput(client, url))
      }
    })
    const cases = [
      measure("without", HttpClient.mapRequest(client, HttpClientRequest.setHeaders(headers)), absolute),
      measure("by hand", byHand(client, Effect.succeed(token)), absolute),
      measure("through", yield* StandardClient, "/epayment/v1/payments/order-1001")
    ]
    yield* Effect.promise(() => interleave(cases, 1))

    const figures = yield* Effect.promise(() => interleave(cases, rounds))
    const through = spread(ratios(figures, "through", "without"))
    return {
      client: name,
      "without, req/s": Math.round(median(figures.get("without") ?? [])),
      "through, req/s": Math.round(median(figures.get("through") ?? [])),
      "through / without": Number(through.median.toFixed(3)),
      "min–max": `${through.min.toFixed(3)}–${through.max.toFixed(3)}`,
      "by hand / without": Number(ratio(figures, "by hand", "without").toFixed(3))
    }
  })

const server = await serve("frame/api-server.ts")
const Client = StandardClient.layer.pipe(
  Layer.provideMerge(StandardToken.layer),
  Layer.provide([flowLayer(server.url), TokenCache.layer])
)
const run = (name: string, layer: Layer.Layer<HttpClient.HttpClient>) =>
  Effect.runPromise(table(name, server.url).pipe(Effect.provide(Client.pipe(Layer.provideMerge(layer)))))
const rows = [await run("undici", NodeHttpClient.layerUndici), await run("node:http", NodeHttpClient.layer)]
print({
  table: "C",
  title: "an HTTP request with and without the client",
  settings: { "paired rounds": rounds, "requests in a round": requests, concurrency },
  rows: { "requests a second": rows },
  targets: rows.map((row) => ({
    claim: `${row.client}: through the client / without`,
    figure: row["through / without"],
    atLeast: 0.95
  }))
})
server.stop()
