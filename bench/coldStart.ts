/**
 * Table D: what the library adds to the start of a process, and to a bundle. Both against the same imports without it.
 */
import { spawnSync } from "node:child_process"
import { mkdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gzipSync } from "node:zlib"
import { type BuildOptions, build } from "esbuild"
import { partsOf } from "./frame/parts.js"
import { print, quick, type Row } from "./frame/report.js"
import { type Case, type Figures, interleave, median, ratio, spread } from "./frame/rounds.js"

const rounds = Number(process.env.ROUNDS ?? (quick ? 3 : 25))
const bench = fileURLToPath(new URL("./", import.meta.url))
const library = fileURLToPath(new URL("../dist/index.js", import.meta.url))
/** Its modules, which stand together in few files there. */
const sources = fileURLToPath(new URL("../src/index.ts", import.meta.url))

const bundle = async (source: string, options: BuildOptions = {}): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: source, resolveDir: bench, loader: "js" },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    legalComments: "none",
    logLevel: "silent",
    ...options,
    write: false
  })
  return outputFiles?.[0]?.text ?? ""
}

// ---------------------------------------------------------------------------------------------------------------------
// The same imports without us: read from what our own code imports and uses
// ---------------------------------------------------------------------------------------------------------------------

const quickstart = `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { StandardToken } from ${JSON.stringify(library)}
export const program = Effect.flatMap(StandardToken, (source) => source.get).pipe(
  Effect.provide(StandardToken.layerConfig().pipe(Layer.provide(FetchHttpClient.layer)))
)`

const external = ["effect/*", "@effect/*"]

/** `import * as Effect from "effect/Effect"`: the name and the module. */
const importsOf = (code: string): ReadonlyArray<readonly [name: string, module: string]> =>
  [...code.matchAll(/^import \* as (\w+) from "([^"]+)"/gm)].map(([, name = "", module = ""]) => [name, module])

/** A program that uses of Effect what that code uses, and nothing else. */
const withoutUs = (code: string): string => {
  const imports = importsOf(code)
  const used = imports.flatMap(([name]) =>
    [...new Set([...code.matchAll(new RegExp(`\\b${name}\\.(\\w+)`, "g"))].map(([member]) => member))].sort()
  )
  const modules = new Map(imports.map(([name, module]) => [name, module]))
  return [
    ...[...modules].map(([name, module]) => `import * as ${name} from "${module}"`),
    `export const used = [${used.join(", ")}]`
  ].join("\n")
}

const ownCode = await bundle(quickstart, { external })
const everything = await bundle(`export * from ${JSON.stringify(library)}`, { external })
const modules = [...new Set(importsOf(everything).map(([, module]) => module))].sort()

// ---------------------------------------------------------------------------------------------------------------------
// Start
// ---------------------------------------------------------------------------------------------------------------------

const importing = (...specifiers: ReadonlyArray<string>) =>
  specifiers.map((specifier) => `await import(${JSON.stringify(specifier)})`).join(";")

const same = "the modules of Effect that the library uses"
const ours = "the same, and the library"
const barrels = "the barrels of effect and @effect/platform"
const leastOfAll = "the same, and one file that imports them again, with as many classes of errors"

/**
 * What is Effect's share of ours: imports are resolved once for each file, and a schema's class is made when it is
 * loaded.
 */
const least = `${bench}results/least.mjs`
const errors = everything.match(/Schema\d*\.TaggedError\(/g)?.length ?? 0
mkdirSync(`${bench}results`, { recursive: true })
writeFileSync(
  least,
  [
    ...modules.map((module, index) => `import * as M${index} from "${module}"`),
    'import * as Schema from "effect/Schema"',
    ...Array.from(
      { length: errors },
      (_, index) => `export class E${index} extends Schema.TaggedError("E${index}")("E${index}", {
        flow: Schema.Literal("standard", "specialized"),
        label: Schema.optional(Schema.String),
        status: Schema.optional(Schema.Number),
        hint: Schema.String
      }) {}`
    ),
    `export const used = [${modules.map((_, index) => `M${index}`).join(", ")}]`
  ].join("\n")
)
const imports: Readonly<Record<string, readonly [before: string, last: string]>> = {
  "an empty process": ["", ""],
  "effect/Effect": ["", importing("effect/Effect")],
  [same]: ["", importing(...modules)],
  [leastOfAll]: [importing(...modules), importing(least)],
  [ours]: [importing(...modules), importing(library)],
  [barrels]: ["", importing("effect", "@effect/platform")],
  ...Object.fromEntries(
    (quick
      ? []
      : [
          "@smithy/property-provider",
          "@azure/core-rest-pipeline",
          "@badgateway/oauth2-client",
          "simple-oauth2",
          "google-auth-library",
          "@azure/msal-node",
          "openid-client",
          "@vippsmobilepay/sdk"
        ]
    ).map((peer) => [peer, ["", importing(peer)] as const])
  )
}

const cpuMillis = new Map(Object.keys(imports).map((name) => [name, [] as number[]]))

/** Of what is imported last, alone: the rest of the process is no part of it, nor does it disturb. */
const lastCpuMillis = new Map(Object.keys(imports).map((name) => [name, [] as number[]]))

/** Plain node, without the loader that runs this file. */
const start = (name: string, before: string, last: string): number => {
  const cpu = "const cpu = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }"
  const code = `${cpu};${before};const began = cpu();${last};console.log([cpu(), cpu() - began].join())`
  const began = performance.now()
  const { status, stderr, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    cwd: bench
  })
  const millis = performance.now() - began
  if (status !== 0) throw new Error(String(stderr))
  const [whole, alone] = String(stdout).split(",")
  cpuMillis.get(name)?.push(Number(whole))
  lastCpuMillis.get(name)?.push(Number(alone))
  return millis
}

const cases: ReadonlyArray<Case> = Object.entries(imports).map(([name, [before, last]]) => ({
  name,
  measure: () => start(name, before, last)
}))
await interleave(cases, 1)
for (const millis of [...cpuMillis.values(), ...lastCpuMillis.values()]) millis.length = 0
const starts = await interleave(cases, rounds)

/** The median of the differences within each round. */
const over = (figures: Figures, name: string, base: string) =>
  median((figures.get(name) ?? []).map((millis, round) => millis - (figures.get(base)?.[round] ?? Number.NaN)))

// ---------------------------------------------------------------------------------------------------------------------
// Bundle
// ---------------------------------------------------------------------------------------------------------------------

const sizesOf = async (name: string, source: string, options: BuildOptions = {}) => {
  const text = await bundle(source, { ...options, minify: true })
  return { name, min: Buffer.byteLength(text) / 1000, gz: gzipSync(text, { level: 9 }).length / 1000 }
}

const full = await sizesOf("the quickstart: StandardToken over fetch", quickstart)
const base = await sizesOf("what it uses of Effect, without the library", withoutUs(ownCode))
const alone = await sizesOf("the quickstart", quickstart, { external })
const withClient = `
import { StandardClient, StandardToken } from ${JSON.stringify(library)}
console.log(StandardToken.layerConfig(), StandardClient.layerConfig())`
const withClientAlone = await sizesOf("StandardToken and StandardClient", withClient, { external })
const plain = await sizesOf(
  "a token request by hand: Effect, HttpClient over fetch, Schema",
  `
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
const Token = Schema.Struct({ access_token: Schema.Redacted(Schema.String), expires_in: Schema.Number })
export const program = HttpClient.post("https://api.vipps.no/accesstoken/get").pipe(
  Effect.flatMap(HttpClientResponse.schemaBodyJson(Token)),
  Effect.provide(FetchHttpClient.layer)
)`
)

const startRow = ([name, millis]: readonly [string, ReadonlyArray<number>]): Row => {
  const { max, median: middle, min } = spread(millis)
  const cpu = median(cpuMillis.get(name) ?? [])
  const last = median(lastCpuMillis.get(name) ?? [])
  return { imports: name, "ms, median": middle, min, max, "CPU ms, median": cpu, "of which what comes last": last }
}

print({
  table: "D",
  title: "start of a process, and size of a bundle",
  settings: { rounds, "modules of Effect that the library imports": modules.length },
  rows: {
    "start of a whole process (node -e)": [...starts].map(startRow),
    "bundle (esbuild), kB": [plain, base, full].map(({ gz, min, name }) => ({
      bundle: name,
      "minified, kB": min,
      "and gzipped, kB": gz,
      "more than by hand, kB": gz - plain.gz
    })),
    "the library's own code in a bundle, Effect left out, kB": [alone, withClientAlone].map(({ gz, min, name }) => ({
      bundle: name,
      "minified, kB": min,
      "and gzipped, kB": gz
    })),
    "what StandardToken and StandardClient consist of, Effect left out": await partsOf(
      await bundle(withClient.replace(library, sources), { external, minifyIdentifiers: true, minifySyntax: true })
    )
  },
  targets: [
    { claim: "start: ms more than the same imports without the library", figure: over(starts, ours, same), atMost: 10 },
    { claim: "start: CPU ms of our import alone", figure: median(lastCpuMillis.get(ours) ?? []), atMost: 10 },
    { claim: "start: the same, more than the least of all", figure: over(lastCpuMillis, ours, leastOfAll), atMost: 10 },
    {
      // On the machine on which 10 ms was set, the barrels took 257.
      claim: "start: the same, in % of the barrels' import",
      figure: 100 * ratio(lastCpuMillis, ours, barrels),
      atMost: 2.5
    },
    { claim: "bundle: kB more than the same without the library (min + gz)", figure: full.gz - base.gz, atMost: 12 }
  ]
})
