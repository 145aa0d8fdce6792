/** How the project is written: prose wraps at 120 characters, links lead somewhere, no two tests have one title. */
import { readdirSync, readFileSync } from "node:fs"
import { assert, describe, it } from "@effect/vitest"

const read = (file: string) => readFileSync(file, "utf8")
const widest = 120

/** The lines of a page, without code and without tables, which cannot wrap. */
const proseOf = (page: string) =>
  page
    .replace(/^( *)```[\s\S]*?^\1```$/gm, (block) => block.replace(/.+/g, ""))
    .split("\n")
    .map((line, index) => ({ line, number: index + 1 }))
    .filter(({ line }) => !line.startsWith("|"))

const filesIn = (folder: string, name: RegExp, recursive = true) =>
  readdirSync(folder, { recursive, encoding: "utf8" })
    .filter((file) => name.test(file))
    .map((file) => `${folder}/${file}`)

const pages = [".", "docs", "bench"].flatMap((folder) => filesIn(folder, /^[\w-]+\.md$|^llms\.txt$/, false))
const sources = filesIn("src", /\.ts$/)
const tests = filesIn("test", /\.(?:test|published)\.ts$/)

describe("prose", () => {
  it.each(pages)(`of %s wraps at ${widest} characters`, (page) => {
    const wide = proseOf(read(page)).filter(
      // A link or a piece of code that is longer than that stands alone.
      ({ line }) => line.length > widest && /\s/.test(line.trim().replace(/^[-*] /, ""))
    )
    assert.deepStrictEqual(
      wide.map(({ line, number }) => `${number}: ${line}`),
      []
    )
  })
})

it("comments wrap where pages do", () => {
  const code = [...sources, ...filesIn("test", /\.ts$/), ...filesIn("examples", /\.ts$/)]
  const wide = code.flatMap((file) =>
    read(file)
      .split("\n")
      .flatMap((line, index) =>
        line.length > widest && /^\s*(?:\/\*\*|\*|\/\/) .*\s/.test(line) ? [`${file}:${index + 1}`] : []
      )
  )
  assert.isNotEmpty(code)
  assert.isEmpty(wide)
})

describe("{@link} in doc comments", () => {
  const declared = new Set(
    sources.flatMap((file) =>
      Array.from(read(file).matchAll(/\b(?:class|const|interface|type|namespace|function) (\w+)/g), ([, name]) => name)
    )
  )
  it("names something of the library", () => {
    const linked = sources.flatMap((file) =>
      Array.from(read(file).matchAll(/\{@link (\w+)[^}]*\}/g), ([link, name]) => ({ file, link, name }))
    )
    assert.isNotEmpty(linked)
    assert.deepStrictEqual(
      linked.filter(({ name }) => !declared.has(name)),
      []
    )
  })
})

describe("test titles", () => {
  it("stand once in their file", () => {
    const repeated = tests.flatMap((file) => {
      const blocks = read(file).split(/^(?:describe|layer)\b/m)
      return blocks.flatMap((block) => {
        const titles = Array.from(block.matchAll(/\bit(?:\.\w+)*\(\s*(["`])((?:(?!\1).)*)\1/g), ([, , title]) => title)
        return titles
          .filter((title = "", index) => !title.includes("${") && titles.indexOf(title) !== index)
          .map((title) => `${file}: ${title}`)
      })
    })
    assert.deepStrictEqual(repeated, [])
  })
})
