/** The entry of one set of keys in a cache: its state, and what callers read of it on the hot path. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../../AccessToken.js"
import { emptyState, type Reading, type TokenState } from "../../core/tokenPhases.js"
import { type Completion, type RefreshSettings, readyAnswer, type Step } from "../../core/tokenState.js"
import type { TokenError, TokenRequestError } from "../../TokenError.js"
import type { TokenFlow, TokenKey } from "../../TokenFlow.js"
import type { Renewals } from "../renewals/renewals.js"
import { type HeapItem, notInHeap } from "./deadlineHeap.js"
import { errorOf } from "./tokenStatus.js"

/** What callers of a flight wait on. */
export interface FlightSignal {
  /** For callers of `get` without a token: what can be served in the end, or why nothing can. */
  readonly served: Deferred.Deferred<AccessToken, TokenError>
  /** For callers of `refresh`: what this flight itself came to. */
  readonly refreshed: Deferred.Deferred<AccessToken, TokenRequestError>
}

export const makeSignal = (): FlightSignal => ({
  served: Deferred.unsafeMake(FiberId.none),
  refreshed: Deferred.unsafeMake(FiberId.none)
})

/** Completes the waits of all callers. Has no effect on a signal that was completed before. */
export const completeSignal = (
  signal: FlightSignal,
  served: Exit.Exit<AccessToken, TokenError>,
  refreshed: Exit.Exit<AccessToken, TokenRequestError>
): Effect.Effect<void> =>
  Effect.zipRight(Deferred.done(signal.served, served), Deferred.done(signal.refreshed, refreshed))

export type EntryState = TokenState<AccessToken, TokenRequestError, FlightSignal>

/** One event of an entry: the function of `core/tokenState` that decides on it, with all that it needs to know. */
export type Transition<Action> = (
  state: EntryState,
  now: Reading,
  settings: RefreshSettings
) => Step<AccessToken, TokenRequestError, FlightSignal, Action>

/** A change that was made: the step, the state before it, and when. */
export type Changed<Action> = Step<AccessToken, TokenRequestError, FlightSignal, Action> & {
  readonly before: EntryState
  readonly now: Reading
}

/** The change that a flight has made at its end. */
export type Settled = Changed<Completion<AccessToken, TokenRequestError, FlightSignal>>

/** Earlier than any wall-clock time: no answer is ready. */
const notAnswering = Number.NEGATIVE_INFINITY

const noAnswer = Exit.die("no answer yet")

export class TokenEntry implements HeapItem {
  readonly key: TokenKey
  readonly state: Ref.Ref<EntryState> = Ref.unsafeMake<EntryState>(emptyState)
  /** The flow with these keys that was registered last. */
  flow: TokenFlow
  /** What `get` returns while the wall clock is before `answeredUntil`. */
  answer: Effect.Effect<AccessToken, TokenError> = noAnswer
  answeredUntil = notAnswering
  lastGetMillis: number
  /** The revision of the state that answer and next check were derived from. */
  revision = 0
  /** The index of the next check in its heap. */
  heapIndex = notInHeap
  /** Renewals after a 401, made with the first. */
  renewals: Renewals | undefined

  constructor(flow: TokenFlow, now: Reading) {
    this.key = flow.key
    this.flow = flow
    this.lastGetMillis = now.wallMillis
  }
}

/** Takes the answer away, so that each call is an event, and no token outlives its use. */
export const withdrawAnswer = (entry: TokenEntry): void => {
  entry.answeredUntil = notAnswering
  entry.answer = noAnswer
}

/** Prepares what callers read on the hot path, or withdraws it if each call must be an event. */
export const prepareAnswer = (entry: TokenEntry, state: EntryState, now: Reading): void => {
  const ready = readyAnswer(state, now)
  if (ready === undefined) {
    withdrawAnswer(entry)
    return
  }
  entry.answeredUntil = now.wallMillis + ready.forMillis
  switch (ready.do) {
    case "serve":
      entry.answer = Exit.succeed(ready.held.token)
      return
    case "fail":
      entry.answer = Exit.fail(errorOf(state, ready.failure.error, now))
      return
    case "wait":
      entry.answer = Deferred.await(ready.signal.served)
  }
}

/** Drops the token. Callers no longer wait: every flight has ended. */
export const releaseEntry = (entry: TokenEntry): Effect.Effect<void> => {
  withdrawAnswer(entry)
  return Ref.set(entry.state, emptyState)
}
