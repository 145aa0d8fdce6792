/**
 * Things by the time at which they are to be looked at: a binary min-heap in which each thing stands once and knows its
 * place, so that its deadline can be moved.
 *
 * Deadlines and items stand in two arrays: 16 bytes a node, where an object for each would take 64.
 */
export interface Placed {
  /** Where it stands in its heap, or `nowhere`. Only the heap writes it. */
  place: number
}

export const nowhere = -1

export class DeadlineHeap<A extends Placed> {
  readonly #deadlines: Array<number> = []
  readonly #items: Array<A> = []

  /** The earliest deadline; Infinity if there is none. */
  get earliest(): number {
    return this.#deadlines[0] ?? Number.POSITIVE_INFINITY
  }

  /** Puts an item in, or moves its deadline. */
  put(at: number, item: A): void {
    if (item.place === nowhere) item.place = this.#items.length
    this.#settle(at, item)
  }

  /** Takes the item with the earliest deadline off. */
  take(): A | undefined {
    const [item] = this.#items
    if (item !== undefined) this.remove(item)
    return item
  }

  /** Takes an item off, if it is there. */
  remove(item: A): void {
    const place = item.place
    if (place === nowhere) return
    item.place = nowhere
    const at = this.#deadlines.pop()
    const last = this.#items.pop()
    if (at === undefined || last === undefined || last === item) return
    last.place = place
    this.#settle(at, last)
  }

  clear(): void {
    for (const item of this.#items) item.place = nowhere
    this.#deadlines.length = 0
    this.#items.length = 0
  }

  /** Lets an item rise above all that are later, and sink below all that are earlier. */
  #settle(at: number, item: A): void {
    let place = item.place
    for (;;) {
      const above = (place - 1) >> 1
      const deadline = this.#deadlines[above]
      const parent = this.#items[above]
      if (deadline === undefined || parent === undefined || deadline <= at) break
      this.#set(place, deadline, parent)
      place = above
    }
    for (;;) {
      const left = 2 * place + 1
      const isRightEarlier = (this.#deadlines[left + 1] ?? at) < (this.#deadlines[left] ?? at)
      const below = isRightEarlier ? left + 1 : left
      const deadline = this.#deadlines[below]
      const child = this.#items[below]
      if (deadline === undefined || child === undefined || deadline >= at) break
      this.#set(place, deadline, child)
      place = below
    }
    this.#set(place, at, item)
  }

  #set(place: number, at: number, item: A): void {
    this.#deadlines[place] = at
    this.#items[place] = item
    item.place = place
  }
}
