/**
 * What is known of a key, and what follows from it at a given moment. Readings of the clocks come in as arguments.
 *
 * | phase        | a token to serve | until                                                       |
 * |--------------|------------------|-------------------------------------------------------------|
 * | `empty`      | no               | a flight brings one, but not the one that was rejected last |
 * | `fresh`      | yes              | its refresh age, drawn once for each token                  |
 * | `refreshDue` | yes              | the hard window                                             |
 * | `expiring`   | yes              | its expiry                                                  |
 * | `expired`    | no               | a flight brings one                                         |
 */
import {
  type BackOffInput,
  backOffWithoutTokenMillis,
  backOffWithTokenMillis,
  flightSpacingMillis,
  hardWindowMillis,
  longestRetryAfterMillis
} from "./refreshTimes.js"

/**
 * Both clocks, read together. The monotonic clock never jumps, but on some systems it stops while the machine sleeps.
 * The wall clock may jump.
 */
export interface Reading {
  readonly wallMillis: number
  readonly monotonicMillis: number
}

/** The time passed, by the clock that says more: a jump or a sleep can make a token older, never younger (F14, F15). */
export const elapsedMillis = (since: Reading, now: Reading): number =>
  Math.max(now.wallMillis - since.wallMillis, now.monotonicMillis - since.monotonicMillis)

/** Both clocks, that many milliseconds later; earlier if it is a negative number. */
export const shifted = (reading: Reading, millis: number): Reading =>
  millis === 0
    ? reading
    : { wallMillis: reading.wallMillis + millis, monotonicMillis: reading.monotonicMillis + millis }

export interface HeldToken<Token> {
  readonly token: Token
  /** The token's text: what tells one token from another. */
  readonly text: string
  readonly requestedAt: Reading
  readonly lifeMillis: number
  readonly refreshAgeMillis: number
  /** The flight that brought it. */
  readonly generation: number
}

/** A flight that failed, in this process or in another. */
export interface FailedFlight<Err> extends BackOffInput {
  readonly error: Err
  readonly at: Reading
}

/** What a process tells the others of a failed flight, so that they back off for as long. */
export type SharedBackOff = Pick<FailedFlight<unknown>, "failuresWithoutToken" | "random" | "at">

/** The last flight that failed. */
export interface Failure<Err> extends FailedFlight<Err> {
  /** The beginning of the outage: the first of the failures in a row. */
  readonly since: Reading
  /** How many there have been in a row, this one included. */
  readonly inARow: number
  /** How many of the last ones in a row left no token to serve; 0 if a token is served on. */
  readonly unserved: number
  /** How often the reason has changed among them. */
  readonly changes: number
  /** Two failures with the same id count as the same. */
  readonly id: string
}

/**
 * The state of one key. `Signal` is what callers wait on: the shell's own, opaque here.
 */
export interface TokenState<Token, Err, Signal = unknown> {
  readonly held: HeldToken<Token> | undefined
  /** The text of the token that was invalidated last: it is never installed again, nor after another token. */
  readonly rejected: string | undefined
  readonly failure: Failure<Err> | undefined
  /** The number of the newest flight, 0 before the first: it tells an old result from a new one. */
  readonly generation: number
  /** When that flight departs or has departed; infinitely long ago before the first flight. */
  readonly departsAt: Reading
  /** What callers of that flight wait on, until it completes. */
  readonly flightSignal: Signal | undefined
  /** Whether that flight ignores what other processes have. */
  readonly forced: boolean
  /** What callers of `refresh` wait on for the flight after that one. */
  readonly successorSignal: Signal | undefined
  /** Counts the changes, so that what was derived from a state never overwrites what was derived from a later one. */
  readonly revision: number
}

export const emptyState: TokenState<never, never, never> = {
  held: undefined,
  rejected: undefined,
  failure: undefined,
  generation: 0,
  departsAt: { wallMillis: Number.NEGATIVE_INFINITY, monotonicMillis: Number.NEGATIVE_INFINITY },
  flightSignal: undefined,
  forced: false,
  successorSignal: undefined,
  revision: 0
}

export type Phase = "empty" | "fresh" | "refreshDue" | "expiring" | "expired"

export const ageMillis = (held: HeldToken<unknown>, now: Reading): number => elapsedMillis(held.requestedAt, now)

export const leftMillis = (held: HeldToken<unknown>, now: Reading): number => held.lifeMillis - ageMillis(held, now)

export const phaseOf = (state: TokenState<unknown, unknown>, now: Reading): Phase => {
  const held = state.held
  if (held === undefined) return "empty"
  const age = ageMillis(held, now)
  if (age >= held.lifeMillis) return "expired"
  if (age >= held.lifeMillis - hardWindowMillis(held.lifeMillis)) return "expiring"
  return age >= held.refreshAgeMillis ? "refreshDue" : "fresh"
}

/** The token that may be served now. */
export const usable = <Token>(state: TokenState<Token, unknown>, now: Reading): HeldToken<Token> | undefined =>
  state.held !== undefined && leftMillis(state.held, now) > 0 ? state.held : undefined

/**
 * What is left of the back-off: the time after a failed flight in which no other is created by itself. It ends by
 * whichever clock is first. It is derived from the failure and from what can be served now, and never stored: a
 * back-off of minutes that began while a token worked must not hold back callers once the token is gone (C20).
 */
export const backOffLeftMillis = (state: TokenState<unknown, unknown>, now: Reading): number =>
  state.failure === undefined ? 0 : backOffAfterMillis(state.failure, usable(state, now), now)

/** What is left of the back-off after a failure, while this token can be served or none. */
export const backOffAfterMillis = (
  failure: FailedFlight<unknown>,
  held: HeldToken<unknown> | undefined,
  now: Reading
): number => {
  const backOff =
    held === undefined
      ? backOffWithoutTokenMillis(failure)
      : backOffWithTokenMillis(failure, leftMillis(held, failure.at), held.lifeMillis)
  return Math.max(0, backOff - elapsedMillis(failure.at, now))
}

/** What is left of the server's own `Retry-After`, which even a forced refresh obeys. */
export const retryAfterLeftMillis = (state: TokenState<unknown, unknown>, now: Reading): number =>
  state.failure === undefined
    ? 0
    : Math.max(
        0,
        Math.min(state.failure.retryAfterMillis ?? 0, longestRetryAfterMillis) - elapsedMillis(state.failure.at, now)
      )

/** How long a flight that is wanted now has to wait so as not to follow the one before it too closely. */
export const spacingLeftMillis = (state: TokenState<unknown, unknown>, now: Reading): number =>
  Math.max(0, flightSpacingMillis - elapsedMillis(state.departsAt, now))
