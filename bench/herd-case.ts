/**
 * One round of one case of table B: many callers at once on an empty cache, first to warm up, then measured; or, with a
 * status, measured while the endpoint fails with it. `herd-case.ts <case> <url> <callers> <delay> <status>`
 */
import * as Cache from "effect/Cache"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Scope from "effect/Scope"
import { tell } from "./frame/child.js"
import { control, fetchToken, type Token } from "./frame/tokenEndpoint.js"
import { sourceIn } from "./ours.js"
import { type Peer, peers } from "./peers.js"

const [name = "", url = "", callersText, delayText, statusText] = process.argv.slice(2)
const callers = Number(callersText)
const delay = Number(delayText)
const failWith = Number(statusText)

/** Has everybody ask, and answers how many were given a token. */
type Herd = () => Promise<number>

const peerHerd = ({ make }: Peer): Herd => {
  const get = make({ url, fetchToken: () => fetchToken(url) })
  return async () => {
    const asked = Array.from({ length: callers }, async () => get())
    const settled = await Promise.allSettled(asked)
    return settled.filter(({ status }) => status === "fulfilled").length
  }
}

const request = Effect.tryPromise(() => fetchToken(url))

/** What somebody who knows Effect writes by hand: a state, a `Deferred`, and a fiber that no caller can interrupt. */
const handWritten = () => {
  let exit: Exit.Exit<Token, unknown> | undefined
  let pending: Deferred.Deferred<Token, unknown> | undefined
  return Effect.suspend(() => {
    if (exit !== undefined) return exit
    if (pending !== undefined) return Deferred.await(pending)
    const flight = Deferred.unsafeMake<Token, unknown>(FiberId.none)
    pending = flight
    return request.pipe(
      Effect.onExit((ended) =>
        Effect.sync(() => {
          if (Exit.isSuccess(ended)) exit = ended
          pending = undefined
          Deferred.unsafeDone(flight, ended)
        })
      ),
      Effect.forkDaemon,
      Effect.zipRight(Deferred.await(flight))
    )
  })
}

const effects: Readonly<Record<string, Effect.Effect<Effect.Effect<unknown, unknown>>>> = {
  "hand-written Deferred": Effect.sync(handWritten),
  "Effect's Cache": Effect.map(
    Cache.make({ capacity: 16, timeToLive: "55 minutes", lookup: (_key: string) => request }),
    (cache) => cache.get("key")
  ),
  "Effect's cachedInvalidateWithTTL": Effect.map(
    Effect.cachedInvalidateWithTTL(request, "55 minutes"),
    ([cached]) => cached
  ),
  "source.get": Effect.flatMap(Scope.make(), (scope) => Effect.map(sourceIn(scope, url), ({ get }) => get))
}

const effectHerd = async (make: Effect.Effect<Effect.Effect<unknown, unknown>>, byRun: boolean): Promise<Herd> => {
  const get = Effect.isSuccess(await Effect.runPromise(make))
  const all = Effect.forEach(Array.from({ length: callers }), () => get, { concurrency: "unbounded" })
  return async () => {
    const served = byRun
      ? await Promise.all(Array.from({ length: callers }, () => Effect.runPromise(get)))
      : await Effect.runPromise(all)
    return served.filter((success) => success).length
  }
}

const herd = async (): Promise<Herd> => {
  const peer = peers.find((peer) => peer.name === name)
  if (peer !== undefined) return peerHerd(peer)
  const [effect = "", form] = name.split(", by ")
  const make = effects[effect]
  if (make === undefined) throw new Error(`there is no ${name}`)
  return effectHerd(make, form === "runPromise")
}

const measure = async () => {
  const ask = await herd()
  await control(url, { delay, failWith })
  globalThis.gc?.()
  const began = performance.now()
  const cpuBegan = process.cpuUsage()
  const served = await ask()
  const cpu = process.cpuUsage(cpuBegan)
  const wallMillis = performance.now() - began
  const cpuMicros = (cpu.user + cpu.system) / callers
  return { served, wallMillis, cpuMicros, requests: await control(url) }
}

const first = await measure()
// With a request for each caller it is as warm as it gets by the first thousands of them.
tell(failWith > 0 || first.requests > callers / 2 ? first : await measure())
