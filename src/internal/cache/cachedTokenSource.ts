/**
 * The handle for one key of a cache: what `get`, `refresh` and `invalidate` do, by the decisions of `core/tokenState`.
 */
import * as Context from "effect/Context"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as FiberRef from "effect/FiberRef"
import * as Redacted from "effect/Redacted"
import * as Tracer from "effect/Tracer"
import type { AccessToken } from "../../AccessToken.js"
import { decideGet, invalidate, isFlightWaiting, type Reading, withoutLostFlight } from "../../core/tokenState.js"
import type { RefreshPolicy } from "../../RefreshPolicy.js"
import { type TokenError, type TokenRequestError, Unavailable } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { TokenSource, TokenStatus } from "../../TokenSource.js"
import type { StartedBy } from "./airspace.js"
import type { SharedTokens } from "./sharing.js"
import { errorOf, type KeyState, type RunningFlight, statusOf, type TokenEntry } from "./tokenEntry.js"
import type { Refreshed, TokenFlights } from "./tokenFlights.js"
import type { TokenEntries } from "./tokenRegistry.js"

/** What all handles of a cache share. */
export interface Keeping {
  readonly entries: TokenEntries
  readonly flights: TokenFlights
  readonly policy: Context.Tag.Service<typeof RefreshPolicy>
  readonly shared: SharedTokens
}

export class KeptToken implements TokenSource {
  readonly flow: TokenFlow
  readonly #keeping: Keeping
  #entry: TokenEntry

  constructor(flow: TokenFlow, keeping: Keeping) {
    this.flow = flow
    this.#keeping = keeping
    this.#entry = keeping.entries.locate(flow)
  }

  // The hot path: one clock, two comparisons, a ready answer. No generator, no allocation, no span, no metric.
  readonly get: Effect.Effect<AccessToken, TokenError> = Effect.suspend(() => {
    const entry = this.#entry
    const entries = this.#keeping.entries
    const now = entries.clock.wallMillis()
    if (now >= entries.trustedFrom && now < entry.answeredUntil) {
      entry.lastAskedMillis = now
      return entry.answer
    }
    return this.#ask(false)
  })

  get refresh(): Effect.Effect<AccessToken, TokenRequestError> {
    return this.#change((entry, found, now, startedBy) => {
      const state = this.#withoutLostFlight(found, now)
      if (state.flying && entry.flight !== undefined) {
        // Shared only if its request is still to be sent: what was asked before may already be out of date (F8).
        if (entry.successor === undefined && isFlightWaiting(state, now)) {
          return [this.#awaitRefreshed(entry.flight.refreshed), state]
        }
        entry.successor ??= Deferred.unsafeMake<AccessToken, TokenRequestError>(FiberId.none)
        return [this.#awaitSuccessor(entry.successor), state]
      }
      // A successor that is still here has lost the flight that it waits for.
      const refreshed = entry.successor ?? Deferred.unsafeMake<AccessToken, TokenRequestError>(FiberId.none)
      entry.successor = undefined
      const forced = this.#keeping.flights.force(entry, state, now, startedBy, refreshed)
      return [this.#awaitRefreshed(refreshed), forced.state, forced.start]
    })
  }

  /** Made when it is asked for: a handle is held for each key, and few ever need it. */
  get invalidate(): TokenSource["invalidate"] {
    return (rejected) => this.#invalidate(rejected)
  }

  #invalidate(rejected: AccessToken): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { entries, shared } = this.#keeping
      const invalidated = entries.change(this.#locate(), (state, now) => {
        const next = invalidate(state, Redacted.value(rejected.value), now)
        return [next !== state, next]
      })
      return Effect.flatMap(invalidated, (done) => (done ? shared.remove(this.flow, rejected) : Effect.void))
    }).pipe(Effect.uninterruptible)
  }

  get status(): Effect.Effect<TokenStatus> {
    return Effect.suspend(() =>
      Effect.map(this.#locate().state, (state) => statusOf(this.flow, state, this.#keeping.entries.now()))
    )
  }

  /** Decides what a caller gets, and begins the flight that it needs. */
  #ask(waited: boolean): Effect.Effect<AccessToken, TokenError> {
    const { flights, policy } = this.#keeping
    return this.#change((entry, found, now, startedBy) => {
      entry.lastAskedMillis = now.wallMillis
      const state = this.#withoutLostFlight(found, now)
      const decision = decideGet(state, now, Duration.toMillis(policy.patience), waited)
      if (decision.do === "serve") return [Effect.succeed(decision.held.token), state]
      if (decision.do === "fail") return [Effect.fail(errorOf(state, decision.failure.error, now)), state]
      const begun =
        state.flying && entry.flight !== undefined
          ? { flight: entry.flight, state, start: Effect.void }
          : flights.begin(entry, state, now, startedBy)
      switch (decision.do) {
        case "await":
          return [this.#awaitFlight(entry, begun.flight), begun.state, begun.start]
        case "join":
          return [this.#joinFlight(begun.flight, decision.patienceMillis), begun.state, begun.start]
        case "serveAndRefresh":
          return [
            // Where nothing goes on between calls, the refresh gets done while its caller waits for a moment.
            this.#onDemand
              ? this.#joinFlight(begun.flight, Duration.toMillis(policy.patience))
              : Effect.succeed(decision.held.token),
            begun.state,
            begun.start
          ]
      }
    })
  }

  #joinFlight(flight: RunningFlight, patienceMillis: number): Effect.Effect<AccessToken, TokenError> {
    return Deferred.await(flight.served).pipe(
      // Its failure is looked up in the state; the interruption at the end of the cache is the caller's own (F40).
      Effect.either,
      Effect.timeoutOption(Duration.millis(patienceMillis)),
      Effect.zipRight(Effect.suspend(() => this.#ask(true)))
    )
  }

  /** A flight bounds itself; on demand it may be lost with the request that began it, so its callers bound their wait. */
  #awaitFlight(entry: TokenEntry, flight: RunningFlight): Effect.Effect<AccessToken, TokenError> {
    return this.#within(
      1,
      Deferred.await(flight.served),
      Effect.flatMap(entry.state, (state) => Effect.fail(errorOf(state, this.#tooLate(), this.#keeping.entries.now())))
    )
  }

  /** The same for a forced flight, which waits out a `Retry-After` of up to one budget before it begins. */
  #awaitRefreshed(refreshed: Refreshed): Effect.Effect<AccessToken, TokenRequestError> {
    return this.#within(
      2,
      Deferred.await(refreshed),
      Effect.suspend(() => Effect.fail(this.#tooLate()))
    )
  }

  /** Where the flight before it is lost, somebody who waits for the successor has to begin it; if it has begun, it will do. */
  #awaitSuccessor(successor: Refreshed): Effect.Effect<AccessToken, TokenRequestError> {
    return this.#within(
      1,
      Deferred.await(successor),
      Effect.suspend(() => (this.#locate().successor === successor ? this.refresh : this.#awaitRefreshed(successor)))
    )
  }

  #within<A, E, E2>(
    budgets: number,
    awaiting: Effect.Effect<A, E>,
    otherwise: Effect.Effect<A, E2>
  ): Effect.Effect<A, E | E2> {
    return this.#onDemand
      ? Effect.timeoutTo(awaiting, {
          duration: Duration.times(this.#keeping.policy.requestBudget, budgets),
          onSuccess: Effect.succeed,
          onTimeout: () => otherwise
        }).pipe(Effect.flatten)
      : awaiting
  }

  #tooLate(): Unavailable {
    return new Unavailable({ flow: this.flow.name, label: this.flow.label, reason: "timeout" })
  }

  /**
   * Changes the state, lets a flight begin, and goes on with what the change has decided. Only that can be interrupted:
   * a flight that stands in the state does fly.
   */
  #change<A, E>(
    change: (
      entry: TokenEntry,
      state: KeyState,
      now: Reading,
      startedBy: StartedBy
    ) => readonly [goOn: Effect.Effect<A, E>, next: KeyState, start?: Effect.Effect<void>]
  ): Effect.Effect<A, E> {
    const { entries } = this.#keeping
    return Effect.uninterruptibleMask((restore) =>
      Effect.withFiberRuntime((fiber) => {
        if (entries.closed) return dieClosed
        const entry = this.#locate()
        const startedBy = Context.getOption(fiber.getFiberRef(FiberRef.currentContext), Tracer.ParentSpan)
        return Effect.flatten(
          entries.change(entry, (state, now) => {
            const [goOn, next, start] = change(entry, state, now, startedBy)
            return [start === undefined ? restore(goOn) : Effect.zipRight(start, restore(goOn)), next]
          })
        )
      })
    )
  }

  #withoutLostFlight(state: KeyState, now: Reading): KeyState {
    return this.#onDemand ? withoutLostFlight(state, now, Duration.toMillis(this.#keeping.policy.requestBudget)) : state
  }

  get #onDemand(): boolean {
    return this.#keeping.policy.mode === "onDemand"
  }

  #locate(): TokenEntry {
    if (!this.#keeping.entries.closed) this.#entry = this.#keeping.entries.locate(this.flow)
    return this.#entry
  }
}

/** What is left to say once the cache is closed. */
export const dieClosed = Effect.dieMessage(
  "The token cache is closed: its scope has ended. Get tokens within the scope of TokenCache's layer."
)
