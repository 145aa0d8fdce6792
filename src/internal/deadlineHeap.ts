/**
 * Things by the time at which they are to be looked at: a binary min-heap. Nothing is ever removed from the middle; who
 * pushes a thing again tells by its own deadline which of its nodes still counts.
 *
 * Deadlines and items stand in two arrays: 16 bytes a node, where an object for each would take 64.
 */
export class DeadlineHeap<A extends {}> {
  readonly #deadlines: Array<number> = []
  readonly #items: Array<A> = []

  /** The earliest deadline; Infinity if there is none. */
  get earliest(): number {
    return this.#deadlines[0] ?? Number.POSITIVE_INFINITY
  }

  /** How many nodes there are, those that no longer count among them. */
  get size(): number {
    return this.#items.length
  }

  push(at: number, item: A): void {
    let index = this.#items.length
    this.#set(index, at, item)
    for (;;) {
      const above = (index - 1) >> 1
      const deadline = this.#deadlines[above]
      const parent = this.#items[above]
      if (deadline === undefined || parent === undefined || deadline <= at) break
      this.#set(index, deadline, parent)
      index = above
    }
    this.#set(index, at, item)
  }

  /** Takes the node with the earliest deadline off. */
  pop(): { readonly at: number; readonly item: A } | undefined {
    const at = this.#deadlines[0]
    const item = this.#items[0]
    const lastAt = this.#deadlines.pop()
    const last = this.#items.pop()
    if (at === undefined || item === undefined || lastAt === undefined || last === undefined) return undefined
    if (this.#items.length > 0) this.#sink(lastAt, last)
    return { at, item }
  }

  /** Puts a node where the first one was, and lets it sink below all that are earlier. */
  #sink(at: number, item: A): void {
    let index = 0
    for (;;) {
      const left = 2 * index + 1
      const isRightEarlier = (this.#deadlines[left + 1] ?? at) < (this.#deadlines[left] ?? at)
      const below = isRightEarlier ? left + 1 : left
      const deadline = this.#deadlines[below]
      const child = this.#items[below]
      if (deadline === undefined || child === undefined || deadline >= at) break
      this.#set(index, deadline, child)
      index = below
    }
    this.#set(index, at, item)
  }

  #set(index: number, at: number, item: A): void {
    this.#deadlines[index] = at
    this.#items[index] = item
  }

  clear(): void {
    this.#deadlines.length = 0
    this.#items.length = 0
  }
}
