/** What the sources cite is there: sections of the pages in docs/, and failures and scenarios by their numbers. */
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"
import bench from "../../bench/package.json" with { type: "json" }
import manifest from "../../package.json" with { type: "json" }

const root = new URL("../..", import.meta.url)
const read = (file: string) => readFileSync(new URL(file, root), "utf8")

const cited = ["src", "test", "examples", "bench"].flatMap((folder) =>
  readdirSync(new URL(folder, root), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.includes("node_modules"))
    .map((file) => ({ file: `${folder}/${file}`, text: read(`${folder}/${file}`) }))
)

const pages = Object.fromEntries(
  readdirSync(new URL("docs", root))
    .filter((file) => file.endsWith(".md"))
    .map((file) => [`docs/${file}`, read(`docs/${file}`)])
)

/** All that is written for people. */
const readable: Readonly<Record<string, string>> = {
  ...pages,
  ...Object.fromEntries(
    ["README.md", "AGENTS.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "llms.txt", "bench/README.md"].map(
      (file) => [file, read(file)]
    )
  )
}

/** The numbers of a page's headlines, and of the list under its tenth. */
const sections = (page: string) => [
  ...Array.from(page.matchAll(/^#+ (\d+(?:\.\d+)?)/gm), ([, section]) => section),
  ...Array.from((page.split(/^## 10\. .*$/m)[1]?.split(/^## /m)[0] ?? "").matchAll(/^(\d)\. /gm), ([, n]) => `10.${n}`)
]

const citations = cited.flatMap(({ file, text }) =>
  Array.from(
    text.matchAll(/(docs\/[\w-]+\.md)((?:(?:, | to | )?§[\d.]+\d|(?:, | to | )?§\d)*)/g),
    ([, page = "", list = ""]) => ({
      file,
      page,
      sections: Array.from(list.matchAll(/§([\d.]*\d)/g), ([, section]) => section)
    })
  )
)

describe("citations", () => {
  it("there are some", () => assert.isAtLeast(citations.length, 40))

  it("each leads to a page and a section", () => {
    for (const { file, page, sections: asked } of citations) {
      assert.property(pages, page, file)
      for (const section of asked) assert.include(sections(pages[page] ?? ""), section, `${file}: ${page} §${section}`)
    }
  })

  it("every number of a failure and of a scenario is in the list", () => {
    const numbers = new Set(Array.from((pages["docs/failures.md"] ?? "").matchAll(/^\| ([FC]\d+) \|/gm), ([, n]) => n))
    assert.strictEqual(numbers.size, 73 + 23)
    for (const { file, text } of cited) {
      const used = text.matchAll(/(?:\(|"|, | and )([FC]\d{1,2})(?=[),: ])/g)
      for (const [, number] of used) assert.include([...numbers], number, file)
    }
  })

  it("every failure names tests that bear its number", () => {
    const rows = Array.from((pages["docs/failures.md"] ?? "").matchAll(/^\| (F\d+) \|.* \| ([^|]*) \|$/gm))
    for (const [, number = "", names = ""] of rows) {
      const tests = Array.from(names.matchAll(/`([\w./]+)`/g), ([, name]) => `test/${name}.test.ts`)
      assert.isNotEmpty(tests, number)
      for (const test of tests) assert.match(read(test), new RegExp(`\\b${number}\\b`), test)
    }
  })

  it("every file that a page names is there, and every command is a script", () => {
    const scripts = Object.keys(manifest.scripts)
    const named = Object.entries(readable).flatMap(([page, text]) =>
      Array.from(text.matchAll(/`([\w./-]+\.(?:ts|md|yml|json))`/g), ([, file = ""]) => ({ page, file }))
    )
    assert.isAtLeast(named.length, 20)
    for (const { file, page } of named) {
      const folders = ["", "src/", `${page.split("/").slice(0, -1).join("/")}/`]
      assert.isTrue(
        folders.some((folder) => existsSync(new URL(folder + file, root))),
        `${page}: ${file}`
      )
    }
    for (const [page, text] of Object.entries(readable)) {
      if (page.startsWith("bench/")) continue
      for (const [, script = ""] of text.matchAll(/`npm run ([\w:]+)/g)) {
        assert.include([...scripts, ...Object.keys(bench.scripts)], script, page)
      }
    }
  })

  it("none leads out of the repository", () => {
    const files = cited.filter(({ text }) => /\bfacts\/|\bfacts §|\bdesign §/.test(text)).map(({ file }) => file)
    assert.deepStrictEqual(files, [])
  })
})
