/** Whatever is done to them, the small `Ref` does what Effect's own does. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "effect/FastCheck"
import * as Ref from "effect/Ref"
import { SmallRef } from "../../src/internal/cache/smallRef.js"

const step = fc.oneof(
  fc.integer().map((n) => (ref: Ref.Ref<number>) => Effect.as(Ref.set(ref, n), 0)),
  fc.integer().map((n) => Ref.modify((before: number) => [before - n, before + n] as const)),
  fc.integer().map((n) => Ref.getAndUpdate((before: number) => before * n)),
  fc.constant((ref: Ref.Ref<number>) => ref.get)
)

describe("SmallRef", () => {
  it.effect.prop("answers and holds what a Ref would", [fc.array(step), fc.integer()], ([steps, initial]) =>
    Effect.gen(function* () {
      const small = new SmallRef(initial)
      const effects = yield* Ref.make(initial)
      for (const change of steps) assert.strictEqual(yield* change(small), yield* change(effects))
      assert.strictEqual(yield* small, yield* effects)
    })
  )

  it("can be kept as an effect and read later", () => {
    const ref = new SmallRef(1)
    const read = Effect.map(ref, (n) => n * 10)
    Effect.runSync(Ref.set(ref, 2))
    assert.strictEqual(Effect.runSync(read), 20)
  })
})
