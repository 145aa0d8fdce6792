/** The options of a flow beside its keys: what they may be. */
import { assert, describe, it } from "@effect/vitest"
import { labelRule, pathRule, timeoutRule } from "../../src/core/flowRules.js"

describe("F68 a path", () => {
  for (const path of ["/a", "/a/b.c/d~e", "/%41%2a", "/..a/b../...", "/a;b=c,d"]) {
    it(`may be ${path}`, () => assert.isUndefined(pathRule(path)))
  }

  for (const path of [
    "",
    "a",
    "/",
    "/a/",
    "//a",
    "/a?b",
    "/a#b",
    "/a b",
    "/a\\b",
    "/%4",
    "/%4g",
    "/%zz",
    "x/a",
    "/a\n"
  ]) {
    it(`is not ${JSON.stringify(path)}`, () => assert.match(pathRule(path) ?? "", /^must begin with \/ and be a path/))
  }

  for (const path of ["/..", "/a/..", "/../a", "/a/./b", "/.", "/%2e%2E/a", "/a/.%2e", "/a%2Fb", "/a%5cb", "/a%00"]) {
    it(`does not lead elsewhere, as ${path} does`, () =>
      assert.strictEqual(pathRule(path), "must not contain . or .. segments, nor an encoded slash"))
  }
})

it("F68 a label has 1 to 100 characters, in one line", () => {
  for (const label of ["a", "x".repeat(100), "blåbær 😀"]) assert.isUndefined(labelRule(label), label)
  for (const label of ["", " ", "x".repeat(101), "a\nb", "a\u2028b", "a\u0000", "\ud800"]) {
    assert.match(labelRule(label) ?? "", /^must be 1 to 100 characters/, JSON.stringify(label))
  }
})

it("F68 a timeout is longer than zero, and at most a day", () => {
  for (const millis of [0.1, 1, 86_400_000]) assert.isUndefined(timeoutRule(millis), String(millis))
  for (const millis of [0, -1, 86_400_001, Number.NaN, Number.POSITIVE_INFINITY]) {
    assert.strictEqual(timeoutRule(millis), "must be longer than zero and at most a day", String(millis))
  }
})
