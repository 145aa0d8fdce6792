import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { caseFolded, occurrencesOf, replaceRanges } from "../../src/core/textSearch.js"

const short = (letters: string, maxLength: number) => fc.stringOf(fc.constantFrom(...letters), { maxLength })

describe("occurrencesOf", () => {
  it("F60 finds what indexOf finds, from left to right and without overlaps", () => {
    fc.assert(
      fc.property(short("ab", 6), short("ab", 60), (pattern, text) => {
        const expected: Array<{ from: number; to: number }> = []
        if (pattern !== "") {
          for (let from = text.indexOf(pattern); from >= 0; from = text.indexOf(pattern, from + pattern.length)) {
            expected.push({ from, to: from + pattern.length })
          }
        }
        assert.deepStrictEqual(occurrencesOf(pattern, text), expected)
      }),
      { numRuns: 5000 }
    )
  })

  it("finds nothing of an empty pattern, or of one that is longer than the text", () => {
    assert.deepStrictEqual(occurrencesOf("", "text"), [])
    assert.deepStrictEqual(occurrencesOf("texts", "text"), [])
    assert.deepStrictEqual(occurrencesOf("text", "text"), [{ from: 0, to: 4 }])
  })
})

describe("replaceRanges", () => {
  const replaced = (...ranges: ReadonlyArray<readonly [number, number]>) =>
    replaceRanges(
      "0123456789",
      ranges.map(([from, to]) => ({ from, to })),
      "-"
    )

  it("replaces each range, and those that overlap as one, in whatever order they come", () => {
    assert.strictEqual(replaced(), "0123456789")
    assert.strictEqual(replaced([2, 4]), "01-456789")
    assert.strictEqual(replaced([0, 10]), "-")
    assert.strictEqual(replaced([6, 8], [2, 4]), "01-45-89")
    assert.strictEqual(replaced([2, 4], [4, 6]), "01--6789")
    assert.strictEqual(replaced([2, 5], [4, 6]), "01-6789")
    assert.strictEqual(replaced([3, 4], [2, 6], [5, 8], [2, 3]), "01-89")
    assert.strictEqual(replaced([2, 8], [3, 4], [8, 9]), "01--9")
  })
})

describe("caseFolded", () => {
  it("F36 keeps the length of every text, so that places in it are places in the text", () => {
    for (let code = 0; code <= 0x10ffff; code++) {
      if (code >= 0xd800 && code <= 0xdfff) continue
      const character = String.fromCodePoint(code)
      if (caseFolded(character).length !== character.length) assert.fail(code.toString(16))
    }
    fc.assert(fc.property(fc.fullUnicodeString(), (text) => caseFolded(text).length === text.length))
  })
})
