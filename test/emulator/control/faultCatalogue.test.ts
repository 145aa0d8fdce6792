/** Every fault can be chosen by its name. */
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import { Fault } from "effect-vipps-token/testing"
import { readFault } from "../../../src/internal/cli/emulator/faultRequests.js"
import { faultCatalogue, faultNamed } from "../../../src/internal/emulator/control/faultCatalogue.js"

describe("the catalogue of faults", () => {
  it("has every fault once, each with a description", () => {
    const names = faultCatalogue.map(({ name }) => name)
    assert.deepStrictEqual([...names].sort(), Object.keys(Fault).sort())
    for (const { sentence } of faultCatalogue) assert.match(sentence, /^[A-Z0-9].+\.$/)
  })

  it("makes each fault from its example options", () => {
    for (const { name, options } of faultCatalogue) {
      const fault = Either.getOrThrow(faultNamed(name, options === undefined ? undefined : JSON.parse(options)))
      assert.strictEqual(fault.name, name)
      if (options !== undefined) {
        const refused = Either.flip(faultNamed(name, 5))
        assert.include(
          Either.getOrElse(refused, () => ""),
          `must be as in ${options}`
        )
      }
    }
  })

  it("parses faults on a command line", () => {
    const read = (text: string) => Either.map(readFault(text), ({ fault, times }) => [fault.name, times])
    assert.deepStrictEqual(read("hang"), Either.right(["hang", 1]))
    assert.deepStrictEqual(read("rateLimited:3"), Either.right(["rateLimited", 3]))
    assert.deepStrictEqual(read("htmlBadGateway:always"), Either.right(["htmlBadGateway", Number.POSITIVE_INFINITY]))
    for (const text of [
      "",
      "nonsense",
      "hang:",
      "hang:0",
      "hang:-1",
      "hang:1.5",
      "hang:often",
      "hang:1:1",
      "constructor"
    ]) {
      assert.isTrue(Either.isLeft(readFault(text)), text)
    }
  })
})
