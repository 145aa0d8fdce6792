/**
 * README and guides keep their word: every block of TypeScript type-checks, runs, and prints what it says it prints.
 */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { bundled } from "../fixtures/bundle.js"
import {
  type CodeBlock,
  markdownBlocks,
  promisedOutput,
  run,
  runWithTsx,
  typeErrors,
  writeFiles
} from "../fixtures/codeBlocks.js"

const root = new URL("../..", import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), "utf8")

const guides = [
  "partners-and-platforms",
  "many-processes",
  "serverless",
  "testing",
  "http-clients",
  "migrating",
  "comparison",
  "costs"
]

const pages = ["README.md", ...guides.map((guide) => `docs/${guide}.md`), "AGENTS.md", "llms.txt"].map((path) => ({
  path,
  text: read(path)
}))

const readme = read("README.md")

/** Tests run as tests, and the worker on its own runtime, which `check:runtimes` does with this very text. */
const isTest = (block: CodeBlock) => block.code.includes('"@effect/vitest"')
const isWorker = (block: CodeBlock) => block.code.includes('"cloudflare:workers"')

/** A block that runs something gets a process of its own; one that only defines something is loaded. */
const isProgram = (block: CodeBlock) =>
  !isTest(block) && !isWorker(block) && /Effect\.run|runMain|\bawait /.test(block.code)
const isDefinition = (block: CodeBlock) => !isTest(block) && !isWorker(block) && !isProgram(block)

const files = writeFiles(
  "readme",
  pages.flatMap(({ path, text }) => markdownBlocks(text).map(({ code, name }) => ({ name: `${path} ${name}`, code })))
)

describe("README and guides", () => {
  it("have blocks to check", () => assert.isAtLeast(files.length, 15))

  it("every block type-checks", () => assert.deepStrictEqual(typeErrors(files), []), 120_000)

  it("the first program has 20 lines at most", () => {
    const first = files.find(({ name }) => name === "README.md First program")
    assert.isAtMost(first?.code.trim().split("\n").length ?? Number.NaN, 20)
  })

  for (const [mistake, changed, told] of [
    ["a missing variable", { VIPPS_SUBSCRIPTION_KEY: undefined }, /Missing data at VIPPS_SUBSCRIPTION_KEY/],
    ["a wrong key", { VIPPS_CLIENT_SECRET: "a-secret-of-another-shop" }, /Vipps refuses the client secret/]
  ] as const) {
    it.live(`the first program tells of ${mistake} in two lines`, () =>
      Effect.gen(function* () {
        const first = files.find(({ name }) => name === "README.md First program")
        assert(first !== undefined)
        const { code, output } = yield* runWithTsx(first, changed)
        assert.strictEqual(code, 1)
        assert.match(output, told)
        assert.lengthOf(output.trimEnd().split("\n"), 2, output)
      })
    )
  }

  it("the README can be read in one go", () => assert.isAtMost(readme.split("\n").length, 301))

  for (const file of files.filter((block) => isDefinition(block))) {
    it(`"${file.name}" can be loaded`, () => import(file.path))
  }

  for (const file of files.filter((block) => isProgram(block))) {
    it.scopedLive(`"${file.name}" runs, and prints what it says`, () =>
      Effect.gen(function* () {
        const { code, output } = yield* run([yield* bundled(file.path)])
        assert.strictEqual(code, 0, output)
        for (const line of promisedOutput(file.code)) assert.include(output, line)
      })
    )
  }

  it("the worker is the one that runs on workerd", () => {
    const worker = read("test/published/applications/worker.ts")
    assert.deepStrictEqual(
      files.filter(isWorker).map(({ code }) => code),
      [worker.replace(/^\/\*\*.*\*\/\n/, "")]
    )
  })

  it("their links lead to something, also to a headline", () => {
    for (const { path, text } of pages) {
      for (const [, target = "", anchor] of text.matchAll(/\]\((?!https?:)([^)#]*)(?:#([^)]+))?\)/g)) {
        const file = target === "" ? new URL(path, root) : new URL(target, new URL(path, root))
        assert.isTrue(existsSync(file), `${path}: ${target}`)
        if (anchor !== undefined) assert.include(anchors(readFileSync(file, "utf8")), anchor, `${path}: ${target}`)
      }
    }
  })
})

/** The anchors that GitHub gives to headlines. */
const anchors = (page: string) =>
  Array.from(page.matchAll(/^#+ (.+)$/gm), ([, title = ""]) =>
    title
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-")
  )

describe("README and guides: their tests", async () => {
  for (const file of files.filter(isTest)) await import(file.path)
})
