/**
 * Table B: 10,000 callers at once on an empty cache, with an endpoint that answers after 50 ms, and with one that
 * fails.
 */
import { type Figures as CaseFigures, inProcess } from "./frame/child.js"
import { print, quick, type Row } from "./frame/report.js"
import { type Figures, median, ratio, spread } from "./frame/rounds.js"
import { startTokenEndpoint } from "./frame/tokenEndpoint.js"
import { floor, overTheWire } from "./peers.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 1 : 7))
const callers = Number(process.env.CALLERS ?? 10_000)
const delayMillis = 50

const forms = ["runPromise", "fibers of one run"]
const effects = ["hand-written Deferred", "Effect's Cache", "Effect's cachedInvalidateWithTTL", "source.get"].flatMap(
  (name) => forms.map((form) => `${name}, by ${form}`)
)
const names = [...overTheWire.map(({ name }) => name), ...effects]

const endpoint = await startTokenEndpoint()
const run = (name: string, status: number) =>
  inProcess("herd-case.ts", [name, endpoint.url, String(callers), String(delayMillis), String(status)], ["--expose-gc"])

const told = new Map(names.map((name) => [name, [] as CaseFigures[]]))
for (let round = 0; round < rounds; round++) {
  for (let turn = 0; turn < names.length; turn++) {
    const name = names[(round + turn) % names.length] ?? floor
    const before = told.get(name)?.[0]?.requests ?? 0
    // A request for each caller takes many seconds: once is enough to see it.
    if (before <= callers / 2) told.get(name)?.push(await run(name, 0))
  }
}
/** How many requests a failing endpoint sees does not depend on the moment: once is enough. */
const refused = new Map<string, CaseFigures>()
const down = new Map<string, CaseFigures>()
for (const name of names) {
  refused.set(name, await run(name, 401))
  down.set(name, await run(name, 503))
}

const valuesOf = (name: string, figure: string) => (told.get(name) ?? []).map((round) => round[figure] ?? Number.NaN)
const cpu: Figures = new Map(names.map((name) => [name, valuesOf(name, "cpuMicros")]))
const most = (name: string, figure: string) => Math.max(...valuesOf(name, figure))

const row = (name: string): Row => {
  const { max, median: micros, min } = spread(cpu.get(name) ?? [])
  return {
    client: name,
    requests: most(name, "requests"),
    "CPU µs a caller, median": micros,
    min,
    max,
    "wall ms": median(valuesOf(name, "wallMillis")),
    "401: requests": refused.get(name)?.requests ?? Number.NaN,
    "503: requests": down.get(name)?.requests ?? Number.NaN,
    "503: wall ms": down.get(name)?.wallMillis ?? Number.NaN
  }
}

print({
  table: "B",
  title: `${callers.toLocaleString("en-US")} callers at once on an empty cache`,
  settings: { rounds, "the endpoint answers after": `${delayMillis} ms` },
  rows: {
    "peers, awaited": overTheWire.map(({ name }) => row(name)),
    Effect: effects.map(row)
  },
  targets: [
    ...forms.flatMap((form) => [
      { claim: `${form}: token requests`, figure: most(`source.get, by ${form}`, "requests"), atMost: 1 },
      ...[
        { status: 401, figures: refused },
        { status: 503, figures: down }
      ].map(({ figures, status }) => ({
        claim: `${form}: token requests while the endpoint answers ${status}`,
        figure: figures.get(`source.get, by ${form}`)?.requests ?? Number.NaN,
        atMost: 1
      })),
      {
        claim: `${form}: CPU / hand-written Deferred`,
        figure: ratio(cpu, `source.get, by ${form}`, `hand-written Deferred, by ${form}`),
        atMost: 1.1
      }
    ])
  ]
})
process.exit(0)
