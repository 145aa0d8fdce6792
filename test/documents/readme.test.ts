/** The README keeps its word: every block of TypeScript type-checks, runs, and prints what it says it prints. */
import { existsSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { markdownBlocks, promisedOutput, run, typeErrors, writeFiles } from "../fixtures/codeBlocks.js"

const page = readFileSync(new URL("../../README.md", import.meta.url), "utf8")
const blocks = markdownBlocks(page)

/** Tests run as tests, and the worker on its own runtime, which `check:runtimes` does with this very text. */
const isTest = (code: string) => code.includes('"@effect/vitest"')
const isWorker = (code: string) => code.includes('"cloudflare:workers"')

const files = writeFiles("readme", blocks)

describe("README", () => {
  it("has blocks to check", () => assert.isAtLeast(files.length, 10))

  it("every block type-checks", () => assert.deepStrictEqual(typeErrors(files), []), 120_000)

  it("the first program has 20 lines at most", () => {
    const first = blocks.find(({ name }) => name === "First program")
    assert.isAtMost(first?.code.trim().split("\n").length ?? Number.NaN, 20)
  })

  for (const file of files.filter(({ code }) => !isTest(code) && !isWorker(code))) {
    it.live(
      `"${file.name}" runs, and prints what it says`,
      () =>
        Effect.gen(function* () {
          const { code, output } = yield* run(file)
          assert.strictEqual(code, 0, output)
          for (const line of promisedOutput(file.code)) assert.include(output, line)
        }),
      90_000
    )
  }

  it("the worker is the one that runs on workerd", () => {
    const worker = readFileSync(new URL("../published/applications/worker.ts", import.meta.url), "utf8")
    assert.deepStrictEqual(
      blocks.filter(({ code }) => isWorker(code)).map(({ code }) => code),
      [worker.replace(/^\/\*\*.*\*\/\n/, "")]
    )
  })

  it("its links lead to something", () => {
    for (const [, target = ""] of page.matchAll(/\]\((?!https?:|#)([^)#]+)/g)) {
      assert.isTrue(existsSync(new URL(`../../${target}`, import.meta.url)), target)
    }
  })
})

describe("README: its tests", async () => {
  for (const file of files.filter(({ code }) => isTest(code))) await import(file.path)
})
