/**
 * A `Ref` for where there are 100,000 of them. Effect's own keeps an effect, a closure and a cell for each: 290 bytes, a
 * quarter of all that a key takes.
 */
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import * as Exit from "effect/Exit"
import * as Readable from "effect/Readable"
import * as Ref from "effect/Ref"

const variance = { _A: <A>(a: A): A => a }

export class SmallRef<in out A> extends Effectable.Class<A> implements Ref.Ref<A> {
  #current: A

  constructor(initial: A) {
    super()
    this.#current = initial
  }

  get [Ref.RefTypeId]() {
    return variance
  }

  get [Readable.TypeId](): Readable.TypeId {
    return Readable.TypeId
  }

  get get(): Effect.Effect<A> {
    return this
  }

  commit(): Effect.Effect<A> {
    return Exit.succeed(this.#current)
  }

  modify<B>(f: (a: A) => readonly [B, A]): Effect.Effect<B> {
    return Effect.sync(() => {
      const [result, next] = f(this.#current)
      this.#current = next
      return result
    })
  }
}
