/**
 * The decisions: when a token is served, and when it is requested. Phases and derived times are in `tokenPhases`, the
 * numbers in `refreshPolicy`. F1, C1 and so on are the rows of docs/failures.md.
 *
 * Whatever happens to a key is an event, and each event has one function here. It takes the state, the event, both clocks
 * and, if needed, a random number; it returns the next state and what is to be done, as data. The shell does it. A
 * *flight* is one refresh of one key: one token request, or several within its budget.
 *
 * | event           | it happens when                                                        |
 * |-----------------|------------------------------------------------------------------------|
 * | `asked`         | a caller wants a token                                                 |
 * | `refreshWanted` | a caller wants a new token, even if the current one works              |
 * | `checked`       | the refresh fiber checks the key                                       |
 * | `granted`       | a flight brings a token                                                |
 * | `flightFailed`  | a flight fails                                                         |
 * | `abandoned`     | a flight ends without a result: interrupted by the cache's end, or died |
 * | `rejected`      | an API rejects a token                                                 |
 *
 * A clock that jumps is not an event of a key. Every result is valid only for the readings that it was computed from; when
 * the two clocks move against each other, the registry voids the results of all keys.
 */
import { flightSpacingMillis, hardWindowMillis, idleMillis, refreshAgeMillis } from "./refreshPolicy.js"
import {
  ageMillis,
  backOffLeftMillis,
  elapsedMillis,
  type Failure,
  type HeldToken,
  leftMillis,
  phaseOf,
  type Reading,
  retryAfterLeftMillis,
  spacingLeftMillis,
  type TokenState,
  usable
} from "./tokenPhases.js"

export * from "./tokenPhases.js"

/** The part of the refresh policy that decides. */
export interface Rules {
  /** Nothing goes on between calls: callers do the refreshing, and a flight may die with the call that began it (F41). */
  readonly onDemand: boolean
  readonly patienceMillis: number
  readonly requestBudgetMillis: number
  readonly softWindow: number
}

/** The next state, the flight that begins, and what is to be done. */
export interface Transition<Token, Err, Signal, Action> {
  readonly state: TokenState<Token, Err, Signal>
  readonly begin?: FlightPlan<Signal> | undefined
  readonly action: Action
}

/** A flight that begins now and requests after `waitMillis`. A forced one passes over what other processes hold. */
export interface FlightPlan<Signal> {
  readonly generation: number
  /** What callers wait on. */
  readonly signal: Signal
  readonly waitMillis: number
  readonly forced: boolean
}

// ---------------------------------------------------------------------------------------------------------------------
// A caller wants a token
// ---------------------------------------------------------------------------------------------------------------------

/** `forMillis`: for how long the answer stays the same if no event changes the state. */
export type Answer<Token, Err> =
  /** Hand out the token. */
  | { readonly do: "serve"; readonly held: HeldToken<Token>; readonly forMillis: number }
  /** Hand out the token, and begin a flight beside it. */
  | { readonly do: "serveAndRefresh"; readonly held: HeldToken<Token> }
  /** Wait for the flight, a new one if there is none, for so long; then decide again. */
  | { readonly do: "waitBriefly"; readonly held: HeldToken<Token>; readonly patienceMillis: number }
  /** There is nothing to serve: wait for the flight, a new one if there is none, and share its outcome. */
  | { readonly do: "wait" }
  | { readonly do: "fail"; readonly failure: Failure<Err>; readonly forMillis: number }

/** What a caller gets. `waited`: the caller has waited for a flight before, which happens once while a token works. */
export const decideGet = <Token, Err>(
  state: TokenState<Token, Err>,
  now: Reading,
  patienceMillis: number,
  waited: boolean
): Answer<Token, Err> => {
  const held = usable(state, now)
  if (held === undefined) {
    const blocked = Math.min(untilInFlightMillis(state, now), backOffLeftMillis(state, now))
    return blocked > 0 && state.failure !== undefined
      ? { do: "fail", failure: state.failure, forMillis: blocked }
      : { do: "wait" }
  }
  const left = leftMillis(held, now)
  const untilHard = left - hardWindowMillis(held.lifeMillis)
  const phase = phaseOf(state, now)
  if (phase === "fresh") {
    // Where a short soft window is chosen, the hard one may begin before the token is due.
    return { do: "serve", held, forMillis: Math.min(held.refreshAgeMillis - ageMillis(held, now), untilHard) }
  }
  if (phase === "due" && state.flight !== undefined) return { do: "serve", held, forMillis: untilHard }
  // While there is a token to serve, no flight begins that would have to wait: by then it may be held back.
  const blocked = Math.min(
    untilInFlightMillis(state, now),
    Math.max(backOffLeftMillis(state, now), spacingLeftMillis(state, now))
  )
  if (blocked > 0) return { do: "serve", held, forMillis: Math.min(blocked, phase === "due" ? untilHard : left) }
  if (waited) return { do: "serve", held, forMillis: 0 }
  if (phase === "due") return { do: "serveAndRefresh", held }
  return { do: "waitBriefly", held, patienceMillis: Math.min(patienceMillis, left) }
}

export type GetAction<Token, Err, Signal> =
  | { readonly do: "serve"; readonly token: Token }
  | { readonly do: "fail"; readonly failure: Failure<Err> }
  | { readonly do: "wait"; readonly signal: Signal }
  | { readonly do: "waitBriefly"; readonly signal: Signal; readonly millis: number }

/** A caller wants a token. `signal`: what callers wait on, should a flight begin. */
export const asked = <Token, Err, Signal>(
  found: TokenState<Token, Err, Signal>,
  event: { readonly signal: Signal; readonly waited: boolean },
  now: Reading,
  rules: Rules
): Transition<Token, Err, Signal, GetAction<Token, Err, Signal>> => {
  const state = withoutLostFlight(found, now, rules)
  const answer = decideGet(state, now, rules.patienceMillis, event.waited)
  if (answer.do === "serve") return { state, action: { do: "serve", token: answer.held.token } }
  if (answer.do === "fail") return { state, action: answer }
  const joined = joinFlight(state, event.signal, now)
  const signal = joined.state.flight ?? event.signal
  switch (answer.do) {
    case "wait":
      return { ...joined, action: { do: "wait", signal } }
    case "waitBriefly":
      return { ...joined, action: { do: "waitBriefly", signal, millis: answer.patienceMillis } }
    case "serveAndRefresh":
      return {
        ...joined,
        // Where nothing goes on between calls, the refresh gets done while its caller waits for a moment.
        action: rules.onDemand
          ? { do: "waitBriefly", signal, millis: rules.patienceMillis }
          : { do: "serve", token: answer.held.token }
      }
  }
}

/** What `get` answers until the next event or until `forMillis` have passed: what callers read on the hot path. */
export type ReadyAnswer<Token, Err, Signal> =
  | Extract<Answer<Token, Err>, { readonly do: "serve" | "fail" }>
  | { readonly do: "wait"; readonly signal: Signal; readonly forMillis: number }

/** The answer that needs nothing else to be done; nothing where each caller has to ask. */
export const readyAnswer = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  now: Reading
): ReadyAnswer<Token, Err, Signal> | undefined => {
  const answer = decideGet(state, now, 0, false)
  if (answer.do === "serve" || answer.do === "fail") return answer
  return answer.do === "wait" && state.flight !== undefined
    ? { do: "wait", signal: state.flight, forMillis: Number.POSITIVE_INFINITY }
    : undefined
}

// ---------------------------------------------------------------------------------------------------------------------
// A caller wants a new token
// ---------------------------------------------------------------------------------------------------------------------

export type RefreshAction<Err, Signal> =
  | { readonly do: "wait"; readonly signal: Signal }
  /** Waits for the flight that follows the one in flight. */
  | { readonly do: "waitForSuccessor"; readonly signal: Signal }
  | Postponement<Err, Signal>

/** The server's `Retry-After` is longer than a caller can be kept waiting: callers who wait on the signal are told so. */
export interface Postponement<Err, Signal> {
  readonly do: "postpone"
  readonly signal: Signal
  readonly failure: Failure<Err>
  readonly waitMillis: number
}

export const refreshWanted = <Token, Err, Signal>(
  found: TokenState<Token, Err, Signal>,
  event: { readonly signal: Signal },
  now: Reading,
  rules: Rules
): Transition<Token, Err, Signal, RefreshAction<Err, Signal>> => {
  const state = withoutLostFlight(found, now, rules)
  if (state.flight === undefined) {
    // A successor that is still here has lost the flight that it follows.
    return force({ ...state, successor: undefined }, state.successor ?? event.signal, now, rules)
  }
  // Shared only if its request is still to be sent: what was requested before may already be out of date (F8). That goes
  // for another process's token as well.
  if (state.successor === undefined && isFlightWaiting(state, now)) {
    return { state: state.forced ? state : { ...state, forced: true }, action: { do: "wait", signal: state.flight } }
  }
  const signal = state.successor ?? event.signal
  return { state: { ...state, successor: signal }, action: { do: "waitForSuccessor", signal } }
}

/** Begins a flight that knows no back-off, but obeys a `Retry-After`. */
const force = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  signal: Signal,
  now: Reading,
  rules: Rules
): Transition<Token, Err, Signal, Extract<RefreshAction<Err, Signal>, { readonly do: "wait" | "postpone" }>> => {
  const waitMillis = retryAfterLeftMillis(state, now)
  return waitMillis > rules.requestBudgetMillis && state.failure !== undefined
    ? { state, action: { do: "postpone", signal, failure: state.failure, waitMillis } }
    : { ...beginFlight(state, signal, now, waitMillis, true), action: { do: "wait", signal } }
}

// ---------------------------------------------------------------------------------------------------------------------
// The refresh fiber checks a key
// ---------------------------------------------------------------------------------------------------------------------

export type CheckAction =
  | { readonly do: "refresh" }
  | { readonly do: "checkAgain"; readonly inMillis: number }
  | { readonly do: "forget" }

export interface Checked {
  /** Since the last `get`. */
  readonly unaskedMillis: number
  /** What is left of a 429 to another key of the server. */
  readonly throttledMillis: number
}

export const decideCheck = (
  state: TokenState<unknown, unknown>,
  now: Reading,
  { throttledMillis, unaskedMillis }: Checked,
  softWindow: number
): CheckAction => {
  const idleAfter = idleMillis(state.held?.lifeMillis)
  const idle = unaskedMillis > idleAfter
  const held = usable(state, now)
  if (held === undefined) {
    // Without a token callers ask for themselves. The key may go once nothing depends on what is known of it.
    const backOff = backOffLeftMillis(state, now)
    if (idle && state.flight === undefined && backOff === 0) return { do: "forget" }
    return { do: "checkAgain", inMillis: Math.max(backOff, idleAfter - unaskedMillis, flightSpacingMillis) }
  }
  const next = nextCheckMillis(state, now)
  if (next > 0) return { do: "checkAgain", inMillis: next }
  const left = leftMillis(held, now)
  if (idle) return { do: "checkAgain", inMillis: left }
  // In the second half of the soft window a token is refreshed whatever another key of the server was told (F64).
  const throttled = Math.min(throttledMillis, left - (held.lifeMillis * softWindow) / 2)
  return throttled > 0 ? { do: "checkAgain", inMillis: throttled } : { do: "refresh" }
}

/** When a key is to be checked: when it is due and its back-off is over, and when its token or its use has ended. */
export const nextCheckMillis = (state: TokenState<unknown, unknown>, now: Reading): number => {
  const held = usable(state, now)
  if (held === undefined) return idleMillis(state.held?.lifeMillis)
  const left = leftMillis(held, now)
  if (state.flight !== undefined) return left
  const untilDue = left - (held.lifeMillis - held.refreshAgeMillis)
  return Math.min(left, Math.max(untilDue, backOffLeftMillis(state, now), spacingLeftMillis(state, now)))
}

export const checked = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: Checked & { readonly signal: Signal },
  now: Reading,
  rules: Rules
): Transition<Token, Err, Signal, CheckAction> => {
  const action = decideCheck(state, now, event, rules.softWindow)
  return action.do === "refresh" ? { ...joinFlight(state, event.signal, now), action } : { state, action }
}

// ---------------------------------------------------------------------------------------------------------------------
// A flight completes
// ---------------------------------------------------------------------------------------------------------------------

/** Why a flight failed. */
export type FlightFailure<Err> = Pick<Failure<Err>, "error" | "kind" | "reason" | "retryAfterMillis">

export type Told<Token, Err> =
  | { readonly token: Token; readonly failure?: never }
  | { readonly failure: Failure<Err>; readonly token?: never }

export interface Completion<Token, Err, Signal> {
  /** For callers of `get`: what can be served now. */
  readonly served: Told<Token, Err>
  /** For callers of `refresh`: what this flight came to. */
  readonly refreshed: Told<Token, Err>
  /** What was left of the token that could be served before; undefined if there was none. */
  readonly leftMillis: number | undefined
  /** The failure that this flight has ended. */
  readonly recovered: Failure<Err> | undefined
  /** The successor that cannot begin. */
  readonly postponed: Postponement<Err, Signal> | undefined
}

export const granted = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: {
    readonly generation: number
    readonly granted: Pick<HeldToken<Token>, "token" | "text" | "askedAt" | "lifeMillis">
    readonly random: number
    /** The failure that a token counts as if it cannot be installed. */
    readonly unusable: (problem: "over" | "repeated") => FlightFailure<Err>
  },
  now: Reading,
  rules: Rules
): Transition<Token, Err, Signal, Completion<Token, Err, Signal>> => {
  const { generation, random } = event
  const candidate: HeldToken<Token> = {
    ...event.granted,
    refreshAgeMillis: refreshAgeMillis(event.granted.lifeMillis, rules.softWindow, random),
    generation
  }
  const verdict = judgeToken(state, candidate, now)
  if (verdict === "over" || verdict === "repeated") {
    return flightFailed(state, { generation, reported: event.unusable(verdict), random }, now, rules)
  }
  const installed = verdict === "installed"
  const landed = land(state, generation)
  const next = installed ? { ...landed, held: candidate, failure: undefined } : landed
  const token = { token: installed ? candidate.token : (state.held?.token ?? candidate.token) }
  return complete(state, next, token, now, rules, installed ? state.failure : undefined)
}

export type Verdict = "installed" | "over" | "repeated" | "outdated"

/** What becomes of a token that a flight brought. */
export const judgeToken = (
  state: TokenState<unknown, unknown>,
  candidate: HeldToken<unknown>,
  now: Reading
): Verdict => {
  // A newer flight was faster: its token stays for as long as it works (F8, F12).
  if ((usable(state, now)?.generation ?? 0) > candidate.generation) return "outdated"
  if (leftMillis(candidate, now) <= 0) return "over"
  return candidate.text === state.held?.text || candidate.text === state.rejected ? "repeated" : "installed"
}

/** A flight failed. It is noted; only without a token does it count towards longer back-offs. */
export const flightFailed = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: {
    readonly generation: number
    readonly reported: FlightFailure<Err>
    readonly random: number
    /** What another process has noted of the failure, if that process made the request. */
    readonly noted?: Pick<Failure<Err>, "failures" | "random" | "at"> | undefined
  },
  now: Reading,
  rules: Rules
): Transition<Token, Err, Signal, Completion<Token, Err, Signal>> => {
  const { generation, noted, reported } = event
  const before = state.failure
  const at = noted?.at ?? now
  const failure: Failure<Err> = {
    ...reported,
    at,
    random: noted?.random ?? event.random,
    failures: noted?.failures ?? (before?.failures ?? 0) + (usable(state, at) === undefined ? 1 : 0),
    since: before?.since ?? at,
    repeats: before?.reason === reported.reason ? before.repeats + 1 : 1
  }
  const landed = land(state, generation)
  // A newer flight has brought a token since: what the older one says is no news (F8).
  const outdated = state.held !== undefined && state.held.generation > generation
  return complete(state, outdated ? landed : { ...landed, failure }, { failure }, now, rules, undefined)
}

/** A flight ended without a result. The action is the signal of its successor, which does not begin either. */
export const abandoned = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  { generation }: { readonly generation: number }
): Transition<Token, Err, Signal, Signal | undefined> =>
  state.flight !== undefined && state.generation === generation
    ? { state: { ...land(state, generation), successor: undefined }, action: state.successor }
    : { state, action: undefined }

/** The newest flight is over when this one was the newest. */
const land = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  generation: number
): TokenState<Token, Err, Signal> => (state.generation === generation ? { ...state, flight: undefined } : state)

/** What is told to callers, and the successor's beginning. */
const complete = <Token, Err, Signal>(
  before: TokenState<Token, Err, Signal>,
  state: TokenState<Token, Err, Signal>,
  refreshed: Told<Token, Err>,
  now: Reading,
  rules: Rules,
  recovered: Failure<Err> | undefined
): Transition<Token, Err, Signal, Completion<Token, Err, Signal>> => {
  const old = usable(before, now)
  const held = usable(state, now)
  const action = {
    served: held === undefined ? refreshed : { token: held.token },
    refreshed,
    leftMillis: old === undefined ? undefined : leftMillis(old, now),
    recovered,
    postponed: undefined
  }
  if (state.flight !== undefined || state.successor === undefined) return { state, action }
  const forced = force({ ...state, successor: undefined }, state.successor, now, rules)
  return forced.action.do === "postpone"
    ? { ...forced, action: { ...action, postponed: forced.action } }
    : { ...forced, action }
}

// ---------------------------------------------------------------------------------------------------------------------
// An API rejects a token
// ---------------------------------------------------------------------------------------------------------------------

/** Fenced by the token itself: a late rejection of an older one changes nothing (F9, C21). */
export const rejected = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: { readonly text: string },
  now: Reading
): Transition<Token, Err, Signal, "dropped" | "nothing"> =>
  usable(state, now)?.text === event.text
    ? { state: { ...state, held: undefined, rejected: event.text }, action: "dropped" }
    : { state, action: "nothing" }

// ---------------------------------------------------------------------------------------------------------------------
// Flights
// ---------------------------------------------------------------------------------------------------------------------

/** The flight in flight, or a new one that keeps its distance from the one before. */
const joinFlight = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  signal: Signal,
  now: Reading
): { state: TokenState<Token, Err, Signal>; begin?: FlightPlan<Signal> } =>
  state.flight === undefined ? beginFlight(state, signal, now, spacingLeftMillis(state, now), false) : { state }

/** The newest from here on, whatever older one is still in flight. */
const beginFlight = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  signal: Signal,
  now: Reading,
  waitMillis: number,
  forced: boolean
): { state: TokenState<Token, Err, Signal>; begin: FlightPlan<Signal> } => {
  const generation = state.generation + 1
  const begunAt = { wallMillis: now.wallMillis + waitMillis, monotonicMillis: now.monotonicMillis + waitMillis }
  return {
    state: { ...state, generation, begunAt: waitMillis === 0 ? now : begunAt, flight: signal, forced },
    begin: { generation, signal, waitMillis, forced }
  }
}

/** Whether the flight still waits for its beginning: a forced refresh may share it then, and only then (F8). */
export const isFlightWaiting = (state: TokenState<unknown, unknown>, now: Reading): boolean =>
  state.flight !== undefined && elapsedMillis(state.begunAt, now) < 0

/** Whether a flight passes over what other processes hold: also one that a forced refresh has shared since it was begun. */
export const isForced = (
  state: TokenState<unknown, unknown>,
  { forced, generation }: Pick<FlightPlan<unknown>, "forced" | "generation">
): boolean => forced || (state.generation === generation && state.forced)

/**
 * The time until the flight begins: none for one that has, for ever where there is none. A forced one that waits out a
 * `Retry-After` changes nothing for callers meanwhile: they would wait for two budgets.
 */
const untilInFlightMillis = (state: TokenState<unknown, unknown>, now: Reading): number =>
  state.flight === undefined ? Number.POSITIVE_INFINITY : Math.max(0, -elapsedMillis(state.begunAt, now))

/**
 * The state without a flight that is older than any flight may get. On edge workers a flight dies with the request that
 * began it and cannot say so (F41); a new one may begin in its place.
 */
const withoutLostFlight = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  now: Reading,
  { onDemand, requestBudgetMillis }: Rules
): TokenState<Token, Err, Signal> =>
  onDemand && state.flight !== undefined && elapsedMillis(state.begunAt, now) > requestBudgetMillis
    ? { ...state, flight: undefined }
    : state
