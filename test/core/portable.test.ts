import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { assert, describe, it } from "@effect/vitest"

const folder = fileURLToPath(new URL("../../src/core/", import.meta.url))
const files = readdirSync(folder)
const code = (file: string) => readFileSync(`${folder}${file}`, "utf8").replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, "")

/** What a source imports, statically, for its types, or at run time. */
const imports = (source: string): ReadonlyArray<string> =>
  Array.from(
    source.matchAll(/(?:\bfrom\s*|\bimport\s*\(?\s*|\brequire\s*\(\s*)["'`]([^"'`]+)["'`]/g),
    ([, specifier = ""]) => specifier
  )

const impure =
  /\b(?:Date\.now|new Date\(\)|performance\.|Math\.random|crypto\.|set(?:Timeout|Interval|Immediate)\b|fetch\(|console\.|process\.|globalThis\b|async (?:function|\()|await [a-zA-Z(])/

describe("src/core", () => {
  it("is there", () => assert.isAtLeast(files.length, 8))

  it("imports nothing from outside its folder", () => {
    for (const file of files) {
      for (const specifier of imports(code(file))) {
        assert.match(specifier, /^\.\/[a-zA-Z]+\.js$/, file)
        assert.include(files, specifier.slice(2).replace(/\.js$/, ".ts"), file)
      }
    }
  })

  it("reads no clock, draws no number, does no I/O", () => {
    for (const file of files) assert.notMatch(code(file), impure, file)
  })

  it("would be caught if it did", () => {
    assert.deepStrictEqual(imports(`import * as E from "effect/Effect"\nexport type { A } from '../A.js'`), [
      "effect/Effect",
      "../A.js"
    ])
    assert.deepStrictEqual(imports(`import "node:fs"; const a = import("b"); const c = require('d')`), [
      "node:fs",
      "b",
      "d"
    ])
    for (const line of ["Date.now()", "new Date()", "Math.random()", "setTimeout(f, 1)", "process.env.A"]) {
      assert.match(line, impure)
    }
  })
})
