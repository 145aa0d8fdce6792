/**
 * What every table prints, and writes to `results/`: machine and versions, the rows, the targets with their figures.
 */
import { execFileSync } from "node:child_process"
import { mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { arch, cpus, loadavg, platform } from "node:os"
import { fileURLToPath } from "node:url"

export type Row = Readonly<Record<string, string | number>>

export interface Target {
  readonly claim: string
  readonly figure: number
  /** Reached where the figure is not above this, or not below `atLeast`. */
  readonly atMost?: number
  readonly atLeast?: number
}

export interface Report {
  /** The letter of the table. */
  readonly table: string
  readonly title: string
  readonly settings: Row
  readonly rows: Readonly<Record<string, ReadonlyArray<Row>>>
  readonly targets: ReadonlyArray<Target>
}

/** Fewer rounds and no peers: to see that nothing is broken, not to compare. */
export const quick = process.argv.includes("--quick")

const bench = fileURLToPath(new URL("..", import.meta.url))

export const print = ({ rows, settings, table, targets, title }: Report): void => {
  const machine = machineNow()
  console.log(`\n== ${table}: ${title}${quick ? " (quick)" : ""}\n`)
  for (const [name, value] of Object.entries({ ...machine, ...settings })) console.log(`${name}: ${value}`)
  for (const [name, body] of Object.entries(rows)) console.log(`\n${name}\n\n${aligned(body)}`)
  if (targets.length > 0) console.log(`\ntargets\n\n${aligned(targets.map(targetRow))}`)
  mkdirSync(`${bench}results`, { recursive: true })
  const results = { table, title, quick, ...machine, settings, rows, targets: targets.map(targetRow) }
  writeFileSync(`${bench}results/${table}.json`, `${JSON.stringify(results, null, 2)}\n`)
}

/** Load: how much else the machine does, besides the processes of the table itself. */
const machineNow = () => ({
  date: new Date().toISOString().slice(0, 16),
  node: process.version,
  machine: `${platform()} ${arch()}, ${cpus().length} × ${cpus()[0]?.model ?? "?"}`,
  load: loadavg()[0]?.toFixed(1) ?? "?",
  library: `${commit()}, as built in dist/`,
  versions: versions()
})

const commit = (): string => {
  try {
    return execFileSync("git", ["describe", "--always", "--dirty"], { cwd: bench, encoding: "utf8" }).trim()
  } catch {
    return "no commit"
  }
}

/** Effect is the one that the library is built and tested with, one folder up; the peers are this package's own. */
const versions = (): string => {
  const own = readJson(new URL("../package.json", import.meta.url))
  const effects = ["effect", "@effect/platform", "@effect/platform-node"].map((name) => {
    const file = createRequire(import.meta.url).resolve(`${name}/package.json`)
    return `${name} ${readJson(file).version}`
  })
  return [...effects, ...Object.entries(own.dependencies ?? {}).map((entry) => entry.join(" "))].join(", ")
}

const readJson = (file: string | URL): { version?: string; dependencies?: Record<string, string> } =>
  JSON.parse(readFileSync(file, "utf8"))

const targetRow = ({ atLeast, atMost, claim, figure }: Target): Row => ({
  target: claim,
  "to reach": atMost === undefined ? `≥ ${atLeast}` : `≤ ${atMost}`,
  figure: rounded(figure),
  "":
    (atMost === undefined || figure <= atMost) && (atLeast === undefined || figure >= atLeast)
      ? "reached"
      : "NOT REACHED"
})

/** As a table of Markdown. */
const aligned = (rows: ReadonlyArray<Row>): string => {
  const columns = [...new Set(rows.flatMap((row) => Object.keys(row)))]
  const cell = (row: Row, column: string) => {
    const value = row[column]
    return value === undefined ? "–" : typeof value === "number" ? told(value) : value
  }
  const widths = columns.map((column) => Math.max(column.length, ...rows.map((row) => cell(row, column).length)))
  const numeric = columns.map((column) => rows.some((row) => typeof row[column] === "number"))
  const line = (cells: ReadonlyArray<string>) =>
    `| ${cells.map((text, i) => (numeric[i] ? text.padStart(widths[i] ?? 0) : text.padEnd(widths[i] ?? 0))).join(" | ")} |`
  const rule = `|${widths.map((width, i) => `${"-".repeat(width + 1)}${numeric[i] ? ":" : "-"}`).join("|")}|`
  return [line(columns), rule, ...rows.map((row) => line(columns.map((column) => cell(row, column))))].join("\n")
}

const told = (value: number): string => rounded(value).toLocaleString("en-US", { maximumFractionDigits: 2 })

const rounded = (value: number): number =>
  Number(value.toFixed(Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2))
