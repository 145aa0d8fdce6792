/** The handle for one set of keys in a cache: what `get`, `refresh` and `invalidate` do with its entry. */
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../../AccessToken.js"
import { lostRenewalMillis } from "../../core/renewal.js"
import { emptyState } from "../../core/tokenPhases.js"
import { asked, refreshWanted, rejected } from "../../core/tokenState.js"
import type { TokenError, TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { TokenSource } from "../../TokenSource.js"
import { raceFirst } from "../effect/raceFirst.js"
import { sleepRunning } from "../effect/timeout.js"
import { timeoutError } from "../errors/tokenErrors.js"
import { type FindRenewals, makeRenewals, type Renewals, RenewalsId, shareRenewals } from "../renewals/renewals.js"
import type { TokenSharing } from "./sharing.js"
import { type FlightSignal, makeSignal, type TokenEntry, type Transition } from "./tokenEntry.js"
import { failPostponed, type TokenFlights } from "./tokenFlights.js"
import type { TokenRegistry } from "./tokenRegistry.js"
import { errorOf, statusOf } from "./tokenStatus.js"

/** What all handles of a cache share. */
export interface CacheParts {
  readonly registry: TokenRegistry
  readonly flights: TokenFlights
  readonly sharing: TokenSharing
}

/** Returns a plain object, so that a copy with another member, such as `get`, works as the original does (F47). */
export const makeCachedTokenSource = (
  flow: TokenFlow,
  { flights, registry, sharing }: CacheParts
): TokenSource & { readonly [RenewalsId]: FindRenewals } => {
  let lastEntry = registry.getOrCreate(flow)
  const { onDemand, requestBudgetMillis } = registry.settings

  /** The entry of the flow's keys: a new one if it was forgotten; after the cache is closed, the last one. */
  const currentEntry = (): TokenEntry => {
    if (!registry.closed) lastEntry = registry.getOrCreate(flow)
    return lastEntry
  }

  // The hot path: one clock, two comparisons, a ready answer. No generator, no allocation, no span, no metric.
  const get: Effect.Effect<AccessToken, TokenError> = Effect.suspend(() => {
    const wallMillis = registry.clock.wallMillis()
    if (wallMillis >= registry.trustedFrom && wallMillis < lastEntry.answeredUntil) {
      lastEntry.lastGetMillis = wallMillis
      return lastEntry.answer
    }
    return ask(false)
  })

  /**
   * Applies an event to the entry, then acts on the result. Only acting can be interrupted, so a flight that is in the
   * state always departs.
   */
  const dispatch = <Action, A, E>(
    transitionOf: (signal: FlightSignal) => Transition<Action>,
    act: (action: Action, entry: TokenEntry) => Effect.Effect<A, E>
  ): Effect.Effect<A, E> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.flatMap(Effect.option(Effect.currentParentSpan), (span) => {
        if (registry.closed) return dieClosed
        const entry = currentEntry()
        return Effect.flatMap(
          flights.apply(entry, transitionOf(makeSignal()), { span: Option.getOrUndefined(span) }),
          (action) => restore(act(action, entry))
        )
      })
    )

  const ask = (waited: boolean): Effect.Effect<AccessToken, TokenError> =>
    dispatch(
      (signal) => (state, now, settings) => asked(state, { signal, waited }, now, settings),
      (action, entry) => {
        entry.lastGetMillis = registry.clock.wallMillis()
        switch (action.do) {
          case "serve":
            return Effect.succeed(action.token)
          case "fail":
            return failWith(entry, action.failure.error)
          case "wait":
            return within(
              1,
              Deferred.await(action.signal.served),
              Effect.suspend(() => failWith(entry, timeoutError(flow)))
            )
          case "waitBriefly":
            return raceFirst(
              // A failure is read from the state. If the cache closes, its interruption reaches the caller (F40).
              Effect.either(Deferred.await(action.signal.served)),
              Effect.sleep(Duration.millis(action.millis))
            ).pipe(Effect.zipRight(Effect.suspend(() => ask(true))))
        }
      }
    )

  const refresh: Effect.Effect<AccessToken, TokenRequestError> = dispatch(
    (signal) => (state, now, settings) => refreshWanted(state, { signal }, now, settings),
    (action, entry) => {
      switch (action.do) {
        case "wait":
          return awaitRefreshed(action.signal)
        case "waitForSuccessor":
          return awaitSuccessor(action.signal, entry)
        case "postpone":
          return Effect.zipRight(
            failPostponed(action, registry.observeClocks()),
            Deferred.await(action.signal.refreshed)
          )
      }
    }
  )

  /** A forced flight waits out a `Retry-After` of up to one budget before it departs. */
  const awaitRefreshed = ({ refreshed }: FlightSignal) =>
    within(
      2,
      Deferred.await(refreshed),
      Effect.failSync(() => timeoutError(flow))
    )

  /**
   * If the current flight is lost (on demand), the waiting caller starts the successor itself, or waits for it if
   * another caller already has.
   */
  const awaitSuccessor = (signal: FlightSignal, { state }: TokenEntry): Effect.Effect<AccessToken, TokenRequestError> =>
    within(
      1,
      Deferred.await(signal.refreshed),
      Effect.flatMap(Ref.get(state), ({ successorSignal }) =>
        successorSignal === signal ? refresh : awaitRefreshed(signal)
      )
    )

  /** A flight bounds itself; on demand it may be lost with the call that created it, so callers bound their wait. */
  const within = <A, E, E2>(
    budgets: number,
    waiting: Effect.Effect<A, E>,
    otherwise: Effect.Effect<A, E2>
  ): Effect.Effect<A, E | E2> =>
    onDemand
      ? raceFirst(waiting, Effect.zipRight(sleepRunning(Duration.millis(requestBudgetMillis * budgets)), otherwise))
      : waiting

  const failWith = (entry: TokenEntry, error: TokenRequestError) =>
    Effect.flatMap(Ref.get(entry.state), (state) => Effect.fail(errorOf(state, error, registry.observeClocks())))

  const invalidate = (token: AccessToken): Effect.Effect<void> =>
    Effect.suspend(() => {
      const entry = currentEntry()
      const event = { text: Redacted.value(token.value) }
      return Effect.flatMap(
        registry.transition(entry, (state, now) => rejected(state, event, now)),
        ({ action }) => (action === "dropped" ? sharing.remove(flow, token) : Effect.void)
      )
    }).pipe(Effect.uninterruptible)

  /** Under the label of the flow that was registered last, as in `statuses` and `changes`. Registers no key anew. */
  const status = Effect.suspend(() => {
    const entry = registry.find(flow.key)
    const now = registry.observeClocks()
    return entry === undefined
      ? Effect.succeed(statusOf(flow, emptyState, now, registry.settings))
      : Effect.map(Ref.get(entry.state), (state) => statusOf(entry.flow, state, now, registry.settings))
  })

  const renewals = renewalsIn(registry, flow)
  shareRenewals(flow, renewals)

  return { flow, get, refresh, invalidate, status, [RenewalsId]: renewals }
}

/**
 * The renewals of a flow's key, none after the cache is closed. Knows nothing of the handle, which would live as long
 * as the flow otherwise.
 */
const renewalsIn = (registry: TokenRegistry, flow: TokenFlow) => (): Renewals | undefined => {
  if (registry.closed) return undefined
  const entry = registry.getOrCreate(flow)
  entry.renewals ??= makeRenewals(lostRenewalMillis(registry.settings.requestBudgetMillis))
  return entry.renewals
}

/** How calls end after the cache is closed. */
export const dieClosed = Effect.dieMessage(
  "The token cache is closed: its scope has ended. Get tokens within the scope of TokenCache's layer."
)
