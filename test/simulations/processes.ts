/**
 * The token requests of so many processes over one virtual day, with a store and without: real caches, one in each
 * process, that start together. As a script it prints the table, and ends with 1 if a store does not save what it
 * should.
 */
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { TokenSource } from "../../src/TokenSource.js"
import { TokenStore } from "../../src/TokenStore.js"
import { cacheWith } from "../fixtures/caches.js"
import { Machine } from "../fixtures/machine.js"
import { delayed, granted, scriptedFlow } from "../fixtures/scriptedFlow.js"

const minute = 60_000
const day = 24 * 60 * minute

export const lives = { "15 min": 15 * minute, "1 h": 60 * minute, "24 h": day }
export const counts = [1, 10, 50]

/** How many requests a day takes, if somebody asks every process for its token once a minute. */
export const requestsOfADay = (count: number, lifeMillis: number, shared: boolean, seed: number): number => {
  const machine = new Machine(1_700_000_000_000)
  const flow = scriptedFlow()
  flow.otherwise(delayed(300, granted(lifeMillis)))
  const scope = machine.run(Scope.make())
  const sources = machine.run(
    Effect.gen(function* () {
      const sharing = shared ? TokenStore.layer(yield* TokenStore.makeMemory) : Layer.empty
      return yield* Effect.forEach(Array.from({ length: count }), (_, process) =>
        Effect.flatMap(cacheWith(), (cache) => cache.source(flow)).pipe(
          Effect.withRandom(Random.make(`${seed} ${process}`)),
          Effect.provide(sharing)
        )
      )
    }).pipe(Scope.extend(scope))
  )
  const ask = (source: TokenSource) => machine.fork(Effect.exit(source.get))
  for (let passed = 0; passed < day; passed += minute) {
    sources.forEach(ask)
    machine.pass(minute)
  }
  machine.fork(Scope.close(scope, Exit.void))
  return flow.sentAt.length
}

const main = (): void => {
  const seed = Number(process.argv[2] ?? 20_260_101)
  console.log(`token requests of N processes over one virtual day, seed ${seed}`)
  for (const [life, lifeMillis] of Object.entries(lives)) {
    const alone = requestsOfADay(1, lifeMillis, false, seed)
    const rows = counts.map((count) => {
      const without = requestsOfADay(count, lifeMillis, false, seed)
      const shared = requestsOfADay(count, lifeMillis, true, seed)
      // The earliest of many draws is what a fleet refreshes at: three quarters of the life, and no sooner.
      if (shared > alone * 1.25 + 1) process.exitCode = 1
      return [`N = ${count}`, { "each for itself": without, "one store": shared }] as const
    })
    console.log(`\ntokens of ${life}`)
    console.table(Object.fromEntries(rows))
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
