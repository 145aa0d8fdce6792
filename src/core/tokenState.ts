/**
 * When a token is served, and when it is asked for: the one page that is the truth about both.
 *
 * A key is in one of six phases:
 *
 * | phase         |   | a token to serve | until                                              |
 * |---------------|---|------------------|----------------------------------------------------|
 * | `none`        | N | no               | a flight brings one                                |
 * | `fresh`       | F | yes              | its refresh age, drawn once for each token         |
 * | `due`         | D | yes              | the hard window                                    |
 * | `hard`        | H | yes              | its expiry                                         |
 * | `expired`     | X | no               | a flight brings one                                |
 * | `invalidated` | R | no               | a flight brings another one than the rejected one  |
 *
 * A *flight* is one refresh of one key: one token request, or several within its budget. A *hold* is the time after a
 * failed flight in which no other begins by itself; it is derived from the failure and from what can be served now, and
 * never stored: a hold of minutes, taken while a token was there, must not hold back callers once it is gone (C20).
 *
 * Everything here is a value or a pure function; readings of the clocks and random numbers come in as arguments.
 */
import {
  flightSpacingMillis,
  type HoldInput,
  hardWindowMillis,
  holdWithoutTokenMillis,
  holdWithTokenMillis,
  idleMillis,
  longestRetryAfterMillis
} from "./refreshPolicy.js"

// ---------------------------------------------------------------------------------------------------------------------
// State
// ---------------------------------------------------------------------------------------------------------------------

/** Both clocks, read together. The monotonic one does not count the machine's sleep; the wall clock may jump. */
export interface Reading {
  readonly wallMillis: number
  readonly monotonicMillis: number
}

/** What has passed since, by the clock that says more: a jump or a sleep can make a token older, never younger (F14, F15). */
export const elapsedMillis = (since: Reading, now: Reading): number =>
  Math.max(now.wallMillis - since.wallMillis, now.monotonicMillis - since.monotonicMillis)

export interface HeldToken<Token> {
  readonly token: Token
  /** The token's text: what tells one token from another. */
  readonly text: string
  readonly askedAt: Reading
  readonly lifeMillis: number
  readonly refreshAgeMillis: number
  /** The flight that brought it. */
  readonly generation: number
}

/** The last flight that failed. */
export interface Failure<Err> extends HoldInput {
  readonly error: Err
  readonly at: Reading
}

export interface TokenState<Token, Err> {
  readonly held: HeldToken<Token> | undefined
  /** The text of the token that was invalidated last: it is never installed again, not even after its successor. */
  readonly rejected: string | undefined
  readonly failure: Failure<Err> | undefined
  /** The number of the newest flight begun so far, 0 before the first: it tells an old result from a new one. */
  readonly generation: number
  /** When that flight began, or will begin; before the first one, longer ago than anything. */
  readonly begunAt: Reading
  /** Whether that flight is still in the air. */
  readonly flying: boolean
}

export const emptyState: TokenState<never, never> = {
  held: undefined,
  rejected: undefined,
  failure: undefined,
  generation: 0,
  begunAt: { wallMillis: Number.NEGATIVE_INFINITY, monotonicMillis: Number.NEGATIVE_INFINITY },
  flying: false
}

export type Phase = "none" | "fresh" | "due" | "hard" | "expired" | "invalidated"

export const ageMillis = (held: HeldToken<unknown>, now: Reading): number => elapsedMillis(held.askedAt, now)

export const leftMillis = (held: HeldToken<unknown>, now: Reading): number => held.lifeMillis - ageMillis(held, now)

export const phaseOf = (state: TokenState<unknown, unknown>, now: Reading): Phase => {
  const held = state.held
  if (held === undefined) return state.rejected === undefined ? "none" : "invalidated"
  const age = ageMillis(held, now)
  if (age >= held.lifeMillis) return "expired"
  if (age >= held.lifeMillis - hardWindowMillis(held.lifeMillis)) return "hard"
  return age >= held.refreshAgeMillis ? "due" : "fresh"
}

/** The token that may be served now. */
export const usable = <Token>(state: TokenState<Token, unknown>, now: Reading): HeldToken<Token> | undefined =>
  state.held !== undefined && leftMillis(state.held, now) > 0 ? state.held : undefined

// ---------------------------------------------------------------------------------------------------------------------
// Hold
// ---------------------------------------------------------------------------------------------------------------------

/** What is left of the hold, 0 if it is over or there is none. It ends by whichever clock is first. */
export const holdLeftMillis = (state: TokenState<unknown, unknown>, now: Reading): number => {
  const failure = state.failure
  if (failure === undefined) return 0
  const held = usable(state, now)
  const hold =
    held === undefined ? holdWithoutTokenMillis(failure) : holdWithTokenMillis(failure, leftMillis(held, failure.at))
  return Math.max(0, hold - elapsedMillis(failure.at, now))
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
  Math.max(0, flightSpacingMillis - elapsedMillis(state.begunAt, now))

/**
 * When the flight flies: at once, or later where it waits for its beginning, or never. A forced one that waits out a
 * `Retry-After` changes nothing for callers meanwhile: they would wait for two budgets.
 */
const untilFlyingMillis = (state: TokenState<unknown, unknown>, now: Reading): number =>
  state.flying ? Math.max(0, -elapsedMillis(state.begunAt, now)) : Number.POSITIVE_INFINITY

// ---------------------------------------------------------------------------------------------------------------------
// Decisions: what a `get` and the refresh fiber do
// ---------------------------------------------------------------------------------------------------------------------

/** `forMillis`: for how long the decision stays the same if no event changes the state. */
export type Decision<Token, Err> =
  /** Hand out the token. */
  | { readonly do: "serve"; readonly held: HeldToken<Token>; readonly forMillis: number }
  /** Hand out the token, and begin a flight beside it. */
  | { readonly do: "serveAndRefresh"; readonly held: HeldToken<Token> }
  /** Wait for the flight, a new one if none is running, for so long; then decide again. */
  | { readonly do: "join"; readonly held: HeldToken<Token>; readonly patienceMillis: number }
  /** There is nothing to serve: wait for the flight, a new one if none is running, and share its outcome. */
  | { readonly do: "await" }
  | { readonly do: "fail"; readonly failure: Failure<Err>; readonly forMillis: number }

/** What a caller gets. `waited`: it has waited for a flight before, and does so only once while a token can be served. */
export const decideGet = <Token, Err>(
  state: TokenState<Token, Err>,
  now: Reading,
  patienceMillis: number,
  waited: boolean
): Decision<Token, Err> => {
  const held = usable(state, now)
  const holdLeft = Math.min(
    untilFlyingMillis(state, now),
    // Who has a token to serve does not begin a flight that would have to wait: by then it may be held back.
    Math.max(holdLeftMillis(state, now), held === undefined ? 0 : spacingLeftMillis(state, now))
  )
  if (held === undefined) {
    return holdLeft > 0 && state.failure !== undefined
      ? { do: "fail", failure: state.failure, forMillis: holdLeft }
      : { do: "await" }
  }
  const age = ageMillis(held, now)
  const left = held.lifeMillis - age
  switch (phaseOf(state, now)) {
    case "fresh":
      // Where a short soft window is chosen, the hard one may begin before the token is due.
      return {
        do: "serve",
        held,
        forMillis: Math.min(held.refreshAgeMillis - age, left - hardWindowMillis(held.lifeMillis))
      }
    case "due":
      return state.flying
        ? { do: "serve", held, forMillis: left - hardWindowMillis(held.lifeMillis) }
        : holdLeft > 0
          ? { do: "serve", held, forMillis: Math.min(holdLeft, left - hardWindowMillis(held.lifeMillis)) }
          : waited
            ? { do: "serve", held, forMillis: 0 }
            : { do: "serveAndRefresh", held }
    default:
      return holdLeft > 0
        ? { do: "serve", held, forMillis: Math.min(holdLeft, left) }
        : waited
          ? { do: "serve", held, forMillis: 0 }
          : { do: "join", held, patienceMillis: Math.min(patienceMillis, left) }
  }
}

/** What the refresh fiber does with a key that it looks at. `inMillis`: when it looks again, should nothing change. */
export type Look =
  | { readonly do: "refresh" }
  | { readonly do: "lookAgain"; readonly inMillis: number }
  | { readonly do: "forget" }

/** `unaskedMillis`: since anybody has asked for the key. `throttledMillis`: what is left of a 429 to any key of its server. */
export const decideLook = (
  state: TokenState<unknown, unknown>,
  now: Reading,
  unaskedMillis: number,
  throttledMillis: number
): Look => {
  const idle = unaskedMillis > idleMillis(state.held?.lifeMillis)
  const held = usable(state, now)
  if (held === undefined) {
    // Without a token callers ask for themselves. The key may go once nothing depends on what is known of it.
    const holdLeft = holdLeftMillis(state, now)
    return idle && !state.flying && holdLeft === 0
      ? { do: "forget" }
      : {
          do: "lookAgain",
          inMillis: Math.max(holdLeft, idleMillis(state.held?.lifeMillis) - unaskedMillis, flightSpacingMillis)
        }
  }
  const next = nextLookMillis(state, now)
  if (next > 0) return { do: "lookAgain", inMillis: next }
  if (idle) return { do: "lookAgain", inMillis: leftMillis(held, now) }
  return throttledMillis > 0
    ? { do: "lookAgain", inMillis: Math.min(throttledMillis, leftMillis(held, now)) }
    : { do: "refresh" }
}

/** In how many milliseconds a key is to be looked at: when it is due or its hold is over, and when its token or idleness ends. */
export const nextLookMillis = (state: TokenState<unknown, unknown>, now: Reading): number => {
  const held = usable(state, now)
  if (held === undefined) return idleMillis(state.held?.lifeMillis)
  const left = leftMillis(held, now)
  const untilDue = left - (held.lifeMillis - held.refreshAgeMillis)
  return state.flying
    ? left
    : Math.min(left, Math.max(untilDue, holdLeftMillis(state, now), spacingLeftMillis(state, now)))
}

// ---------------------------------------------------------------------------------------------------------------------
// Events: what a flight and a rejection do to the state
// ---------------------------------------------------------------------------------------------------------------------

/** A flight begins, after `waitMillis`. It is the newest from here on, whatever older one still runs. */
export const beginFlight = <Token, Err>(
  state: TokenState<Token, Err>,
  now: Reading,
  waitMillis: number
): TokenState<Token, Err> => ({
  ...state,
  generation: state.generation + 1,
  begunAt:
    waitMillis === 0
      ? now
      : { wallMillis: now.wallMillis + waitMillis, monotonicMillis: now.monotonicMillis + waitMillis },
  flying: true
})

/** Whether the running flight still waits for its beginning: a forced refresh may share it then, and only then (F8). */
export const isFlightWaiting = (state: TokenState<unknown, unknown>, now: Reading): boolean =>
  state.flying && elapsedMillis(state.begunAt, now) < 0

/** Whether the newest flight still is in the air, now that this one has ended. */
const fliesAfter = (state: TokenState<unknown, unknown>, ended: number): boolean =>
  state.flying && state.generation !== ended

/**
 * The state without a flight that is older than any flight may get. On edge workers a flight dies with the request that
 * began it and cannot say so (F41); a new one may begin in its place.
 */
export const withoutLostFlight = <Token, Err>(
  state: TokenState<Token, Err>,
  now: Reading,
  requestBudgetMillis: number
): TokenState<Token, Err> =>
  state.flying && elapsedMillis(state.begunAt, now) > requestBudgetMillis ? { ...state, flying: false } : state

export type Installation = "installed" | "over" | "repeated" | "outdated"

/** What becomes of a token that a flight brought. */
export const judgeToken = (
  state: TokenState<unknown, unknown>,
  candidate: HeldToken<unknown>,
  now: Reading
): Installation =>
  (usable(state, now)?.generation ?? 0) > candidate.generation
    ? "outdated" // A newer flight was faster: its token stays for as long as it works (F8, F12).
    : leftMillis(candidate, now) <= 0
      ? "over"
      : candidate.text === state.held?.text || candidate.text === state.rejected
        ? "repeated"
        : "installed"

/** The token is the current one from here on: failures before it are forgotten. */
export const install = <Token, Err>(state: TokenState<Token, Err>, held: HeldToken<Token>): TokenState<Token, Err> => ({
  ...state,
  held,
  failure: undefined,
  flying: fliesAfter(state, held.generation)
})

/**
 * A flight failed. It is noted; only without a token does it count towards longer holds. The failure of another process
 * is noted as that one did: its `failures` are counted.
 */
export const fail = <Token, Err>(
  state: TokenState<Token, Err>,
  generation: number,
  failure: Omit<Failure<Err>, "failures"> & { readonly failures?: number }
): TokenState<Token, Err> => {
  const flying = fliesAfter(state, generation)
  // A newer flight has brought a token since: what the older one says is no news (F8).
  if (state.held !== undefined && state.held.generation > generation) return { ...state, flying }
  const failures =
    failure.failures ?? (state.failure?.failures ?? 0) + (usable(state, failure.at) === undefined ? 1 : 0)
  return { ...state, failure: { ...failure, failures }, flying }
}

/** A flight ended without a result that counts. */
export const abandon = <Token, Err>(state: TokenState<Token, Err>, generation: number): TokenState<Token, Err> => ({
  ...state,
  flying: fliesAfter(state, generation)
})

/** A token was rejected by an API. Fenced by the token itself: a late rejection of an older one changes nothing (F9, C21). */
export const invalidate = <Token, Err>(
  state: TokenState<Token, Err>,
  text: string,
  now: Reading
): TokenState<Token, Err> => (usable(state, now)?.text === text ? { ...state, held: undefined, rejected: text } : state)
