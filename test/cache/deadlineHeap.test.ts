/** Whatever is put, moved, taken and removed in whatever order, the heap does what a sorted list does. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { DeadlineHeap, type HeapItem, notInHeap } from "../../src/internal/cache/deadlineHeap.js"

const items = 12

/** One of the items is put in or moved to a time, or removed; or the earliest is taken. */
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ item: fc.nat({ max: items - 1 }), at: fc.option(fc.nat({ max: 30 }), { freq: 4 }) })
  },
  { weight: 3, arbitrary: fc.constant("take" as const) }
)

const earliestOf = (deadlines: ReadonlyMap<unknown, number>) =>
  Math.min(Number.POSITIVE_INFINITY, ...deadlines.values())

/** Items with the same deadline come in any order: only that each comes once is promised. */
const assertTakesEarliest = (heap: DeadlineHeap<HeapItem>, deadlines: Map<HeapItem, number>) => {
  const earliest = earliestOf(deadlines)
  const taken = heap.take()
  if (taken === undefined) return assert.strictEqual(deadlines.size, 0)
  assert.strictEqual(deadlines.get(taken), earliest)
  assert.isTrue(deadlines.delete(taken))
}

describe("DeadlineHeap", () => {
  it("gives what is earliest first, each thing once, by the deadline that it was given last, and loses none", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const heap = new DeadlineHeap<HeapItem>()
        const things: ReadonlyArray<HeapItem> = Array.from({ length: items }, () => ({ heapIndex: notInHeap }))
        const deadlines = new Map<HeapItem, number>()
        for (const step of steps) {
          if (step === "take") assertTakesEarliest(heap, deadlines)
          else {
            const thing = things[step.item]
            assert(thing !== undefined)
            if (step.at === null) {
              heap.remove(thing)
              deadlines.delete(thing)
            } else {
              heap.put(step.at, thing)
              deadlines.set(thing, step.at)
            }
          }
          assert.strictEqual(heap.earliest, earliestOf(deadlines))
          assert.deepStrictEqual(
            things.filter(({ heapIndex }) => heapIndex !== notInHeap),
            things.filter((thing) => deadlines.has(thing))
          )
        }
        while (deadlines.size > 0) assertTakesEarliest(heap, deadlines)
        assert.isUndefined(heap.take())
        assert.strictEqual(heap.earliest, Number.POSITIVE_INFINITY)
      }),
      { numRuns: 2000 }
    )
  })
})
