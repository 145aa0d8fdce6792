/**
 * Table A: one `get` with a fresh token, against the ways of Effect to keep a value, and against the peers.
 */
import * as Cache from "effect/Cache"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import * as Scope from "effect/Scope"
import { print, quick, type Row } from "./frame/report.js"
import { type Case, type Figures, interleave, ratio, spread } from "./frame/rounds.js"
import { control, fetchToken, startTokenEndpoint } from "./frame/tokenEndpoint.js"
import { sourceIn } from "./ours.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 15 : 51))
/** How long one case is measured in one round. */
const roundMillis = quick ? 4 : 10
const warmMillis = quick ? 150 : 400

const endpoint = await startTokenEndpoint()
const source = await Effect.runPromise(Effect.flatMap(Scope.make(), (scope) => sourceIn(scope, endpoint.url)))
const token = await Effect.runPromise(source.get)

const ref = Effect.runSync(Ref.make(token))
const dated = Effect.runSync(Ref.make({ token, until: token.expiresAt.epochMillis }))
const [cachedWithTtl] = Effect.runSync(Effect.cachedInvalidateWithTTL(Effect.succeed(token), "55 minutes"))
const cache = Effect.runSync(
  Cache.make({ capacity: 16, timeToLive: "55 minutes", lookup: (_key: string) => Effect.succeed(token) })
)

const ours = "source.get"
const reads: Readonly<Record<string, Effect.Effect<unknown, unknown>>> = {
  "Ref.get": Ref.get(ref),
  "clock, Ref.get, compare": Effect.flatMap(Clock.currentTimeMillis, (now) =>
    Effect.flatMap(Ref.get(dated), ({ token, until }) => (now < until ? Effect.succeed(token) : Effect.die("stale")))
  ),
  "Cache.get": cache.get("key"),
  cachedInvalidateWithTTL: cachedWithTtl,
  [ours]: source.get
}

/** What is read has to be used, or it might not be read at all. */
let seen: unknown

const generator = (read: Effect.Effect<unknown, unknown>, times: number) =>
  Effect.gen(function* () {
    for (let i = 0; i < times; i++) seen = yield* read
  })

const loop = (read: Effect.Effect<unknown, unknown>, times: number) =>
  Effect.suspend(() => {
    let i = 0
    return Effect.whileLoop({
      while: () => i < times,
      body: () => read,
      step: (value) => {
        i += 1
        seen = value
      }
    })
  })

type Run = (times: number) => void | Promise<void>

/** Nanoseconds for one of as many as fit into a round. */
const timed = async (name: string, run: Run): Promise<Case> => {
  const nanosOf = async (times: number) => {
    const began = process.hrtime.bigint()
    await run(times)
    return Number(process.hrtime.bigint() - began) / times
  }
  // Warm, and until it is known how many fit.
  const warmUntil = performance.now() + warmMillis
  let times = 1
  while (performance.now() < warmUntil) {
    times = Math.ceil(Math.min(times * 4, (roundMillis * 1e6) / (await nanosOf(times))))
  }
  return { name, measure: () => nanosOf(times) }
}

const effectCases = (form: string, only: ReadonlyArray<string>, run: (read: Effect.Effect<unknown, unknown>) => Run) =>
  Object.entries({ "Effect.sync": Effect.sync(() => token), ...reads })
    .filter(([name]) => only.includes(name))
    .map(
      ([name, read]) =>
        () =>
          timed(`${form} ${name}`, run(read))
    )

const peerCases = async () => {
  const { overTheWire } = await import("./peers.js")
  return overTheWire.map(({ make, name }) => async () => {
    const get = make({ url: endpoint.url, fetchToken: () => fetchToken(endpoint.url) })
    seen = await get()
    return timed(`await ${name}`, async (times) => {
      for (let i = 0; i < times; i++) seen = await get()
    })
  })
}

const inFiber = Object.keys(reads)
const byRun = ["Effect.sync", "cachedInvalidateWithTTL", ours]
const cases: Array<Case> = []
for (const make of [
  ...effectCases("generator", inFiber, (read) => (times) => Effect.runSync(generator(read, times))),
  ...effectCases("loop", inFiber, (read) => (times) => Effect.runSync(loop(read, times))),
  ...effectCases("runPromise", byRun, (read) => async (times) => {
    for (let i = 0; i < times; i++) seen = await Effect.runPromise(read)
  }),
  ...effectCases("runSync", byRun, (read) => (times) => {
    for (let i = 0; i < times; i++) seen = Effect.runSync(read)
  }),
  ...(quick ? [] : await peerCases())
]) {
  cases.push(await make())
}

await control(endpoint.url)
const figures = await interleave(cases, rounds)
const requests = await control(endpoint.url)

const rowsOf = (form: string, figures: Figures, base: string): ReadonlyArray<Row> =>
  [...figures]
    .filter(([name]) => name.startsWith(`${form} `))
    .map(([name, values]) => {
      const { max, median, min } = spread(values)
      return {
        read: name.slice(form.length + 1),
        "ns, median": median,
        min,
        max,
        [`× ${base}`]: ratio(figures, name, `${form} ${base}`)
      }
    })

const azure = "await @azure/core-rest-pipeline token cycler"
const floor = "plain memo"

print({
  table: "A",
  title: "one get with a fresh token",
  settings: { rounds, "a case in a round": `${roundMillis} ms`, "token requests meanwhile": requests },
  rows: {
    "inside a running fiber, yield* in a generator": rowsOf("generator", figures, "Ref.get"),
    "inside a running fiber, as an effect that others are built on (Effect.whileLoop)": rowsOf(
      "loop",
      figures,
      "Ref.get"
    ),
    "Effect.runPromise, awaited": rowsOf("runPromise", figures, "Effect.sync"),
    "Effect.runSync": rowsOf("runSync", figures, "Effect.sync"),
    ...(quick ? {} : { "the peers, awaited": rowsOf("await", figures, floor) })
  },
  targets: [
    ...["generator", "loop"].flatMap((form) => [
      { claim: `${form}: get / Ref.get`, figure: ratio(figures, `${form} ${ours}`, `${form} Ref.get`), atMost: 2 },
      {
        claim: `${form}: get / clock, Ref.get, compare`,
        figure: ratio(figures, `${form} ${ours}`, `${form} clock, Ref.get, compare`),
        atMost: 0.4
      }
    ]),
    ...(quick
      ? []
      : [
          {
            claim: "generator: get / Azure's cycler, awaited",
            figure: ratio(figures, `generator ${ours}`, azure),
            atMost: 1.1
          }
        ]),
    {
      claim: "runPromise: get / Effect.sync",
      figure: ratio(figures, `runPromise ${ours}`, "runPromise Effect.sync"),
      atMost: 1.25
    }
  ]
})
if (seen === undefined) throw new Error("nothing was read")
process.exit(0)
