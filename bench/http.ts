/**
 * Table C: what the client costs. Requests a second at concurrency 50 on loopback, through `VippsClient` and through the
 * same `HttpClient` without it (with the same headers, set by hand), in paired rounds of alternating order.
 *
 * The claim: a ratio of at least 0.95, as the median of the rounds. Run it on a machine with nothing else to do.
 */
import * as HttpClient from "@effect/platform/HttpClient"
import type * as HttpClientError from "@effect/platform/HttpClientError"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { serve } from "./frame/child.js"
import { print, quick } from "./frame/report.js"
import { median } from "./frame/rounds.js"
import { keys } from "./frame/tokenEndpoint.js"
import {
  AccessToken,
  StandardCredentials,
  StandardFlow,
  StandardToken,
  VippsClient,
  VippsEnvironment
} from "./library.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 3 : 11))
const requests = Number(process.env.REQUESTS ?? 3000)
const concurrency = 50

const token = AccessToken.make({
  value: Redacted.make("x".repeat(1200)),
  flow: "standard",
  issuedAt: DateTime.unsafeMake(Date.now()),
  expiresIn: "1 day"
})

const credentials = StandardCredentials.make({
  clientId: keys.clientId,
  clientSecret: Redacted.make(keys.clientSecret),
  subscriptionKey: Redacted.make(keys.subscriptionKey)
})

/** Requests a second, each with its body read. */
const throughput = <E>(client: HttpClient.HttpClient.With<E>, url: string) => {
  const one = Effect.flatMap(client.get(url), (response) => response.json)
  return Effect.gen(function* () {
    const began = process.hrtime.bigint()
    yield* Effect.forEach(Array.from({ length: requests }), () => one, { concurrency, discard: true })
    return requests / (Number(process.hrtime.bigint() - began) / 1e9)
  })
}

const table = (name: string, url: string) =>
  Effect.gen(function* () {
    const plain: HttpClient.HttpClient.With<HttpClientError.HttpClientError> = HttpClient.mapRequest(
      yield* HttpClient.HttpClient,
      HttpClientRequest.setHeaders({
        authorization: Redacted.value(token.authorization),
        "ocp-apim-subscription-key": keys.subscriptionKey
      })
    )
    const flow = yield* StandardFlow.make({ credentials, environment: VippsEnvironment.custom(url) })
    const ours = yield* VippsClient.make({ ...(yield* StandardToken), flow })
    const without = throughput(plain, `${url}/epayment/v1/payments/order-1`)
    const through = throughput(ours, "/epayment/v1/payments/order-1")

    yield* without
    yield* through
    const ratios: Array<number> = []
    const speeds: Array<readonly [number, number]> = []
    for (let round = 0; round < rounds; round++) {
      const first = round % 2 === 0
      const a = yield* first ? without : through
      const b = yield* first ? through : without
      const pair = first ? ([a, b] as const) : ([b, a] as const)
      speeds.push(pair)
      ratios.push(pair[1] / pair[0])
    }
    const row = {
      client: name,
      "without, req/s": Math.round(median(speeds.map(([without]) => without))),
      "through, req/s": Math.round(median(speeds.map(([, through]) => through))),
      "ratio, median": Number(median(ratios).toFixed(3)),
      "ratio, min–max": `${Math.min(...ratios).toFixed(3)}–${Math.max(...ratios).toFixed(3)}`
    }
    return row
  })

const server = await serve("frame/api-server.ts")
const TokenTest = StandardToken.layerTest(token)
const rows = [
  await Effect.runPromise(table("undici", server.url).pipe(Effect.provide([NodeHttpClient.layerUndici, TokenTest]))),
  await Effect.runPromise(table("node:http", server.url).pipe(Effect.provide([NodeHttpClient.layer, TokenTest])))
]
print({
  table: "C",
  title: "an HTTP request with and without the client",
  settings: { "paired rounds": rounds, "requests in a round": requests, concurrency },
  rows: { "requests a second": rows },
  targets: rows.map((row) => ({
    claim: `${row.client}: through the client / without`,
    figure: row["ratio, median"],
    atLeast: 0.95
  }))
})
server.stop()
