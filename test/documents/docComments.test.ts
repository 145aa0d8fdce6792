/**
 * What is said of each public name: a sentence, since when, and an example that type-checks, runs and prints what it
 * says.
 */
import { format } from "node:util"
import { assert, describe, it, vi } from "@effect/vitest"
import { Application, type Comment, type DeclarationReflection, ReflectionKind } from "typedoc"
import { type CodeBlock, markdownBlocks, promisedOutput, typeErrors, writeFiles } from "../fixtures/codeBlocks.js"

const application = await Application.bootstrap({ logLevel: "Error" })
const project = await application.convert()

/** The modules, and the namespaces in them, hold names; classes and interfaces hold members. */
const holdsNames = ReflectionKind.Module | ReflectionKind.Namespace
const holdsMembers = ReflectionKind.Class | ReflectionKind.Interface

interface Documented {
  readonly path: string
  readonly comment: Comment | undefined
  readonly isMember: boolean
  /** What it is a member of, or the namespace that it is in. */
  readonly within: Documented | undefined
}

const commentOf = (of: DeclarationReflection): Comment | undefined =>
  of.comment ?? of.signatures?.[0]?.comment ?? of.getSignature?.comment

const documented = (
  holder: { readonly children?: ReadonlyArray<DeclarationReflection> },
  within: Documented | undefined,
  isMember: boolean
): ReadonlyArray<Documented> =>
  (holder.children ?? [])
    .filter((one) => one.inheritedFrom === undefined && one.overwrites === undefined)
    .flatMap((one) => {
      if (one.kindOf(ReflectionKind.Module)) return documented(one, undefined, false)
      const path = within === undefined ? one.name : `${within.path}.${one.name}`
      const self = { path, comment: commentOf(one), isMember, within }
      if (one.kindOf(holdsNames)) return [self, ...documented(one, self, false)]
      return one.kindOf(holdsMembers) ? [self, ...documented(one, self, true)] : [self]
    })

const all = documented(project ?? {}, undefined, false)

const tagsOf = ({ comment }: Documented): ReadonlyArray<string> => comment?.blockTags.map(({ tag }) => tag) ?? []

const missing = (holds: (one: Documented) => boolean, of = all) =>
  of.filter((one) => !holds(one)).map(({ path }) => path)

const names = all.filter(({ isMember }) => !isMember)

const examples: ReadonlyArray<CodeBlock> = all.flatMap(({ comment, path }) =>
  (comment?.getTags("@example") ?? []).flatMap(({ content }) =>
    markdownBlocks(content.map(({ text }) => `${text}\n`).join("")).map(({ code }) => ({ name: path, code }))
  )
)

const files = writeFiles("docComments", examples)

describe("doc comments", () => {
  it("are there", () => {
    assert.isAtLeast(names.length, 60)
    assert.isAtLeast(examples.length, 25)
  })

  it("every public name, and every member of one, has a sentence", () =>
    assert.deepStrictEqual(
      missing(({ comment }) => comment?.hasVisibleComponent() === true && comment.summary.length > 0),
      []
    ))

  it("every public name says since when", () =>
    assert.deepStrictEqual(
      missing((one) => tagsOf(one).includes("@since"), names),
      []
    ))

  it("every public name has its category", () =>
    assert.deepStrictEqual(
      missing((one) => tagsOf(one).includes("@category"), names),
      []
    ))

  it("every public name has an example, or says whose example shows it", () =>
    assert.deepStrictEqual(
      missing((one) => tagsOf(one.within ?? one).includes("@example") || tagsOf(one).includes("@see"), names),
      []
    ))

  it("every example type-checks", () => assert.deepStrictEqual(typeErrors(files), []), 120_000)

  for (const file of files) {
    it(`the example of ${file.name} runs, and prints what it says`, async () => {
      const printed: Array<string> = []
      const log = vi.spyOn(console, "log").mockImplementation((...line) => printed.push(format(...line)))
      await import(file.path).finally(() => log.mockRestore())
      for (const line of promisedOutput(file.code)) assert.include(printed, line)
    })
  }
})
