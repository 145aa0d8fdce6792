/**
 * One store of table E with many keys: bytes a key over the strings of key and token, which are there before.
 * `manyKeys-heap.ts <store> <keys>`
 */
import * as Cache from "effect/Cache"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as RcMap from "effect/RcMap"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import { tell } from "./frame/child.js"
import { turn } from "./frame/quickTime.js"
import { AccessToken, TokenCache } from "./library.js"
import { flowWithout } from "./ours.js"
import { peers } from "./peers.js"

const [store = "", countText] = process.argv.slice(2)
const count = Number(countText)

/** A string that is not put together from others, as one that was read from the wire. */
const flat = (text: string) => Buffer.from(text, "latin1").toString("latin1")
const tokenTextOf = (n: number) => flat(`eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.${"A".repeat(1150)}${n}`)

const keys = Array.from({ length: count }, (_, n) => flat(`key-${n}`))
const texts = Array.from({ length: count }, (_, n) => tokenTextOf(n))
const textOf = (key: string) => texts[Number(key.slice(4))] ?? ""
const until = Date.now() + 86_400_000

const flows = store.startsWith("TokenCache") ? keys.map((key) => flowWithout(key, () => textOf(key), "1 day")) : []

/** What no keeping can do without: nothing is known of the token but itself. */
const least = "Map of AccessToken, in the Exit that get answers"
const tokenOf = (text: string) =>
  AccessToken.make({
    value: Redacted.make(text),
    flow: "standard",
    issuedAt: DateTime.unsafeMake(until - 86_400_000),
    expiresIn: "1 day"
  })

/** Fills a store with these keys, and answers what has to be held. */
type Fill = (keys: ReadonlyArray<string>) => Promise<unknown>

const filledCache = async (keep: boolean, keys: ReadonlyArray<string>) => {
  const scope = await Effect.runPromise(Scope.make())
  const cache = await Effect.runPromise(Scope.extend(TokenCache.make, scope))
  const sources: Array<unknown> = []
  for (const [n] of keys.entries()) {
    const flow = flows[n]
    if (flow === undefined) continue
    const source = await Effect.runPromise(cache.source(flow))
    await Effect.runPromise(source.get)
    if (keep) sources.push(source)
  }
  return [scope, cache, sources]
}

const stores: Readonly<Record<string, Fill>> = {
  "Map of token and expiry": async (keys) => new Map(keys.map((key) => [key, { token: textOf(key), until }])),
  "Effect: Map of Ref": async (keys) =>
    new Map(keys.map((key) => [key, Effect.runSync(Ref.make({ token: textOf(key), until }))])),
  "Effect: Cache": async (keys) => {
    const cache = Effect.runSync(
      Cache.make({
        capacity: 2 * count,
        timeToLive: "55 minutes",
        lookup: (key: string) => Effect.sync(() => textOf(key))
      })
    )
    for (const key of keys) Effect.runSync(cache.get(key))
    return cache
  },
  "Effect: RcMap": async (keys) => {
    const scope = Effect.runSync(Scope.make())
    const map = Effect.runSync(
      RcMap.make({ lookup: (key: string) => Effect.sync(() => textOf(key)), idleTimeToLive: "1 hour" }).pipe(
        Scope.extend(scope)
      )
    )
    for (const key of keys) Effect.runSync(Effect.scoped(RcMap.get(map, key)))
    return [scope, map]
  },
  [least]: async (keys) => new Map(keys.map((key) => [key, Exit.succeed(tokenOf(textOf(key)))])),
  TokenCache: (keys) => filledCache(false, keys),
  "TokenCache, and a TokenSource held for each key": (keys) => filledCache(true, keys),
  ...Object.fromEntries(
    peers.map(({ make, name }) => [
      name,
      async (keys: ReadonlyArray<string>) => {
        const held = new Map<string, unknown>()
        let asked = ""
        // One for all: what tokens come from is not what keeps them.
        const upstream = {
          url: "http://127.0.0.1",
          fetchToken: async () => ({ access_token: textOf(asked), expires_in: 86_400 })
        }
        for (const key of keys) {
          const get = make(upstream)
          asked = key
          await get()
          held.set(key, get)
        }
        return held
      }
    ])
  )
}

const bytes = async () => {
  await turn()
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  const { external, heapUsed } = process.memoryUsage()
  return heapUsed + external
}

const fill = stores[store]
if (fill === undefined) throw new Error(`there is no ${store}`)
// Code and what it makes once are not the keys'.
await fill(keys.slice(0, 50))
const before = await bytes()
const cpuBegan = process.cpuUsage()
const held = await fill(keys)
const cpu = process.cpuUsage(cpuBegan)
const after = await bytes()
if (held === undefined) throw new Error("nothing is held")
tell({ bytes: (after - before) / count, fillMicros: (cpu.user + cpu.system) / count })
