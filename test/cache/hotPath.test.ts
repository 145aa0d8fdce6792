/**
 * The hot path: `get` with a fresh token. What it takes is counted, never timed: operations of the fiber's run loop,
 * and bytes. `bench/` times it.
 */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as RuntimeFlags from "effect/RuntimeFlags"
import * as RuntimeFlagsPatch from "effect/RuntimeFlagsPatch"
import * as Supervisor from "effect/Supervisor"
import { sourceOf } from "../fixtures/caches.js"
import { collectGarbage } from "../fixtures/garbage.js"
import { scriptedFlow } from "../fixtures/scriptedFlow.js"

/** Counts every operation that the run loop takes. */
class Operations extends Supervisor.AbstractSupervisor<number> {
  count = 0
  override get value(): Effect.Effect<number> {
    return Effect.sync(() => this.count)
  }
  override onEffect(): void {
    this.count += 1
  }
}

/** How many operations an effect takes. */
const operationsOf = (effect: Effect.Effect<unknown, unknown>): number =>
  // A value that is there takes one.
  1 + operationsAround(effect) - operationsAround(Exit.void)

const operationsAround = (effect: Effect.Effect<unknown, unknown>): number => {
  const operations = new Operations()
  Effect.runSync(
    Effect.asVoid(effect).pipe(
      Effect.withRuntimeFlagsPatch(RuntimeFlagsPatch.enable(RuntimeFlags.OpSupervision)),
      Effect.supervised(operations)
    )
  )
  return operations.count
}

/** Few enough for the young generation to hold what they leave behind: what is collected meanwhile is not counted. */
const times = 10_000

const manyOf = (read: Effect.Effect<unknown, unknown>) =>
  Effect.suspend(() => {
    let i = 0
    return Effect.whileLoop({ while: () => i < times, body: () => read, step: () => i++ })
  })

const bytesLeftBy = (read: Effect.Effect<unknown, unknown>): number => {
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  Effect.runSync(manyOf(read))
  return (process.memoryUsage().heapUsed - before) / times
}

/**
 * Bytes that one of many reads leaves behind: the least of some tries, since others allocate too, once all are warm.
 */
const bytesOf = (...reads: ReadonlyArray<Effect.Effect<unknown, unknown>>): ReadonlyArray<number> => {
  for (let warm = 0; warm < 30; warm++) for (const read of reads) Effect.runSync(manyOf(read))
  const tries = Array.from({ length: 7 }, () => reads.map(bytesLeftBy))
  return reads.map((_, index) => Math.min(...tries.map((bytes) => bytes[index] ?? Number.NaN)))
}

/** The clock's answer is boxed, which takes 16 bytes. The smallest object takes more. */
const smallestObject = 24

describe("the hot path", () => {
  it.scopedLive("get with a fresh token takes two operations of the run loop", () =>
    Effect.gen(function* () {
      const source = yield* sourceOf(scriptedFlow())
      yield* source.get
      assert.strictEqual(operationsOf(Exit.void), 1)
      assert.isAtMost(operationsOf(source.get), 2)
      assert.isAbove(operationsOf(Effect.map(source.get, () => {})), 2)
    })
  )

  it.scopedLive("get with a fresh token allocates nothing", () =>
    Effect.gen(function* () {
      const source = yield* sourceOf(scriptedFlow())
      const ready = Exit.succeed(yield* source.get)
      let made: unknown
      const making = Effect.suspend(() => {
        made = { at: ready }
        return ready
      })
      // The run loop itself leaves something behind for each operation.
      const [floor = 0, get = Number.NaN, object = 0] = bytesOf(
        Effect.suspend(() => ready),
        source.get,
        making
      )
      assert.isBelow(get, floor + smallestObject)
      assert.isAtLeast(object, floor + smallestObject)
      assert.isDefined(made)
    })
  )
})
