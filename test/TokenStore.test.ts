/** The store in memory, and what the reference is without a layer. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as TestClock from "effect/TestClock"
import { TokenStore, TokenStoreError } from "../src/TokenStore.js"
import { memoryStore } from "./fixtures/processes.js"
import { tokenStoreContract } from "./fixtures/tokenStoreContract.js"

tokenStoreContract(
  "TokenStore.layerMemory",
  it.scoped,
  Effect.map(memoryStore, (store) => ({ store, letPass: (millis) => TestClock.adjust(millis) }))
)

describe("TokenStore", () => {
  it.effect("is none without a layer: every process for itself", () =>
    Effect.map(TokenStore, (store) => assert.isTrue(Option.isNone(store)))
  )

  it("says what is wrong in a sentence", () =>
    assert.strictEqual(
      new TokenStoreError({ problem: "cannot be reached" }).message,
      "The token store cannot be reached."
    ))
})
