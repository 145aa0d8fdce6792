/** F70 of docs/failures.md: the pauses of a partner's merchants do not pile up. */
import { assert, describe, it } from "@effect/vitest"
import { makeMerchantPauses } from "../../src/internal/renewals/merchantPauses.js"

describe("F70 pauses of merchants", () => {
  it("are each merchant's own", () => {
    const pauses = makeMerchantPauses()
    assert.isTrue(pauses.pause("1001", 0))
    assert.deepStrictEqual(pauses.get("1001"), { fromMillis: 0, untilMillis: 300_000 })
    assert.isUndefined(pauses.get("1002"))
    assert.isUndefined(pauses.get(""))
  })

  it("begin once, and get longer while they are in force", () => {
    const pauses = makeMerchantPauses()
    assert.isTrue(pauses.pause("1001", 0))
    assert.isFalse(pauses.pause("1001", 299_999))
    assert.isFalse(pauses.pause("1001", 300_000))
    assert.strictEqual(pauses.get("1001")?.untilMillis, 600_000)
    assert.isTrue(pauses.pause("1001", 600_000))
  })

  it("of 100,000 merchants are forgotten once they are over, also where the clock was set back", () => {
    const pauses = makeMerchantPauses()
    for (let merchant = 0; merchant < 100_000; merchant++) pauses.pause(String(merchant), merchant)
    assert.strictEqual(pauses.size(100_000), 100_000)
    assert.strictEqual(pauses.size(300_000 + 49_999), 50_000)
    pauses.pause("0", 1_000_000)
    assert.strictEqual(pauses.size(1_000_000), 1)
    assert.strictEqual(pauses.size(999_999), 0)
  })
})
