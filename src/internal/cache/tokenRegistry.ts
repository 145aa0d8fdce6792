/**
 * All keys of one cache, and the one place that changes a key's state: with the state of record it writes what is told
 * from it, plans the next look, and announces the change.
 */
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Ref from "effect/Ref"
import { idleMillis, throttleMillis } from "../../core/refreshPolicy.js"
import { decideLook, type Look, nextLookMillis, type Reading } from "../../core/tokenState.js"
import type { RefreshPolicy } from "../../RefreshPolicy.js"
import type { TokenFlow, TokenKey } from "../../TokenFlow.js"
import type { TokenStatus } from "../../TokenSource.js"
import { type CacheClock, hasJumped } from "./cacheClock.js"
import { DeadlineHeap } from "./deadlineHeap.js"
import { type KeyState, project, statusOf, TokenEntry } from "./tokenEntry.js"
import { countKeys } from "./tokenReports.js"

/** How many keys are looked at when one is added, where no fiber looks. */
const idleLooks = 10

export class TokenEntries {
  readonly clock: CacheClock
  readonly #onDemand: boolean
  readonly #byKey = new Map<TokenKey, TokenEntry>()
  readonly #looks = new DeadlineHeap<TokenEntry>()
  readonly #throttledUntil = new Map<string, number>()
  #synchronized: Reading
  /** The entries that have not been told yet that the clocks have jumped. */
  #untold: Iterator<TokenEntry> | undefined
  /** From this wall time on the answers of the entries may be trusted; Infinity after a jump, and once the cache is closed. */
  trustedFrom: number
  closed = false
  /** Is told when a look is planned before all others, and for when. */
  onEarlierLook: (at: number) => void = () => {}
  /** Is told of every change, if anybody listens. */
  onChange: ((status: TokenStatus) => void) | undefined

  constructor(clock: CacheClock, policy: Context.Tag.Service<typeof RefreshPolicy>) {
    this.clock = clock
    this.#onDemand = policy.mode === "onDemand"
    this.#synchronized = clock.read()
    this.trustedFrom = this.#synchronized.wallMillis
  }

  all(): Iterable<TokenEntry> {
    return this.#byKey.values()
  }

  /** Whether the entry still is the one of its key. */
  holds(entry: TokenEntry): boolean {
    return this.#byKey.get(entry.flow.key) === entry
  }

  /** The entry of a flow's key, a new one if there is none. There is never a second one. */
  locate(flow: TokenFlow): TokenEntry {
    const known = this.#byKey.get(flow.key)
    if (known !== undefined) return known
    const now = this.now()
    if (this.#onDemand) this.#forgetIdle(now)
    const entry = new TokenEntry(flow, now)
    this.#byKey.set(flow.key, entry)
    countKeys(1)
    this.planLook(entry, now, idleMillis(undefined))
    return entry
  }

  /** Forgets a key, if it is known. */
  forget(key: TokenKey): void {
    const entry = this.#byKey.get(key)
    if (entry !== undefined) this.remove(entry)
  }

  /** Forgets a key. A handle that still has the entry finds that out by its next `get`. */
  remove(entry: TokenEntry): void {
    entry.answeredUntil = 0
    this.#looks.remove(entry)
    if (!this.holds(entry)) return
    this.#byKey.delete(entry.flow.key)
    countKeys(-1)
  }

  /**
   * Reads both clocks. If they have moved against each other, every answer and every planned look is void: they were
   * reckoned by one clock alone. No answer is trusted until `catchUp` has been through all entries.
   */
  now(): Reading {
    const now = this.clock.read()
    if (hasJumped(this.#synchronized, now)) {
      this.#synchronized = now
      this.trustedFrom = Number.POSITIVE_INFINITY
      this.#looks.clear()
      this.#untold = this.#byKey.values()
      this.onEarlierLook(now.monotonicMillis)
    }
    if (!this.behind && !this.closed) this.trustedFrom = now.wallMillis
    return now
  }

  /** Whether there are entries left to `catchUp` with. */
  get behind(): boolean {
    return this.#untold !== undefined
  }

  /** Voids the answers and plans the looks of some more entries after a jump: all 100,000 at once would stall the event loop. */
  catchUp(now: Reading, most: number): void {
    for (let told = 0; this.#untold !== undefined && told < most; told++) {
      const { done, value: entry } = this.#untold.next()
      if (done === true) {
        this.#untold = undefined
        if (!this.closed) this.trustedFrom = now.wallMillis
        return
      }
      entry.answeredUntil = 0
      this.planLook(entry, now, 0)
    }
  }

  /** Changes one key's state, atomically. `change` may leave it as it is. */
  change<A>(
    entry: TokenEntry,
    change: (state: KeyState, now: Reading) => readonly [result: A, next: KeyState]
  ): Effect.Effect<A> {
    return Ref.modify(entry.state, (state) => {
      const now = this.now()
      const [result, next] = change(state, now)
      // An entry that was forgotten must answer nothing by itself: its handles would never find the new one.
      if (!this.#onDemand && this.holds(entry)) project(entry, next, now)
      if (next !== state) {
        this.planLook(entry, now, nextLookMillis(next, now))
        this.onChange?.(statusOf(entry.flow, next, now))
      }
      return [result, next]
    })
  }

  /** A 429 to one key holds the background refreshes of all keys of that server back; callers are not delayed by it (F27). */
  throttle(flow: TokenFlow, now: Reading, retryAfterMillis: number | undefined): void {
    this.#throttledUntil.set(flow.baseUrl.origin, now.monotonicMillis + throttleMillis(retryAfterMillis))
  }

  /** What is to be done with a key that is due for a look. */
  decideLook(entry: TokenEntry, state: KeyState, now: Reading): Look {
    const throttledUntil = this.#throttledUntil.get(entry.flow.baseUrl.origin) ?? 0
    return decideLook(state, now, now.wallMillis - entry.lastAskedMillis, throttledUntil - now.monotonicMillis)
  }

  /** On demand no fiber looks: whoever adds a key sweeps a few that are gone. */
  #forgetIdle(now: Reading): void {
    this.catchUp(now, idleLooks)
    for (let looks = 0; looks < idleLooks; looks++) {
      const entry = this.takeDue(now)
      if (entry === undefined) return
      const decision = this.decideLook(entry, Effect.runSync(Ref.get(entry.state)), now)
      if (decision.do === "forget") this.remove(entry)
      else this.planLook(entry, now, decision.do === "lookAgain" ? decision.inMillis : idleMillis(undefined))
    }
  }

  /** When the next look is due, by the monotonic clock. */
  get earliestLook(): number {
    return this.#looks.earliest
  }

  /** Takes a key that is due for a look. */
  takeDue(now: Reading): TokenEntry | undefined {
    return this.#looks.earliest <= now.monotonicMillis ? this.#looks.take() : undefined
  }

  /** Plans the next look, in place of the one that was planned. Whole milliseconds: no clock knows less. */
  planLook(entry: TokenEntry, now: Reading, inMillis: number): void {
    if (!this.holds(entry)) return
    const at = now.monotonicMillis + Math.ceil(inMillis)
    const earlier = at < this.#looks.earliest
    this.#looks.put(at, entry)
    if (earlier) this.onEarlierLook(at)
  }

  /** From here on nothing is answered and nothing begins. */
  close(): void {
    this.closed = true
    this.trustedFrom = Number.POSITIVE_INFINITY
    this.#looks.clear()
  }

  /** Drops every token, and lets go of all who wait: they are interrupted. */
  get release(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const entries = Array.from(this.#byKey.values())
      this.#byKey.clear()
      countKeys(-entries.length)
      return Effect.forEach(entries, (entry) => entry.release, { discard: true })
    })
  }
}
