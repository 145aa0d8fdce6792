/**
 * Things by the time at which they are to be looked at: a binary min-heap. Nothing is ever removed from the middle; who
 * pushes a thing again tells by its own deadline which of its nodes still counts.
 */
export class DeadlineHeap<A> {
  readonly #nodes: Array<{ readonly at: number; readonly item: A }> = []

  /** The earliest deadline; Infinity if there is none. */
  get earliest(): number {
    return this.#nodes[0]?.at ?? Number.POSITIVE_INFINITY
  }

  /** How many nodes there are, those that no longer count among them. */
  get size(): number {
    return this.#nodes.length
  }

  push(at: number, item: A): void {
    const nodes = this.#nodes
    const node = { at, item }
    let index = nodes.length
    for (;;) {
      const above = (index - 1) >> 1
      const parent = nodes[above]
      if (parent === undefined || parent.at <= at) break
      nodes[index] = parent
      index = above
    }
    nodes[index] = node
  }

  /** Takes the node with the earliest deadline off. */
  pop(): { readonly at: number; readonly item: A } | undefined {
    const nodes = this.#nodes
    const first = nodes[0]
    const last = nodes.pop()
    if (last === undefined || first === last) return first
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const a = nodes[left]
      if (a === undefined) break
      const b = nodes[left + 1]
      const [below, child] = b !== undefined && b.at < a.at ? ([left + 1, b] as const) : ([left, a] as const)
      if (child.at >= last.at) break
      nodes[index] = child
      index = below
    }
    nodes[index] = last
    return first
  }

  clear(): void {
    this.#nodes.length = 0
  }
}
