/** Whatever a user's own `Random` gives, a draw is one that the formulas and the store's entries take. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { draw } from "../../src/internal/cache/draw.js"

const always = (random: number): Random.Random => ({ ...Random.make("unused"), next: Effect.succeed(random) })

describe("a draw", () => {
  for (const random of [0, 0.25, 1 - Number.EPSILON]) {
    it.effect(`of ${random} stays as it is`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Effect.withRandom(draw, always(random)), random)
      })
    )
  }

  for (const random of [1, 7, -Number.MIN_VALUE, Number.NaN, Number.POSITIVE_INFINITY]) {
    it.effect(`F56 of ${random}, which is out of its range, is a half`, () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* Effect.withRandom(draw, always(random)), 0.5)
      })
    )
  }
})
