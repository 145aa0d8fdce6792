/**
 * Table C: what the client costs. Requests a second at concurrency 50 on loopback, through `VippsClient` and through the
 * same `HttpClient` without it (with the same headers, set by hand), in paired rounds of alternating order.
 *
 * The claim: a ratio of at least 0.95, as the median of the rounds. Run it on a machine with nothing else to do.
 */
import { fork } from "node:child_process"
import { once } from "node:events"
import { arch, cpus, platform } from "node:os"
import { fileURLToPath } from "node:url"
import { HttpClient, type HttpClientError, HttpClientRequest } from "@effect/platform"
import { NodeHttpClient } from "@effect/platform-node"
import { DateTime, Effect, Redacted } from "effect"
import { AccessToken, StandardToken, VippsClient } from "effect-vipps-token"

const rounds = Number(process.env.ROUNDS ?? 11)
const requests = Number(process.env.REQUESTS ?? 3000)
const concurrency = 50

const token = AccessToken.make({
  value: Redacted.make("x".repeat(1200)),
  flow: "standard",
  issuedAt: DateTime.unsafeMake(Date.now()),
  expiresIn: "1 day"
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

const median = (values: ReadonlyArray<number>): number => values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0

const table = (name: string, url: string) =>
  Effect.gen(function* () {
    const plain: HttpClient.HttpClient.With<HttpClientError.HttpClientError> = HttpClient.mapRequest(
      yield* HttpClient.HttpClient,
      HttpClientRequest.setHeader("authorization", Redacted.value(token.authorization))
    )
    const source = yield* StandardToken
    const ours = yield* VippsClient.make({ ...source, flow: { ...source.flow, baseUrl: new URL(url) } })
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

const server = fork(fileURLToPath(new URL("api-server.ts", import.meta.url)))
const [port] = await once(server, "message")
const url = `http://127.0.0.1:${port}`

console.log(`Node ${process.version}, ${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`)
console.log(`${rounds} paired rounds of ${requests} requests, concurrency ${concurrency}\n`)

const TokenTest = StandardToken.layerTest(token)
const rows = [
  await Effect.runPromise(table("undici", url).pipe(Effect.provide([NodeHttpClient.layerUndici, TokenTest]))),
  await Effect.runPromise(table("node:http", url).pipe(Effect.provide([NodeHttpClient.layer, TokenTest])))
]
console.table(rows)
console.log(JSON.stringify({ table: "C", node: process.version, rounds, requests, concurrency, rows }))
server.disconnect()
