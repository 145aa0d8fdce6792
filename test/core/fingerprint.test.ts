import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { type FingerprintParts, fingerprintText } from "../../src/core/fingerprint.js"

const parts: FingerprintParts = {
  baseUrl: "https://api.vipps.no/",
  flow: "standard",
  clientId: "id",
  clientSecret: "secret",
  subscriptionKey: "key",
  scope: undefined
}

describe("fingerprintText", () => {
  it("F30 is the same in every process and in every release: fleets share tokens by it", () => {
    assert.strictEqual(fingerprintText(parts), "21:https://api.vipps.no/8:standard2:id6:secret3:key-")
  })

  it("F30 a difference in any part makes another text", () => {
    const others: ReadonlyArray<Partial<FingerprintParts>> = [
      { baseUrl: "https://apitest.vipps.no/" },
      { flow: "specialized" },
      { clientId: "Id" },
      { clientSecret: "secret " },
      { subscriptionKey: "key2" },
      { subscriptionKey: undefined },
      { scope: "donations:read" },
      { scope: "" }
    ]
    const texts = [parts, ...others.map((other) => ({ ...parts, ...other }))].map(fingerprintText)
    assert.strictEqual(new Set(texts).size, texts.length)
  })

  it("F30 an absent part is not an empty one, nor the sign that stands for absence", () => {
    const texts = [undefined, "", "-"].map((subscriptionKey) => fingerprintText({ ...parts, subscriptionKey }))
    assert.strictEqual(new Set(texts).size, 3)
  })

  it("F30 parts cannot run together", () => {
    const moved = [
      { clientId: "ab", clientSecret: "c" },
      { clientId: "a", clientSecret: "bc" },
      { clientId: "a1:b", clientSecret: "c" },
      { clientId: "a", clientSecret: "1:bc" },
      { clientId: "", clientSecret: "1:c" },
      { clientId: "0:1:c", clientSecret: "" }
    ].map((keys) => fingerprintText({ ...parts, ...keys }))
    assert.strictEqual(new Set(moved).size, moved.length)
  })

  it("F30 two sets of parts have one text only if they are equal", () => {
    // Few letters, and those that the text itself is written with: collisions would be frequent if there were any.
    const part = fc.stringOf(fc.constantFrom("0", "1", "2", ":", "-", "a"), { maxLength: 4 })
    const set = fc.record({
      baseUrl: part,
      flow: fc.constantFrom("standard" as const, "specialized" as const),
      clientId: part,
      clientSecret: part,
      subscriptionKey: fc.option(part, { nil: undefined }),
      scope: fc.option(part, { nil: undefined })
    })
    const seen = new Map<string, string>()
    fc.assert(
      fc.property(set, (one) => {
        const text = fingerprintText(one)
        const spelled = JSON.stringify(Object.values(one).map((value) => value ?? null))
        assert.strictEqual(seen.get(text) ?? spelled, spelled)
        seen.set(text, spelled)
      }),
      { numRuns: 5000 }
    )
  })
})
