/**
 * The decisions: when a token is served, and when it is requested. Phases and derived times are in `tokenPhases`, the
 * numbers in `refreshTimes`. F1, C1 and so on are the rows of docs/failures.md.
 *
 * Whatever happens to a key is an event, and each event has one function here. It takes the state, the event, both
 * clocks and, if needed, a random number; it returns the next state and what is to be done, as data. The shell does it.
 * A *flight* is one refresh of one key: one token request, or several within its budget.
 *
 * | event           | it happens when                                                         |
 * |-----------------|-------------------------------------------------------------------------|
 * | `asked`         | a caller wants a token                                                  |
 * | `refreshWanted` | a caller wants a new token, even if the current one works               |
 * | `checked`       | the refresh fiber checks the key                                        |
 * | `granted`       | a flight brings a token                                                 |
 * | `flightFailed`  | a flight fails                                                          |
 * | `abandoned`     | a flight ends without a result: interrupted by the cache's end, or died |
 * | `rejected`      | an API rejects a token                                                  |
 *
 * A clock that jumps is not an event of a key. Every result is valid only for the readings that it was computed from:
 * when the two clocks move against each other, the registry voids the results of all keys.
 */
import { flightSpacingMillis, hardWindowMillis, idleMillis, refreshAgeMillis } from "./refreshTimes.js"
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
  type SharedBackOff,
  shifted,
  spacingLeftMillis,
  type TokenState,
  usable
} from "./tokenPhases.js"

/** The part of the refresh policy that decides. */
export interface RefreshSettings {
  /**
   * Nothing runs between calls: callers do the refreshing, and a flight may die with the call that created it (F41).
   */
  readonly onDemand: boolean
  readonly patienceMillis: number
  readonly requestBudgetMillis: number
  readonly softWindow: number
}

/** One step of a key: its next state, the flight that is created, and what is to be done. */
export interface Step<Token, Err, Signal, Action> {
  readonly state: TokenState<Token, Err, Signal>
  readonly created?: FlightPlan<Signal> | undefined
  readonly action: Action
}

/** A flight that is created now and departs after `waitMillis`. */
export interface FlightPlan<Signal> {
  readonly generation: number
  /** What callers wait on. */
  readonly signal: Signal
  readonly waitMillis: number
}

// ----- A caller wants a token ----------------------------------------------------------------------------------------

/** `forMillis`: how long the answer stays the same if no event changes the state. */
export type GetDecision<Token, Err> =
  /** Hand out the token. */
  | { readonly do: "serve"; readonly held: HeldToken<Token>; readonly forMillis: number }
  /** Hand out the token, and create a flight in the background. */
  | { readonly do: "serveAndRefresh"; readonly held: HeldToken<Token> }
  /** Wait at most that long for the flight, a new one if there is none; then decide again. */
  | { readonly do: "waitBriefly"; readonly patienceMillis: number }
  /** No token works: wait for the flight, a new one if there is none, and share its outcome. */
  | { readonly do: "wait" }
  | { readonly do: "fail"; readonly failure: Failure<Err>; readonly forMillis: number }

/** Decides what a caller gets. `waited`: it has waited for a flight; while a token works, a caller waits only once. */
export const decideGet = <Token, Err>(
  state: TokenState<Token, Err>,
  now: Reading,
  patienceMillis: number,
  waited: boolean
): GetDecision<Token, Err> => {
  const held = usable(state, now)
  if (held === undefined) {
    const blocked = blockedMillis(state, now, backOffLeftMillis(state, now))
    return blocked > 0 && state.failure !== undefined
      ? { do: "fail", failure: state.failure, forMillis: blocked }
      : { do: "wait" }
  }
  const left = leftMillis(held, now)
  const untilHard = left - hardWindowMillis(held.lifeMillis)
  const phase = phaseOf(state, now)
  if (phase === "fresh") {
    // With a short soft window, the hard one may begin before the token is due.
    return { do: "serve", held, forMillis: Math.min(held.refreshAgeMillis - ageMillis(held, now), untilHard) }
  }
  if (phase === "refreshDue" && state.flightSignal !== undefined) return { do: "serve", held, forMillis: untilHard }
  // While a token works, no flight is created that has to wait: when it departs, a back-off may be in force.
  const blocked = blockedMillis(state, now, Math.max(backOffLeftMillis(state, now), spacingLeftMillis(state, now)))
  if (blocked > 0) return { do: "serve", held, forMillis: Math.min(blocked, phase === "refreshDue" ? untilHard : left) }
  if (waited) return { do: "serve", held, forMillis: 0 }
  if (phase === "refreshDue") return { do: "serveAndRefresh", held }
  return { do: "waitBriefly", patienceMillis: Math.min(patienceMillis, left) }
}

export type GetAction<Token, Err, Signal> =
  | { readonly do: "serve"; readonly token: Token }
  | { readonly do: "fail"; readonly failure: Failure<Err> }
  | { readonly do: "wait"; readonly signal: Signal }
  | { readonly do: "waitBriefly"; readonly signal: Signal; readonly millis: number }

/** A caller wants a token. `signal`: what callers wait on if a flight is created. */
export const asked = <Token, Err, Signal>(
  found: TokenState<Token, Err, Signal>,
  event: { readonly signal: Signal; readonly waited: boolean },
  now: Reading,
  settings: RefreshSettings
): Step<Token, Err, Signal, GetAction<Token, Err, Signal>> => {
  const state = withoutLostFlight(found, now, settings)
  const decision = decideGet(state, now, settings.patienceMillis, event.waited)
  if (decision.do === "serve") return { state, action: { do: "serve", token: decision.held.token } }
  if (decision.do === "fail") return { state, action: decision }
  const joined = joinFlight(state, event.signal, now)
  const signal = joined.state.flightSignal ?? event.signal
  if (decision.do === "wait") return { ...joined, action: { do: "wait", signal } }
  if (decision.do === "serveAndRefresh" && !settings.onDemand) {
    return { ...joined, action: { do: "serve", token: decision.held.token } }
  }
  // If the process is frozen between calls, the refresh can only run while a caller waits for a moment.
  const millis = decision.do === "waitBriefly" ? decision.patienceMillis : settings.patienceMillis
  return { ...joined, action: { do: "waitBriefly", signal, millis } }
}

/** What `get` returns until the next event or until `forMillis` have passed: what callers read on the hot path. */
export type ReadyAnswer<Token, Err, Signal> =
  | Extract<GetDecision<Token, Err>, { readonly do: "serve" | "fail" }>
  | { readonly do: "wait"; readonly signal: Signal; readonly forMillis: number }

/** The answer that every caller gets until `forMillis` have passed; undefined if each call must be an event `asked`. */
export const readyAnswer = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  now: Reading
): ReadyAnswer<Token, Err, Signal> | undefined => {
  const decision = decideGet(state, now, 0, false)
  if (decision.do === "serve" || decision.do === "fail") return decision
  return decision.do === "wait" && state.flightSignal !== undefined
    ? { do: "wait", signal: state.flightSignal, forMillis: Number.POSITIVE_INFINITY }
    : undefined
}

// ----- A caller wants a new token ------------------------------------------------------------------------------------

export type RefreshAction<Err, Signal> =
  | { readonly do: "wait"; readonly signal: Signal }
  /** Waits for the flight that follows the one in flight. */
  | { readonly do: "waitForSuccessor"; readonly signal: Signal }
  | Postponement<Err, Signal>

/**
 * The server's `Retry-After` is longer than callers can be kept waiting: those that wait on the signal fail at once.
 */
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
  settings: RefreshSettings
): Step<Token, Err, Signal, RefreshAction<Err, Signal>> => {
  const state = withoutLostFlight(found, now, settings)
  if (state.flightSignal === undefined) {
    if (state.successorSignal === undefined) return force(state, event.signal, now, settings)
    // The flight that the successor was to follow is lost.
    return force({ ...state, successorSignal: undefined }, state.successorSignal, now, settings)
  }
  // Shared only before it departs: a token requested earlier may be out of date (F8), another process's as well.
  if (state.successorSignal === undefined && hasNotDeparted(state, now)) {
    return {
      state: state.forced ? state : { ...state, forced: true },
      action: { do: "wait", signal: state.flightSignal }
    }
  }
  const signal = state.successorSignal ?? event.signal
  return { state: { ...state, successorSignal: signal }, action: { do: "waitForSuccessor", signal } }
}

/** Creates a flight that ignores the back-off, but obeys a `Retry-After`. */
const force = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  signal: Signal,
  now: Reading,
  settings: RefreshSettings
): Step<Token, Err, Signal, Extract<RefreshAction<Err, Signal>, { readonly do: "wait" | "postpone" }>> => {
  const waitMillis = retryAfterLeftMillis(state, now)
  return waitMillis > settings.requestBudgetMillis && state.failure !== undefined
    ? { state, action: { do: "postpone", signal, failure: state.failure, waitMillis } }
    : { ...createFlight(state, signal, now, waitMillis, true), action: { do: "wait", signal } }
}

// ----- The refresh fiber checks a key --------------------------------------------------------------------------------

export type CheckAction =
  | { readonly do: "refresh" }
  | { readonly do: "checkAgain"; readonly inMillis: number }
  | { readonly do: "forget" }

export interface EntryUse {
  /** Since the last `get`. */
  readonly sinceGetMillis: number
  /** What is left of a 429 to another key of the server. */
  readonly throttledMillis: number
}

export const decideCheck = (
  found: TokenState<unknown, unknown>,
  now: Reading,
  { throttledMillis, sinceGetMillis }: EntryUse,
  settings: RefreshSettings
): CheckAction => {
  const state = withoutLostFlight(found, now, settings)
  const idleAfter = idleMillis(state.held?.lifeMillis)
  const idle = sinceGetMillis > idleAfter
  const held = usable(state, now)
  if (held === undefined) {
    // Without a token, callers create the flights. The entry can go once nothing depends on what it remembers.
    const backOff = backOffLeftMillis(state, now)
    if (idle && state.flightSignal === undefined && backOff === 0) return { do: "forget" }
    return { do: "checkAgain", inMillis: Math.max(backOff, idleAfter - sinceGetMillis, flightSpacingMillis) }
  }
  const next = nextCheckMillis(state, now)
  if (next > 0) return { do: "checkAgain", inMillis: next }
  const left = leftMillis(held, now)
  if (idle) return { do: "checkAgain", inMillis: left }
  // In the second half of the soft window a 429 to another key delays no refresh: the token might run out (F64).
  const throttled = Math.min(throttledMillis, left - (held.lifeMillis * settings.softWindow) / 2)
  return throttled > 0 ? { do: "checkAgain", inMillis: throttled } : { do: "refresh" }
}

/** When to check a key next: when it is due and its back-off is over, or when its token has expired or it is idle. */
export const nextCheckMillis = (state: TokenState<unknown, unknown>, now: Reading): number => {
  const held = usable(state, now)
  if (held === undefined) return idleMillis(state.held?.lifeMillis)
  const left = leftMillis(held, now)
  if (state.flightSignal !== undefined) return left
  const untilDue = left - (held.lifeMillis - held.refreshAgeMillis)
  return Math.min(left, Math.max(untilDue, backOffLeftMillis(state, now), spacingLeftMillis(state, now)))
}

export const checked = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: EntryUse & { readonly signal: Signal },
  now: Reading,
  settings: RefreshSettings
): Step<Token, Err, Signal, CheckAction> => {
  const action = decideCheck(state, now, event, settings)
  return action.do === "refresh" ? { ...joinFlight(state, event.signal, now), action } : { state, action }
}

// ----- A flight completes --------------------------------------------------------------------------------------------

/** Why a flight failed. */
export type FailureReport<Err> = Pick<Failure<Err>, "error" | "kind" | "id" | "retryAfterMillis">

export type Outcome<Token, Err> =
  | { readonly token: Token; readonly failure?: never }
  | { readonly failure: Failure<Err>; readonly token?: never }

export interface Completion<Token, Err, Signal> {
  /** For callers of `get`: what can be served now. */
  readonly served: Outcome<Token, Err>
  /** For callers of `refresh`: what this flight came to. */
  readonly refreshed: Outcome<Token, Err>
  /** What was left of the token that could be served before; undefined if there was none. */
  readonly leftMillis: number | undefined
  /** The failure that this flight has ended. */
  readonly recovered: Failure<Err> | undefined
  /** The successor that cannot depart in time. */
  readonly postponed: Postponement<Err, Signal> | undefined
}

export const granted = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: {
    readonly generation: number
    readonly granted: Pick<HeldToken<Token>, "token" | "text" | "requestedAt" | "lifeMillis">
    readonly random: number
    /** The failure to report if the token cannot be installed. */
    readonly unusable: (problem: "over" | "repeated") => FailureReport<Err>
  },
  now: Reading,
  settings: RefreshSettings
): Step<Token, Err, Signal, Completion<Token, Err, Signal>> => {
  const { generation, random } = event
  const { requestedAt, lifeMillis, text, token } = event.granted
  // Field by field, since V8 gives an object that begins as a copy a shape of its own: 350 bytes for each key.
  const candidate: HeldToken<Token> = {
    token,
    text,
    requestedAt,
    lifeMillis,
    refreshAgeMillis: refreshAgeMillis(lifeMillis, settings.softWindow, random),
    generation
  }
  const landed = land(state, generation)
  const current = usable(state, now)
  // A newer flight was faster: its token stays for as long as it works (F8, F12).
  if (current !== undefined && current.generation > generation) {
    return complete(state, landed, { token: current.token }, now, settings)
  }
  const problem = problemOf(state, candidate, now)
  if (problem !== undefined) {
    return flightFailed(state, { generation, reported: event.unusable(problem), random }, now, settings)
  }
  const installed = { ...landed, held: candidate, failure: undefined }
  return complete(state, installed, { token: candidate.token }, now, settings)
}

/** Why a token that a flight brought cannot be installed; undefined if it can. */
const problemOf = (
  state: TokenState<unknown, unknown>,
  candidate: HeldToken<unknown>,
  now: Reading
): "over" | "repeated" | undefined => {
  if (leftMillis(candidate, now) <= 0) return "over"
  return candidate.text === state.held?.text || candidate.text === state.rejected ? "repeated" : undefined
}

export interface FailureEvent<Err> {
  readonly reported: FailureReport<Err>
  readonly random: number
  /** The back-off of the process that made the request, if it was another one. */
  readonly backOff?: SharedBackOff | undefined
}

/** The failure after the one before. Only without a token does it count towards longer back-offs. */
const nextFailure = <Err>(
  state: TokenState<unknown, Err>,
  { backOff, random, reported }: FailureEvent<Err>,
  now: Reading
): Failure<Err> => {
  const before = state.failure
  const at = backOff?.at ?? now
  const { error, id, kind, retryAfterMillis } = reported
  return {
    error,
    kind,
    id,
    retryAfterMillis,
    at,
    random: backOff?.random ?? random,
    failuresWithoutToken:
      backOff?.failuresWithoutToken ?? (before?.failuresWithoutToken ?? 0) + (usable(state, at) === undefined ? 1 : 0),
    since: before?.since ?? at,
    inARow: (before?.inARow ?? 0) + 1,
    unserved: usable(state, now) === undefined ? (before?.unserved ?? 0) + 1 : 0,
    changes: (before?.changes ?? 0) + (before === undefined || before.id === reported.id ? 0 : 1)
  }
}

export const flightFailed = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: FailureEvent<Err> & { readonly generation: number },
  now: Reading,
  settings: RefreshSettings
): Step<Token, Err, Signal, Completion<Token, Err, Signal>> => {
  const { generation } = event
  const failure = nextFailure(state, event, now)
  const landed = land(state, generation)
  // A newer flight has brought a token since: what the older one says is no news (F8).
  const outdated = state.held !== undefined && state.held.generation > generation
  return complete(state, outdated ? landed : { ...landed, failure }, { failure }, now, settings)
}

/**
 * A flight ended without a result. The action is the signal of its successor, which never departs either. If it died, a
 * failure is left, so that the back-off keeps the next one away (F56).
 */
export const abandoned = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  { died, generation }: { readonly generation: number; readonly died?: FailureEvent<Err> | undefined },
  now: Reading
): Step<Token, Err, Signal, Signal | undefined> => {
  if (state.flightSignal === undefined || state.generation !== generation) return { state, action: undefined }
  const failure = died === undefined ? state.failure : nextFailure(state, died, now)
  return { state: { ...land(state, generation), successorSignal: undefined, failure }, action: state.successorSignal }
}

/** Takes a completed flight out of the state, if it is the newest. */
const land = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  generation: number
): TokenState<Token, Err, Signal> => (state.generation === generation ? { ...state, flightSignal: undefined } : state)

/** What callers get, and the successor, which is created now. */
const complete = <Token, Err, Signal>(
  before: TokenState<Token, Err, Signal>,
  state: TokenState<Token, Err, Signal>,
  refreshed: Outcome<Token, Err>,
  now: Reading,
  settings: RefreshSettings
): Step<Token, Err, Signal, Completion<Token, Err, Signal>> => {
  const old = usable(before, now)
  const held = usable(state, now)
  const action = {
    served: held === undefined ? refreshed : { token: held.token },
    refreshed,
    leftMillis: old === undefined ? undefined : leftMillis(old, now),
    recovered: state.failure === undefined ? before.failure : undefined,
    postponed: undefined
  }
  if (state.flightSignal !== undefined || state.successorSignal === undefined) return { state, action }
  const forced = force({ ...state, successorSignal: undefined }, state.successorSignal, now, settings)
  return { ...forced, action: forced.action.do === "postpone" ? { ...action, postponed: forced.action } : action }
}

// ----- An API rejects a token ----------------------------------------------------------------------------------------

/** Fenced by the token itself: a late rejection of an older one changes nothing (F9, C21). */
export const rejected = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  event: { readonly text: string },
  now: Reading
): Step<Token, Err, Signal, "dropped" | "nothing"> =>
  usable(state, now)?.text === event.text
    ? { state: { ...state, held: undefined, rejected: event.text }, action: "dropped" }
    : { state, action: "nothing" }

// ----- Flights -------------------------------------------------------------------------------------------------------

/** The flight that is there, or a new one that keeps its distance from the one before. */
const joinFlight = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  signal: Signal,
  now: Reading
): { state: TokenState<Token, Err, Signal>; created?: FlightPlan<Signal> } =>
  state.flightSignal === undefined ? createFlight(state, signal, now, spacingLeftMillis(state, now), false) : { state }

/** The newest from here on, whatever older one is still in flight. */
const createFlight = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  signal: Signal,
  now: Reading,
  waitMillis: number,
  forced: boolean
): { state: TokenState<Token, Err, Signal>; created: FlightPlan<Signal> } => {
  const generation = state.generation + 1
  return {
    state: { ...state, generation, departsAt: shifted(now, waitMillis), flightSignal: signal, forced },
    created: { generation, signal, waitMillis }
  }
}

/** Whether the flight has yet to depart: only then may a forced refresh share it (F8). */
export const hasNotDeparted = (state: TokenState<unknown, unknown>, now: Reading): boolean =>
  state.flightSignal !== undefined && elapsedMillis(state.departsAt, now) < 0

/**
 * Whether a flight must not adopt another process's token. A replaced flight never does: `forced` is the newer one's.
 */
export const isForced = (state: TokenState<unknown, unknown>, generation: number): boolean =>
  state.forced || state.generation !== generation

/**
 * How long no request can go out: the back-off, cut short by the departure of a flight that is already planned. Callers
 * do not wait for a planned flight that first waits out a `Retry-After`: that could take two budgets.
 */
const blockedMillis = (state: TokenState<unknown, unknown>, now: Reading, backOff: number): number =>
  state.flightSignal === undefined ? backOff : Math.min(backOff, Math.max(0, -elapsedMillis(state.departsAt, now)))

/**
 * The state without a flight that is older than any flight can be. On edge workers a flight dies with the request that
 * created it, and nothing reports that (F41); a new one may take its place.
 */
export const withoutLostFlight = <Token, Err, Signal>(
  state: TokenState<Token, Err, Signal>,
  now: Reading,
  { onDemand, requestBudgetMillis }: RefreshSettings
): TokenState<Token, Err, Signal> =>
  onDemand && state.flightSignal !== undefined && elapsedMillis(state.departsAt, now) > requestBudgetMillis
    ? { ...state, flightSignal: undefined }
    : state
