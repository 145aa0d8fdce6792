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

  for (const [name, next] of [
    ["never ends", Effect.never],
    ["ends later", Effect.yieldNow().pipe(Effect.zipRight(Effect.promise(() => Promise.resolve(0.25))))],
    ["dies", Effect.die("no luck")],
    ["interrupts itself", Effect.interrupt]
  ] as const) {
    it.effect(`F56 that ${name} is a half at once, even where it cannot be interrupted`, () =>
      Effect.gen(function* () {
        const drawn = Effect.withRandom(draw, { ...Random.make("unused"), next })
        assert.strictEqual(yield* drawn, 0.5)
        assert.strictEqual(yield* Effect.uninterruptible(drawn), 0.5)
      })
    )
  }

  it.effect("F56 that never ends is interrupted", () =>
    Effect.gen(function* () {
      let interrupted = 0
      const next = Effect.onInterrupt(Effect.never, () => Effect.sync(() => interrupted++))
      yield* Effect.uninterruptible(Effect.withRandom(draw, { ...Random.make("unused"), next }))
      yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 1)))
      assert.strictEqual(interrupted, 1)
    })
  )
})
