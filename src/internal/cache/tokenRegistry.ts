/**
 * The entries of one cache, one for each set of keys. Events change the state of an entry through `transition` alone:
 * it applies a function of `core/tokenState`, and updates what is derived from the state: the prepared answer, the next
 * check, and the status that `changes` publishes.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import { idleMillis, throttleMillis } from "../../core/refreshTimes.js"
import type { Reading } from "../../core/tokenPhases.js"
import { decideCheck, type EntryUse, nextCheckMillis, type RefreshSettings } from "../../core/tokenState.js"
import type { TokenFlow, TokenKey } from "../../TokenFlow.js"
import type { TokenStatus } from "../../TokenSource.js"
import { ignoringDefects } from "../effect/ignoringDefects.js"
import { type CacheClock, hasJumped } from "./cacheClock.js"
import { DeadlineHeap } from "./deadlineHeap.js"
import { type Changed, prepareAnswer, releaseEntry, TokenEntry, type Transition, withdrawAnswer } from "./tokenEntry.js"
import { countKeys, type FlowTags } from "./tokenReports.js"
import { statusOf } from "./tokenStatus.js"

/** The most entries that one eviction checks. */
const evictionBatch = 10

export class TokenRegistry {
  readonly clock: CacheClock
  readonly settings: RefreshSettings
  readonly tags: FlowTags
  /** The status after every change. It slides: a late reader loses the oldest, and delays nothing. */
  readonly changes: PubSub.PubSub<TokenStatus>
  readonly #byKey = new Map<TokenKey, TokenEntry>()
  readonly #checks = new DeadlineHeap<TokenEntry>()
  readonly #throttledUntil = new Map<string, number>()
  #lastReading: Reading
  /** Prepared answers are valid only from this wall time on; Infinity once closed. */
  trustedFrom: number
  closed = false
  /** Called with the time of a check that is scheduled before all others. */
  onEarlierCheck: (at: number) => void = () => {}

  constructor(clock: CacheClock, settings: RefreshSettings, tags: FlowTags, changes: PubSub.PubSub<TokenStatus>) {
    this.clock = clock
    this.settings = settings
    this.tags = tags
    this.changes = changes
    this.#lastReading = clock.read()
    this.trustedFrom = this.#lastReading.wallMillis
  }

  all(): Iterable<TokenEntry> {
    return this.#byKey.values()
  }

  find(key: TokenKey): TokenEntry | undefined {
    return this.#byKey.get(key)
  }

  /** The entry of a flow's keys, a new one if there is none. There is never a second one. */
  getOrCreate(flow: TokenFlow): TokenEntry {
    // Flows without a key would share one token (F30).
    if (!Predicate.isString(flow.key) || flow.key === "") throw new TypeError(noKey)
    const known = this.#byKey.get(flow.key)
    if (known !== undefined) return known
    const now = this.observeClocks()
    const entry = new TokenEntry(flow, now)
    this.#byKey.set(flow.key, entry)
    countKeys(1)
    this.scheduleCheck(entry, now, idleMillis(undefined))
    return entry
  }

  /** Forgets the entry of a set of keys, if there is one. A handle that still has it notices at its next `get`. */
  forget(key: TokenKey): void {
    const entry = this.#byKey.get(key)
    if (entry === undefined) return
    withdrawAnswer(entry)
    this.#checks.remove(entry)
    this.#byKey.delete(key)
    countKeys(-1)
  }

  transition<Action>(entry: TokenEntry, transition: Transition<Action>): Effect.Effect<Changed<Action>> {
    return Effect.suspend(() => {
      const now = this.observeClocks()
      return Effect.flatMap(
        Ref.modify(entry.state, (before) => {
          const step = transition(before, now, this.settings)
          const state = step.state === before ? before : { ...step.state, revision: before.revision + 1 }
          return [{ ...step, state, before, now }, state]
        }),
        (changed) => Effect.as(this.#follow(entry, changed), changed)
      )
    })
  }

  /** Updates what is derived from a state, unless a later state already has. */
  #follow(entry: TokenEntry, { before, now, state }: Changed<unknown>): Effect.Effect<void> {
    // An entry that was forgotten has no answer ready: its handles would never find the new one.
    if (state.revision < entry.revision || this.#byKey.get(entry.key) !== entry) return Effect.void
    entry.revision = state.revision
    // On demand both clocks are read at every call: no timer would notice that they have jumped.
    if (!this.settings.onDemand) prepareAnswer(entry, state, now)
    if (state === before) return Effect.void
    this.scheduleCheck(entry, now, nextCheckMillis(state, now))
    return ignoringDefects(
      Effect.suspend(() => PubSub.publish(this.changes, statusOf(entry.flow, state, now, this.settings)))
    )
  }

  /**
   * Reads both clocks. If they have moved against each other, every answer and every scheduled check is void: each was
   * computed for one clock (F14, F15).
   */
  observeClocks(): Reading {
    const now = this.clock.read()
    if (hasJumped(this.#lastReading, now)) this.#voidAnswers(now)
    this.#lastReading = now
    if (!this.closed) this.trustedFrom = now.wallMillis
    return now
  }

  #voidAnswers(now: Reading): void {
    for (const entry of this.#byKey.values()) {
      withdrawAnswer(entry)
      // A wall clock that was set back must not make a key look as if it were asked for in the future (F33).
      entry.lastGetMillis = Math.min(entry.lastGetMillis, now.wallMillis)
      this.scheduleCheck(entry, now, 0)
    }
  }

  /**
   * After a 429 to one entry, the background refreshes of all entries of its server are delayed, their callers are not
   * (F27).
   */
  throttle(flow: TokenFlow, since: Reading, retryAfterMillis: number | undefined): void {
    const until = since.monotonicMillis + throttleMillis(retryAfterMillis)
    this.#throttledUntil.set(originOf(flow), Math.max(until, this.#throttledUntilMillis(flow)))
  }

  #throttledUntilMillis(flow: TokenFlow): number {
    return this.#throttledUntil.get(originOf(flow)) ?? Number.NEGATIVE_INFINITY
  }

  /** Schedules an entry's next check, by the monotonic clock, in place of the one before. */
  scheduleCheck(entry: TokenEntry, now: Reading, inMillis: number): void {
    if (this.closed || this.#byKey.get(entry.key) !== entry) return
    // Whole milliseconds, as the clocks count.
    const at = now.monotonicMillis + Math.ceil(inMillis)
    this.#checks.put(at, entry)
    if (this.#checks.earliest === at) this.onEarlierCheck(at)
  }

  /** When the next check is due, by the monotonic clock; Infinity if none is scheduled. */
  get earliestCheck(): number {
    return this.#checks.earliest
  }

  /** Takes an entry whose check is due. */
  takeDue(now: Reading): TokenEntry | undefined {
    return this.#checks.earliest <= now.monotonicMillis ? this.#checks.take() : undefined
  }

  /** Forgets a few idle entries. On demand there is no timer for that: each call of `source` makes room (F33). */
  readonly evictIdle: Effect.Effect<void> = Effect.suspend(() => {
    if (!this.settings.onDemand) return Effect.void
    const now = this.observeClocks()
    const due = Array.from({ length: evictionBatch }, () => this.takeDue(now)).filter((entry) => entry !== undefined)
    return Effect.forEach(due, (entry) => this.#evict(entry, now), { discard: true })
  })

  #evict(entry: TokenEntry, now: Reading): Effect.Effect<void> {
    return Effect.map(Ref.get(entry.state), (state) => {
      const action = decideCheck(state, now, this.useOf(entry, now), this.settings)
      if (action.do === "forget") this.forget(entry.key)
      else this.scheduleCheck(entry, now, action.do === "refresh" ? idleMillis(undefined) : action.inMillis)
    })
  }

  /** How long an entry has been idle, and how long its server wants no background refresh. */
  useOf(entry: TokenEntry, now: Reading): EntryUse {
    return {
      sinceGetMillis: now.wallMillis - entry.lastGetMillis,
      throttledMillis: this.#throttledUntilMillis(entry.flow) - now.monotonicMillis
    }
  }

  /** No entry has an answer any more, and no flight departs. */
  close(): void {
    this.closed = true
    this.trustedFrom = Number.POSITIVE_INFINITY
  }

  /** Drops every token, and ends `changes`. */
  readonly release: Effect.Effect<void> = Effect.suspend(() => {
    const entries = Array.from(this.#byKey.values())
    this.#byKey.clear()
    countKeys(-entries.length)
    return Effect.zipRight(Effect.forEach(entries, releaseEntry, { discard: true }), PubSub.shutdown(this.changes))
  })
}

const noKey =
  "A token flow has no key: give each set of keys a TokenKey of its own, such as a fingerprint. Flows with the same key " +
  "share one token."

/** The server of a flow. That of a flow of the user's own which has none, or throws, costs other keys nothing (F56). */
const originOf = (flow: TokenFlow): string =>
  Option.getOrElse(Option.liftThrowable(() => flow.baseUrl.origin)(), () => "")
