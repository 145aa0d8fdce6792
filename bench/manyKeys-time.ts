/**
 * One course of table E with many keys: `manyKeys-time.ts <course> <keys>`
 */
import { existsSync, readFileSync } from "node:fs"
import { type PerformanceEntry, PerformanceObserver } from "node:perf_hooks"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Schedule from "effect/Schedule"
import * as Scope from "effect/Scope"
import { type Figures, tell } from "./frame/child.js"
import { QuickTime, turn } from "./frame/quickTime.js"
import { StandardCredentials, StandardFlow, TokenCache, type TokenFlow, VippsEnvironment } from "./library.js"
import { flowWithout } from "./ours.js"

const [course = "", countText] = process.argv.slice(2)
const count = Number(countText)
const life = "24 hours"
const numbers = Array.from({ length: count }, (_, n) => n)

let requests = 0
let open = 0
let mostOpen = 0

/** How much CPU the process has had. */
const cpuMicros = () => {
  const { system, user } = process.cpuUsage()
  return system + user
}

const heapBytes = () => {
  for (let i = 0; i < 4; i++) globalThis.gc?.()
  return process.memoryUsage().heapUsed
}

const instantFlow = (key: string): TokenFlow => {
  let asked = 0
  const flow = flowWithout(key, () => `${key}-${asked}`, life)
  const counted = Effect.suspend(() => {
    requests += 1
    asked += 1
    return flow.request
  })
  return { ...flow, request: counted }
}

/** Answers in the next turn of the event loop, so that requests are open at the same time. */
const slowerFlow = (key: string): TokenFlow => {
  const flow = instantFlow(key)
  const request = Effect.suspend(() => {
    mostOpen = Math.max(mostOpen, ++open)
    return Effect.promise(turn)
  }).pipe(Effect.zipRight(flow.request), Effect.ensuring(Effect.sync(() => --open)))
  return { ...flow, request }
}

const time = new QuickTime()
const run = <A, E>(effect: Effect.Effect<A, E>): Promise<A> => Effect.runPromise(Effect.withClock(effect, time.clock))

const scope = await Effect.runPromise(Scope.make())

const fillWith = (cache: TokenCache["Type"], flows: Iterable<TokenFlow>) =>
  Effect.forEach(flows, (flow) => Effect.flatMap(cache.source(flow), (source) => source.get), {
    concurrency: 64,
    discard: true
  })

/** CPU of the thread that runs JavaScript; where the system does not tell it, of the whole process. */
const threadCpuMillis = existsSync("/proc/thread-self/schedstat")
  ? () => Number(readFileSync("/proc/thread-self/schedstat", "utf8").split(" ")[0]) / 1e6
  : () => cpuMicros() / 1000

interface Turn {
  readonly from: number
  readonly to: number
  readonly cpuMillis: number
}

/** How much of a turn the garbage collector has taken. */
const collectedMillis = ({ from, to }: Turn, pauses: ReadonlyArray<PerformanceEntry>) =>
  pauses
    .map(({ duration, startTime }) => Math.min(to, startTime + duration) - Math.max(from, startTime))
    .reduce((sum, within) => sum + Math.max(0, within), 0)

/** Watches the event loop from one turn to the next. */
const watchLoop = () => {
  const turns: Array<Turn> = []
  const pauses: Array<PerformanceEntry> = []
  const collector = new PerformanceObserver((list) => pauses.push(...list.getEntries()))
  collector.observe({ entryTypes: ["gc"] })
  let watching = true
  let from = performance.now()
  let cpu = threadCpuMillis()
  const look = () => {
    const to = performance.now()
    const now = threadCpuMillis()
    turns.push({ from, to, cpuMillis: now - cpu })
    from = to
    cpu = now
    if (watching) setImmediate(look)
  }
  setImmediate(look)
  return async () => {
    watching = false
    await turn()
    pauses.push(...collector.takeRecords())
    const byCpu = turns.toSorted((a, b) => b.cpuMillis - a.cpuMillis).slice(0, 100)
    const [longest] = byCpu
    if (longest === undefined) throw new Error("the loop has not turned")
    const collected = (turn: Turn) => Math.min(turn.cpuMillis, collectedMillis(turn, pauses))
    return {
      "longest turn of the loop, CPU ms": longest.cpuMillis,
      "of it the garbage collector, ms": collected(longest),
      "longest turn but for the collector, CPU ms": Math.max(...byCpu.map((turn) => turn.cpuMillis - collected(turn))),
      "longest turn of the loop, ms": Math.max(...turns.map(({ from, to }) => to - from))
    }
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Fill: keys never seen, against an endpoint that answers at once
// ---------------------------------------------------------------------------------------------------------------------

const instantAnswer = () => {
  requests += 1
  const body = JSON.stringify({
    token_type: "Bearer",
    expires_in: 86_400,
    access_token: `${"A".repeat(1187)}${String(requests).padStart(13, "0")}`
  })
  return new Response(body, {
    headers: { "content-type": "application/json", "content-length": String(body.length) }
  })
}

const instantEndpoint = HttpClient.make((request) =>
  Effect.sync(() => HttpClientResponse.fromWeb(request, instantAnswer()))
)

const standardFlow = (n: number): Effect.Effect<TokenFlow> =>
  StandardFlow.make({
    credentials: StandardCredentials.make({
      clientId: `${n.toString(16).padStart(8, "0")}-7907-4d83-ba20-c7fb60ca35de`,
      clientSecret: Redacted.make(`secret-${n}`),
      subscriptionKey: Redacted.make("da7d5b0e18a84aeda961c0c31b75c2a9")
    }),
    environment: VippsEnvironment.test
  }).pipe(Effect.provideService(HttpClient.HttpClient, instantEndpoint))

const measured = async (work: () => Promise<unknown>) => {
  const began = performance.now()
  const cpuBegan = cpuMicros()
  await work()
  return { seconds: (performance.now() - began) / 1000, cpuMicros: (cpuMicros() - cpuBegan) / count }
}

const fill = async (): Promise<Figures> => {
  const cache = await Effect.runPromise(Scope.extend(TokenCache.make, scope))
  const warm = await Effect.runPromise(Effect.forEach(numbers.slice(0, 200), (n) => standardFlow(n + 1e9)))
  await Effect.runPromise(fillWith(cache, warm))
  let flows: ReadonlyArray<TokenFlow> = []
  const making = await measured(async () => {
    flows = await Effect.runPromise(Effect.forEach(numbers, standardFlow, { concurrency: 64 }))
  })
  const filling = await measured(() => Effect.runPromise(fillWith(cache, flows)))
  const exchanges = await measured(() =>
    Effect.runPromise(Effect.forEach(flows, (flow) => flow.request, { concurrency: 64, discard: true }))
  )
  const bare = await measured(() =>
    Effect.runPromise(
      Effect.forEach(
        flows,
        () => Effect.flatMap(instantEndpoint.post("https://apitest.vipps.no/accesstoken/get"), (answer) => answer.json),
        { concurrency: 64, discard: true }
      )
    )
  )
  const answers = await measured(async () => {
    for (const _ of numbers) await instantAnswer().json()
  })
  return {
    "flows: s": making.seconds,
    "flows: CPU µs a key": making.cpuMicros,
    "fill: s": filling.seconds,
    "fill: CPU µs a key": filling.cpuMicros,
    "of it the exchange alone: CPU µs": exchanges.cpuMicros,
    "of that HttpClient and the endpoint: CPU µs": bare.cpuMicros,
    "of that the endpoint's Response, without Effect: CPU µs": answers.cpuMicros
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Upkeep: one virtual day of keys that nobody renews but the refresh fiber
// ---------------------------------------------------------------------------------------------------------------------

const upkeep = async (): Promise<Figures> => {
  const cache = await run(Scope.extend(TokenCache.make, scope))
  const flows = numbers.map((n) => instantFlow(`key${n}`))
  await run(fillWith(cache, flows))
  await time.pass("12 hours")
  requests = 0
  const day = await measured(() => time.pass("24 hours"))
  const refreshes = requests
  const request = await measured(() => run(Effect.forEach(flows, (flow) => flow.request, { discard: true })))
  const perRefresh = (day.cpuMicros * count) / refreshes - request.cpuMicros
  return {
    refreshes,
    "CPU µs a refresh, besides the request": perRefresh,
    "CPU µs a second, in the steady state": (perRefresh * refreshes) / 86_400
  }
}

/**
 * What Effect's own runtime takes for the least that a refresh consists of: to wake by a schedule, to fork one fiber,
 * and to give it a span. A time-out beside it is what a refresh could not afford.
 */
const runtime = async (): Promise<Figures> => {
  const fork = (effect: Effect.Effect<unknown>) =>
    measured(() => run(Effect.forEach(numbers, () => Effect.fromFiber(Effect.runFork(effect)), { discard: true })))
  const nothing = Effect.sync(() => count)
  const spanned = Effect.withSpan(nothing, "refresh", { root: true, captureStackTrace: false })
  const bounded = Effect.timeoutOption(Effect.disconnect(spanned), "15 seconds")
  const wake = Schedule.driver(Schedule.spaced("1 second"))
  await run(Effect.forkDaemon(Effect.flatMap(wake, (driver) => Effect.forever(driver.next(undefined)))))
  const woken = await measured(() => time.pass(Duration.seconds(count)))
  await fork(bounded)
  return {
    "wake by a schedule: CPU µs": woken.cpuMicros,
    "fork: CPU µs": (await fork(nothing)).cpuMicros,
    "fork with a span: CPU µs": (await fork(spanned)).cpuMicros,
    "and disconnect, timeout: CPU µs": (await fork(bounded)).cpuMicros
  }
}

// ---------------------------------------------------------------------------------------------------------------------
// Overdue: the machine slept, and every key is overdue at once
// ---------------------------------------------------------------------------------------------------------------------

const overdue = async (): Promise<Figures> => {
  const cache = await run(Scope.extend(TokenCache.make, scope))
  await run(
    fillWith(
      cache,
      numbers.map((n) => slowerFlow(`key${n}`))
    )
  )
  await time.pass("1 minute")
  requests = 0
  mostOpen = 0
  globalThis.gc?.()
  time.sleepMachine("23 hours")
  const stop = watchLoop()
  const recovery = await measured(async () => {
    // The fiber's next look is due within a minute.
    await time.pass("1 minute")
    while (requests < count) await turn()
  })
  return { refreshes: requests, "most requests at once": mostOpen, "recovery, s": recovery.seconds, ...(await stop()) }
}

// ---------------------------------------------------------------------------------------------------------------------
// Churn: a virtual day in which every key comes and goes
// ---------------------------------------------------------------------------------------------------------------------

/**
 * Each ten minutes a sixth of the keys are new; half of the old ones are forgotten, half just never asked for again.
 */
const churn = async (): Promise<Figures> => {
  const cache = await run(Scope.extend(TokenCache.make, scope))
  const batch = Math.ceil(count / 6)
  let named = 0
  const heapAt: Record<string, number> = {}
  for (let step = 1; step <= 24 * 6; step++) {
    const flows = Array.from({ length: batch }, () => {
      const key = `key${named++}`
      return flowWithout(key, () => `${key}-${Math.random()}`, "1 hour")
    })
    await run(fillWith(cache, flows))
    await time.pass("10 minutes")
    await run(Effect.forEach(flows.slice(0, batch / 2), cache.forget, { discard: true }))
    if (step % 36 === 0) heapAt[`MB after ${step / 6} h`] = heapBytes() / 1e6
  }
  const held = (await run(cache.statuses)).length
  const grown = (heapAt["MB after 24 h"] ?? Number.NaN) / (heapAt["MB after 12 h"] ?? Number.NaN)
  return { "keys seen": named, "keys held at the end": held, ...heapAt, "24 h / 12 h": grown }
}

const courses: Readonly<Record<string, () => Promise<Figures>>> = { fill, upkeep, runtime, overdue, churn }
const measure = courses[course]
if (measure === undefined) throw new Error(`there is no ${course}`)
tell(await measure())
