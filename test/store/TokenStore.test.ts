/** The store in memory, and what the reference is without a layer. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as TestClock from "effect/TestClock"
import { TokenStore, TokenStoreError } from "../../src/TokenStore.js"
import { served, sourceOf } from "../fixtures/caches.js"
import { memoryStore } from "../fixtures/processes.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"
import { tokenStoreContract } from "../fixtures/tokenStoreContract.js"

tokenStoreContract(
  "TokenStore.layerMemory",
  it.scoped,
  Effect.map(memoryStore, (store) => ({ store, letPass: (millis) => TestClock.adjust(millis) }))
)

describe("TokenStore", () => {
  it.scoped("is none without a layer: every process for itself", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const tokens = yield* Effect.replicateEffect(Effect.flatMap(sourceOf(flow), served), 2)
      assert.deepStrictEqual(tokens, ["scripted-1", "scripted-2"])
    })
  )

  it.scoped("in memory is shared by the caches that it is provided to", () =>
    Effect.gen(function* () {
      const flow = scriptedFlow()
      const tokens = yield* Effect.replicateEffect(Effect.flatMap(sourceOf(flow), served), 2)
      assert.deepStrictEqual(tokens, ["scripted-1", "scripted-1"])
    }).pipe(Effect.provide(TokenStore.layerMemory))
  )

  it("says what is wrong in a sentence", () =>
    assert.strictEqual(
      new TokenStoreError({ problem: "cannot be reached" }).message,
      "The token store cannot be reached."
    ))
})
