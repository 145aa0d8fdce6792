/**
 * One key of a cache: its state of record, and what can be told from it at once.
 */
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../../AccessToken.js"
import {
  decideGet,
  emptyState,
  holdLeftMillis,
  leftMillis,
  phaseOf,
  type Reading,
  type TokenState
} from "../../core/tokenState.js"
import { Expired, isTransient, type TokenError, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { TokenStatus } from "../../TokenSource.js"
import { withNextAttemptAt } from "../tokenErrors.js"
import { nowhere, type Placed } from "./deadlineHeap.js"
import { SmallRef } from "./smallRef.js"

export type KeyState = TokenState<AccessToken, TokenRequestError>

/** A running flight, as those who wait for it see it: nobody does where the refresh fiber has begun it. */
export class RunningFlight {
  readonly generation: number
  #served: Deferred.Deferred<AccessToken, TokenError> | undefined
  #refreshed: Deferred.Deferred<AccessToken, TokenRequestError> | undefined

  constructor(generation: number, refreshed?: Deferred.Deferred<AccessToken, TokenRequestError>) {
    this.generation = generation
    this.#refreshed = refreshed
  }

  /** For callers of `get` without a token: the one that can be served in the end, or why there is none. */
  get served(): Deferred.Deferred<AccessToken, TokenError> {
    this.#served ??= Deferred.unsafeMake(FiberId.none)
    return this.#served
  }

  /** For callers of `refresh`: what this flight itself came to. */
  get refreshed(): Deferred.Deferred<AccessToken, TokenRequestError> {
    this.#refreshed ??= Deferred.unsafeMake(FiberId.none)
    return this.#refreshed
  }

  /** Tells all who wait. */
  end(served: Exit.Exit<AccessToken, TokenError>, refreshed: Exit.Exit<AccessToken, TokenRequestError>): void {
    if (this.#served !== undefined) Deferred.unsafeDone(this.#served, served)
    if (this.#refreshed !== undefined) Deferred.unsafeDone(this.#refreshed, refreshed)
  }
}

const noAnswer = Exit.die("no answer yet")

/** It is its own state of record, a `Ref`: one object less for each key. Only `TokenEntries.change` writes it. */
export class TokenEntry extends SmallRef<KeyState> implements Placed {
  /** The flow that was registered last under this key. */
  flow: TokenFlow
  // What follows is written with the state, and by nobody else.
  /** The answer to `get`, which holds until `answeredUntil` by the wall clock. */
  answer: Effect.Effect<AccessToken, TokenError> = noAnswer
  answeredUntil = 0
  flight: RunningFlight | undefined
  /** The outcome of the forced flight that begins when the running one has ended. */
  successor: Deferred.Deferred<AccessToken, TokenRequestError> | undefined
  lastAskedMillis: number
  /** Where it stands among those that the refresh fiber will look at. */
  place = nowhere

  constructor(flow: TokenFlow, now: Reading) {
    super(emptyState)
    this.flow = flow
    this.lastAskedMillis = now.wallMillis
  }

  get state(): Ref.Ref<KeyState> {
    return this
  }

  /** Forgets the token, and interrupts all who wait. */
  get release(): Effect.Effect<void> {
    return Effect.suspend(() => {
      const { flight, successor } = this
      this.answeredUntil = 0
      this.flight = undefined
      this.successor = undefined
      const interrupted = Exit.interrupt(FiberId.none)
      flight?.end(interrupted, interrupted)
      if (successor !== undefined) Deferred.unsafeDone(successor, interrupted)
      return Ref.set(this.state, emptyState)
    })
  }
}

/** Writes the answer that `get` gives from now on, if there is one that needs nothing else to be done. */
export const project = (entry: TokenEntry, state: KeyState, now: Reading): void => {
  const decision = decideGet(state, now, 0, false)
  entry.answeredUntil = 0
  switch (decision.do) {
    case "serve":
      entry.answer = Exit.succeed(decision.held.token)
      entry.answeredUntil = now.wallMillis + decision.forMillis
      return
    case "fail":
      entry.answer = Exit.fail(errorOf(state, decision.failure.error, now))
      entry.answeredUntil = now.wallMillis + decision.forMillis
      return
    case "await":
      if (entry.flight === undefined) return
      entry.answer = Deferred.await(entry.flight.served)
      entry.answeredUntil = Number.POSITIVE_INFINITY
  }
}

/** What callers of `get` are told while there is no token: the error, or, where the last token ran out, that. */
export const errorOf = (state: KeyState, error: TokenRequestError, now: Reading): TokenError => {
  const dated = requestErrorOf(state, error, now)
  return phaseOf(state, now) === "expired" && state.held !== undefined && isTransient(error)
    ? new Expired({
        flow: error.flow,
        label: error.label,
        nextAttemptAt: dated.nextAttemptAt,
        expiredAt: state.held.token.expiresAt,
        cause: error
      })
    : dated
}

/** The error with the time of the next attempt, which depends on what can be served now. */
export const requestErrorOf = (state: KeyState, error: TokenRequestError, now: Reading): TokenRequestError => {
  const holdLeft = holdLeftMillis(state, now)
  return holdLeft > 0 ? withNextAttemptAt(error, DateTime.unsafeMake(Math.ceil(now.wallMillis + holdLeft))) : error
}

const phaseName = {
  none: "empty",
  fresh: "fresh",
  due: "refreshDue",
  hard: "expiring",
  expired: "expired",
  invalidated: "empty"
} as const

export const statusOf = (flow: TokenFlow, state: KeyState, now: Reading): TokenStatus => {
  const held = state.held
  const holdLeft = state.flying ? 0 : holdLeftMillis(state, now)
  return {
    label: flow.label,
    flow: flow.name,
    phase: phaseName[phaseOf(state, now)],
    expiresAt: Option.map(Option.fromNullable(held), ({ token }) => token.expiresAt),
    refreshAt: Option.map(Option.fromNullable(held), (held) =>
      DateTime.unsafeMake(Math.round(now.wallMillis + leftMillis(held, now) - held.lifeMillis + held.refreshAgeMillis))
    ),
    nextAttemptAt:
      holdLeft > 0 ? Option.some(DateTime.unsafeMake(Math.ceil(now.wallMillis + holdLeft))) : Option.none(),
    lastFailure: Option.map(Option.fromNullable(state.failure), ({ error }) => error),
    refreshing: state.flying
  }
}
