/**
 * Flights: the refreshes of a cache. A flight belongs to the cache and not to the caller that began it: it runs in the
 * cache's runtime and scope, in a trace of its own, and whoever is interrupted, it goes on (F4, F5).
 */
import * as Cause from "effect/Cause"
import type * as Context from "effect/Context"
import * as DateTime from "effect/DateTime"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Runtime from "effect/Runtime"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../AccessToken.js"
import { refreshAgeMillis, retryDelayMillis } from "../core/refreshPolicy.js"
import {
  abandon,
  beginFlight,
  fail,
  type HeldToken,
  install,
  judgeToken,
  leftMillis,
  type Reading,
  retryAfterLeftMillis,
  spacingLeftMillis,
  usable
} from "../core/tokenState.js"
import type { RefreshPolicy } from "../RefreshPolicy.js"
import { InvalidResponse, isTransient, type TokenRequestError, Unavailable } from "../TokenError.js"
import type { TokenFlow } from "../TokenFlow.js"
import { withNextAttemptAt } from "./nextAttempt.js"
import type { Granted, Refused, SharedTokens } from "./sharedTokens.js"
import type { TokenEntries } from "./tokenEntries.js"
import { errorOf, type KeyState, RunningFlight, requestErrorOf, type TokenEntry } from "./tokenEntry.js"
import { countRequest, reportFailure, reportToken } from "./tokenReports.js"
import { severityOf } from "./tokenSeverity.js"

/** The span of the caller that began a flight: linked, not its parent. */
export type StartedBy = Option.Option<Tracer.AnySpan>

/** A flight that was written into a state, and the effect that lets it fly. */
export interface Begun {
  readonly flight: RunningFlight
  readonly start: Effect.Effect<void>
  readonly state: KeyState
}

export interface TokenFlights {
  /** Begins a flight, within `TokenEntries.change`, for callers or for the refresh fiber. */
  readonly begin: (entry: TokenEntry, state: KeyState, now: Reading, startedBy: StartedBy, onEnd?: OnEnd) => Begun
  /** Begins a forced flight, within `TokenEntries.change`: it knows no hold, but it obeys a `Retry-After`. */
  readonly force: (
    entry: TokenEntry,
    state: KeyState,
    now: Reading,
    startedBy: StartedBy,
    refreshed: Refreshed
  ) => Omit<Begun, "flight">
}

export type Refreshed = Deferred.Deferred<AccessToken, TokenRequestError>

/** Is told when a flight has ended, whatever it came to. */
export type OnEnd = () => void

export const makeTokenFlights = (
  entries: TokenEntries,
  policy: Context.Tag.Service<typeof RefreshPolicy>,
  shared: SharedTokens,
  runtime: Runtime.Runtime<never>,
  scope: Scope.Scope
): TokenFlights => {
  const budgetMillis = Duration.toMillis(policy.requestBudget)

  /** Asks until there is a token, the failure is final, or the next attempt would not fit into the budget. */
  const attempts = (entry: TokenEntry, budgetEnds: number, failed: number): Effect.Effect<Granted, TokenRequestError> =>
    Effect.flatMap(request(entry), (answer) =>
      Effect.gen(function* () {
        yield* countRequest(entry.flow, answer)
        if (Either.isRight(answer)) return answer.right
        const now = entries.now()
        const state = yield* entry.state
        // One attempt is enough where nobody waits for its outcome: the hold decides when to try again.
        if (usable(state, now) !== undefined || !isTransient(answer.left)) return yield* answer
        const delay = retryDelayMillis(severityOf(answer.left), failed, yield* Random.next)
        if (now.monotonicMillis + delay >= budgetEnds) return yield* answer
        yield* Effect.sleep(Duration.millis(delay))
        return yield* attempts(entry, budgetEnds, failed + 1)
      })
    )

  /** One token request, whatever the flow does: a defect or an interruption of its own is a failed attempt too (F6, F11). */
  const request = (entry: TokenEntry): Effect.Effect<Either.Either<Granted, TokenRequestError>> =>
    Effect.suspend(() => {
      const flow = entry.flow
      const askedAt = entries.clock.read()
      return Effect.map(Effect.exit(Effect.suspend(() => flow.request)), (exit) =>
        Exit.match(exit, {
          onSuccess: (token) => Either.right({ token, askedAt: notAfter(askedAt, token.issuedAt.epochMillis) }),
          onFailure: (cause) =>
            Either.left(
              Option.getOrElse(
                Cause.failureOption(cause),
                () => new InvalidResponse({ ...sourceOf(flow), problem: "the flow ended without an answer" })
              )
            )
        })
      )
    })

  const overBudget = (flow: TokenFlow): Refused => ({
    error: new Unavailable({ ...sourceOf(flow), reason: "timeout" })
  })

  const fly = (
    entry: TokenEntry,
    flight: RunningFlight,
    waitMillis: number,
    startedBy: StartedBy,
    forced: boolean,
    onEnd?: OnEnd
  ) =>
    Effect.gen(function* () {
      if (waitMillis > 0) yield* Effect.sleep(Duration.millis(waitMillis))
      const budgetEnds = entries.now().monotonicMillis + budgetMillis
      const share = yield* shared.share(entry, forced)
      const outcome = yield* Effect.mapError(attempts(entry, budgetEnds, 0), (error): Refused => ({ error })).pipe(
        share.ask,
        // A flow that cannot be interrupted must not hold its callers up (F7).
        Effect.disconnect,
        Effect.timeoutFail({ duration: policy.requestBudget, onTimeout: () => overBudget(entry.flow) }),
        Effect.either
      )
      const random = yield* Random.next
      // Both, or neither: a process that ends with its first token has made it for the others as well.
      yield* Effect.uninterruptible(
        Effect.flatMap(settle(entry, flight, outcome, random), (settled) => share.tell(settled, flight.generation))
      )
    }).pipe(
      Effect.scoped,
      // Only the end of the cache interrupts a flight. The cache no longer knows an entry that was forgotten meanwhile.
      Effect.onInterrupt(() => entry.release),
      // Even where a logger throws: its place would be lost to the refresh fiber for good (F11).
      Effect.ensuring(Effect.sync(() => onEnd?.())),
      Effect.withSpan("TokenCache.refresh", {
        root: true,
        links: Option.toArray(Option.map(startedBy, (span) => ({ _tag: "SpanLink", span, attributes: {} }) as const)),
        attributes: { "vipps.flow": entry.flow.name, "vipps.label": entry.flow.label }
      })
    )

  /**
   * Writes what the flight came to into the state, tells all who wait, and begins the flight that waits for its end.
   * Answers the state that the flight itself leaves.
   */
  const settle = (
    entry: TokenEntry,
    flight: RunningFlight,
    outcome: Either.Either<Granted, Refused>,
    random: number
  ): Effect.Effect<KeyState> =>
    Effect.gen(function* () {
      const settled = yield* entries.change(entry, (before, now) => {
        if (entry.flight === flight) entry.flight = undefined
        if (Either.isLeft(outcome) && outcome.left.error._tag === "RateLimited") {
          entries.throttle(entry.flow, now, severityOf(outcome.left.error).retryAfterMillis)
        }
        const [result, state] = settleIn(entry.flow, before, now, flight.generation, outcome, policy.softWindow, random)
        const told = Either.mapLeft(result, (error) => requestErrorOf(state, error, now))
        const served = Either.orElse(result, (error) => {
          const held = usable(state, now)
          return held === undefined ? Either.left(errorOf(state, error, now)) : Either.right(held.token)
        })
        const successor = entry.flight === undefined ? entry.successor : undefined
        if (successor === undefined) return [{ told, served, before, state, now, next: Effect.void }, state]
        entry.successor = undefined
        const forced = force(entry, state, now, Option.none(), successor)
        return [{ told, served, before, state, now, next: forced.start }, forced.state]
      })
      yield* Deferred.done(flight.served, Exit.fromEither(settled.served))
      yield* Deferred.done(flight.refreshed, Exit.fromEither(settled.told))
      yield* settled.next
      const old = usable(settled.before, settled.now)
      yield* Either.match(settled.told, {
        onLeft: (error) => reportFailure(entry.flow, error, old !== undefined),
        onRight: (token) => reportToken(entry.flow, token, old && leftMillis(old, settled.now))
      })
      return settled.state
    })

  const launch = (
    entry: TokenEntry,
    state: KeyState,
    now: Reading,
    waitMillis: number,
    flightOf: (generation: number) => RunningFlight,
    startedBy: StartedBy,
    forced: boolean,
    onEnd?: OnEnd
  ): Begun => {
    const next = beginFlight(state, now, waitMillis)
    const flight = flightOf(next.flight.generation)
    entry.flight = flight
    const start = Effect.suspend(() => {
      // A closed scope would not keep it from flying (F40).
      if (entries.closed) return entry.release
      const flying = Effect.interruptible(fly(entry, flight, waitMillis, startedBy, forced, onEnd))
      const fiber = Runtime.runFork(runtime)(flying, { scope })
      if (policy.mode === "onDemand") policy.keepAlive?.(new Promise((resolve) => fiber.addObserver(() => resolve())))
      return Effect.void
    })
    return { flight, start, state: next }
  }

  const begin: TokenFlights["begin"] = (entry, state, now, startedBy, onEnd) =>
    launch(
      entry,
      state,
      now,
      spacingLeftMillis(state, now),
      (generation) => new RunningFlight(generation),
      startedBy,
      false,
      onEnd
    )

  const force: TokenFlights["force"] = (entry, state, now, startedBy, refreshed) => {
    const waitMillis = retryAfterLeftMillis(state, now)
    if (waitMillis > budgetMillis && state.failure !== undefined) {
      const nextAttemptAt = DateTime.unsafeMake(Math.ceil(now.wallMillis + waitMillis))
      return { state, start: Deferred.fail(refreshed, withNextAttemptAt(state.failure.error, nextAttemptAt)) }
    }
    const flightOf = (generation: number) => new RunningFlight(generation, refreshed)
    return launch(entry, state, now, waitMillis, flightOf, startedBy, true)
  }

  return { begin, force }
}

/** What a flight's outcome makes of a state, and what those who asked for this very flight are told. */
const settleIn = (
  flow: TokenFlow,
  state: KeyState,
  now: Reading,
  generation: number,
  outcome: Either.Either<Granted, Refused>,
  softWindow: number,
  random: number
): readonly [Either.Either<AccessToken, TokenRequestError>, KeyState] => {
  const failed = ({ error, noted }: Refused) =>
    [Either.left(error), fail(state, generation, noted ?? { error, ...severityOf(error), at: now, random })] as const
  if (Either.isLeft(outcome)) return failed(outcome.left)
  const candidate = heldToken(outcome.right, generation, softWindow, random)
  switch (judgeToken(state, candidate, now)) {
    case "installed":
      return [Either.right(candidate.token), install(state, candidate)]
    case "outdated":
      return [Either.right(state.held?.token ?? candidate.token), abandon(state, generation)]
    case "over":
      return failed({ error: new InvalidResponse({ ...sourceOf(flow), problem: "access_token: is already over" }) })
    case "repeated":
      return failed({
        error: new InvalidResponse({ ...sourceOf(flow), problem: "access_token: is the same as before" })
      })
  }
}

const heldToken = (
  { askedAt, token }: Granted,
  generation: number,
  softWindow: number,
  random: number
): HeldToken<AccessToken> => {
  const lifeMillis = token.expiresAt.epochMillis - token.issuedAt.epochMillis
  return {
    token,
    text: Redacted.value(token.value),
    askedAt,
    lifeMillis,
    refreshAgeMillis: refreshAgeMillis(lifeMillis, softWindow, random),
    generation
  }
}

/** A flow of the user's own may hand out a token that was asked for earlier: its age counts from there. */
const notAfter = (askedAt: Reading, issuedAtMillis: number): Reading => {
  const earlier = Math.max(0, askedAt.wallMillis - issuedAtMillis)
  return earlier === 0
    ? askedAt
    : { wallMillis: askedAt.wallMillis - earlier, monotonicMillis: askedAt.monotonicMillis - earlier }
}

const sourceOf = (flow: TokenFlow) => ({ flow: flow.name, label: flow.label })
