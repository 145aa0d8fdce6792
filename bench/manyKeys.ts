/**
 * Table E: 1, 1,000 and 100,000 keys. What they take in memory, what it takes to fill and to keep them, how long the
 * event loop stands still when all are overdue at once, and whether memory stays flat while keys come and go.
 */
import { type Figures as CaseFigures, inProcess } from "./frame/child.js"
import { print, quick, type Row } from "./frame/report.js"
import { type Figures, median, spread } from "./frame/rounds.js"
import { holding } from "./peers.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 1 : 3))
const many = Number(process.env.KEYS ?? (quick ? 2000 : 100_000))
const sizes = [1, Math.min(1000, many), many]

const ours = "TokenCache"
const withSource = "TokenCache, and a TokenSource held for each key"
/** Stores that take long or much for a key are measured with fewer. */
const fewer: Readonly<Record<string, number>> = {
  "@azure/msal-node": many / 20,
  "google-auth-library, one client a key": many / 5,
  "Effect: RcMap": many / 5
}
const stores = [
  "Map of token and expiry",
  "Effect: Map of Ref",
  "Effect: Cache",
  "Effect: RcMap",
  ...holding.map(({ name }) => name),
  "Map of AccessToken, in the Exit that get answers",
  ours,
  withSource
]

type Job = readonly [file: string, name: string, count: number]
const jobs: ReadonlyArray<Job> = [
  ...stores.map((name): Job => ["manyKeys-heap.ts", name, Math.round(fewer[name] ?? many)]),
  ...sizes.map((count): Job => ["manyKeys-time.ts", "fill", count]),
  ["manyKeys-time.ts", "upkeep", many],
  ["manyKeys-time.ts", "runtime", many],
  ["manyKeys-time.ts", "overdue", many],
  ["manyKeys-time.ts", "churn", Math.ceil(many / 25)]
]
const nameOf = ([, name, count]: Job) => `${name} ${count}`

const told = new Map(jobs.map((job) => [nameOf(job), [] as CaseFigures[]]))
for (let round = 0; round < rounds; round++) {
  for (const job of jobs) {
    const [file, name, count] = job
    const flags = ["--expose-gc", "--max-old-space-size=4096"]
    told.get(nameOf(job))?.push(await inProcess(file, [name, String(count)], flags))
  }
}

const figuresOf = (job: string): Figures => {
  const runs = told.get(job) ?? []
  return new Map(Object.keys(runs[0] ?? {}).map((name) => [name, runs.map((run) => run[name] ?? Number.NaN)]))
}
const figure = (job: string, name: string) => median(figuresOf(job).get(name) ?? [])

const courseRows = (course: string): ReadonlyArray<Row> =>
  jobs
    .filter(([, name]) => name === course)
    .flatMap((job) =>
      [...figuresOf(nameOf(job))].map(([what, values]) => {
        const { max, median: middle, min } = spread(values)
        return { keys: job[2], figure: what, median: middle, min, max }
      })
    )

print({
  table: "E",
  title: "many keys",
  settings: { rounds, keys: sizes.join(", "), "a token's string": "1,200 bytes" },
  rows: {
    "memory, over the strings of key and token": jobs
      .filter(([file]) => file === "manyKeys-heap.ts")
      .map((job) => ({
        store: job[1],
        keys: job[2],
        "bytes a key": figure(nameOf(job), "bytes"),
        "CPU µs a key to fill": figure(nameOf(job), "fillMicros")
      })),
    "fill: StandardFlow against an endpoint in memory": courseRows("fill"),
    "upkeep: a virtual day of tokens that live for 24 hours": courseRows("upkeep"),
    "of which Effect's own runtime, for one fiber": courseRows("runtime"),
    "overdue: the machine slept for 23 hours": courseRows("overdue"),
    "churn: a virtual day of keys that come and go": courseRows("churn")
  },
  targets: [
    { claim: "bytes a key", figure: figure(`${ours} ${many}`, "bytes"), atMost: 800 },
    { claim: "fill: s", figure: figure(`fill ${many}`, "fill: s"), atMost: 10 },
    {
      claim: "upkeep: CPU µs a refresh, besides the request",
      figure: figure(`upkeep ${many}`, "CPU µs a refresh, besides the request"),
      atMost: 250
    },
    {
      claim: "overdue: longest turn of the event loop, ms of CPU",
      figure: figure(`overdue ${many}`, "longest turn of the loop, CPU ms"),
      atMost: 100
    },
    { claim: "overdue: most requests at once", figure: figure(`overdue ${many}`, "most requests at once"), atMost: 32 },
    {
      claim: "churn: memory after 24 hours / after 12 hours",
      figure: figure(`churn ${Math.ceil(many / 25)}`, "24 h / 12 h"),
      atMost: 1.1
    }
  ]
})
