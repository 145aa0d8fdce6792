/** Whatever is pushed and popped in whatever order, the heap does what a sorted list does. */
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { DeadlineHeap } from "../src/internal/deadlineHeap.js"

/** A push at that time, a pop, or a clear. */
const step = fc.oneof(
  { weight: 6, arbitrary: fc.integer({ min: 0, max: 30 }) },
  { weight: 4, arbitrary: fc.constant("pop" as const) },
  { weight: 1, arbitrary: fc.constant("clear" as const) }
)

interface Node {
  readonly at: number
  readonly item: number
}

/** Items with the same deadline come in any order: only that each comes once is promised. */
const takeSame = (nodes: Array<Node>, popped: Node | undefined): void => {
  if (popped === undefined) {
    assert.isEmpty(nodes)
    return
  }
  const index = nodes.findIndex(({ item }) => item === popped.item)
  const [taken] = index < 0 ? [] : nodes.splice(index, 1)
  assert.deepStrictEqual(popped, taken)
  assert.isFalse(
    nodes.some(({ at }) => at < popped.at),
    "an earlier one was left"
  )
}

describe("DeadlineHeap", () => {
  it("gives what is earliest first, each thing once, and loses none", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60, size: "max" }), (steps) => {
        const heap = new DeadlineHeap<number>()
        assert.strictEqual(heap.earliest, Number.POSITIVE_INFINITY)
        const nodes: Array<Node> = []
        steps.forEach((step, item) => {
          if (step === "pop") takeSame(nodes, heap.pop())
          else if (step === "clear") {
            heap.clear()
            nodes.length = 0
          } else {
            heap.push(step, item)
            nodes.push({ at: step, item })
          }
          assert.strictEqual(heap.size, nodes.length)
          assert.strictEqual(heap.earliest, Math.min(Number.POSITIVE_INFINITY, ...nodes.map(({ at }) => at)))
        })
        while (nodes.length > 0) takeSame(nodes, heap.pop())
        assert.isUndefined(heap.pop())
        assert.strictEqual(heap.earliest, Number.POSITIVE_INFINITY)
      }),
      { numRuns: 2000 }
    )
  })
})
