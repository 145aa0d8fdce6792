/**
 * Items by the time of their next check: a binary min-heap in which each item stands once and knows its index, so that
 * its deadline can be moved.
 *
 * Deadlines and items are in two arrays: 16 bytes a node; an object for each would take 64.
 */
export interface HeapItem {
  /** The index in its heap, or `notInHeap`. Written by the heap alone. */
  heapIndex: number
}

export const notInHeap = -1

export class DeadlineHeap<A extends HeapItem> {
  readonly #deadlines: Array<number> = []
  readonly #items: Array<A> = []

  /** The earliest deadline; Infinity if there is none. */
  get earliest(): number {
    return this.#deadlines[0] ?? Number.POSITIVE_INFINITY
  }

  /** Puts an item in, or moves its deadline. */
  put(at: number, item: A): void {
    if (item.heapIndex === notInHeap) item.heapIndex = this.#items.length
    this.#settle(at, item)
  }

  /** Takes the item with the earliest deadline off. */
  take(): A | undefined {
    const [item] = this.#items
    if (item !== undefined) this.remove(item)
    return item
  }

  /** Takes an item off, if it is in this heap. */
  remove(item: A): void {
    const index = item.heapIndex
    if (this.#items[index] !== item) return
    item.heapIndex = notInHeap
    const at = this.#deadlines.pop()
    const last = this.#items.pop()
    if (at !== undefined && last !== undefined && last !== item) {
      last.heapIndex = index
      this.#settle(at, last)
    }
  }

  /** Lets an item rise above all that are later, and sink below all that are earlier. */
  #settle(at: number, item: A): void {
    let index = item.heapIndex
    for (;;) {
      const above = (index - 1) >> 1
      const deadline = this.#deadlines[above]
      const parent = this.#items[above]
      if (deadline === undefined || parent === undefined || deadline <= at) break
      this.#set(index, deadline, parent)
      index = above
    }
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
    item.heapIndex = index
  }
}
