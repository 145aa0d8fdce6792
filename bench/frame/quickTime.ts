/**
 * A clock of which days pass in a moment, while the event loop turns as it would: what is measured by it is real CPU.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"

export class QuickTime {
  #monotonicMillis = 0
  #wallMillis = 1_700_000_000_000
  readonly #sleepers = new Set<{ readonly until: number; readonly wake: () => void }>()

  readonly clock: Clock.Clock = {
    ...Clock.make(),
    unsafeCurrentTimeMillis: () => this.#wallMillis,
    currentTimeMillis: Effect.sync(() => this.#wallMillis),
    unsafeCurrentTimeNanos: () => BigInt(Math.floor(this.#monotonicMillis * 1_000_000)),
    currentTimeNanos: Effect.sync(() => BigInt(Math.floor(this.#monotonicMillis * 1_000_000))),
    sleep: (duration) =>
      Effect.async<void>((resume) => {
        const sleeper = { until: this.#monotonicMillis + Duration.toMillis(duration), wake: () => resume(Effect.void) }
        this.#sleepers.add(sleeper)
        return Effect.sync(() => this.#sleepers.delete(sleeper))
      })
  }

  /** Time passes, and everybody who sleeps wakes when it is due, one after the other. */
  async pass(duration: Duration.DurationInput): Promise<void> {
    const end = this.#monotonicMillis + Duration.toMillis(duration)
    await turn()
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#advance(Math.max(0, next.until - this.#monotonicMillis))
      this.#sleepers.delete(next)
      next.wake()
      await turn()
    }
    this.#advance(end - this.#monotonicMillis)
  }

  /** The machine sleeps: the wall clock goes on, and nothing else does. */
  sleepMachine(duration: Duration.DurationInput): void {
    this.#wallMillis += Duration.toMillis(duration)
  }

  #advance(millis: number): void {
    this.#monotonicMillis += millis
    this.#wallMillis += millis
  }

  #next(end: number) {
    let first: { readonly until: number; readonly wake: () => void } | undefined
    for (const sleeper of this.#sleepers) {
      if (sleeper.until <= end && (first === undefined || sleeper.until < first.until)) first = sleeper
    }
    return first
  }
}

/** By its end everybody who could go on has done so. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
