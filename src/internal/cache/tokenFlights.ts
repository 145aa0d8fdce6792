/**
 * Flights: the refreshes of a cache. A flight belongs to the cache and not to the caller that created it: it runs in
 * the cache's scope and context, in its own trace, and goes on if a caller is interrupted (F4, F5).
 */
import * as Cause from "effect/Cause"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import type * as Tracer from "effect/Tracer"
import type { AccessToken } from "../../AccessToken.js"
import type { Failure, Reading } from "../../core/tokenPhases.js"
import {
  abandoned,
  type Completion,
  type FailureReport,
  type FlightPlan,
  flightFailed,
  granted,
  isForced,
  type Outcome,
  type Postponement
} from "../../core/tokenState.js"
import type { RefreshPolicyOptions } from "../../RefreshPolicy.js"
import type { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import {
  copyError,
  flowEndedError,
  invalidResponseError,
  severityOf,
  timeoutError,
  withNextAttemptAt
} from "../errors/tokenErrors.js"
import { draw } from "./draw.js"
import { attempts } from "./flightAttempts.js"
import { startBudget } from "./flightBudget.js"
import { makeFlightRunner } from "./flightRunner.js"
import type { FlightOutcome, NotGranted, TokenSharing } from "./sharing.js"
import { completeSignal, type FlightSignal, type Settled, type TokenEntry, type Transition } from "./tokenEntry.js"
import type { TokenRegistry } from "./tokenRegistry.js"
import { failureId, reportCompletion } from "./tokenReports.js"
import { errorOf, instant, requestErrorOf } from "./tokenStatus.js"

export interface TokenFlights {
  /** Takes an entry to its next state, and launches the flight that follows from it. */
  readonly apply: <Action>(
    entry: TokenEntry,
    transition: Transition<Action>,
    options?: LaunchOptions
  ) => Effect.Effect<Action>
  /** Runs something else as flights run: in the cache's scope and context. */
  readonly run: (effect: Effect.Effect<unknown>) => void
}

export interface LaunchOptions {
  /** The caller's span: linked to the flight's, not its parent. */
  readonly span?: Tracer.AnySpan | undefined
  /** Runs when the flight has ended, however it ended. */
  readonly onEnd?: Effect.Effect<void>
}

type KeepAlive = NonNullable<RefreshPolicyOptions["keepAlive"]>
type Plan = FlightPlan<FlightSignal>

export const makeTokenFlights = (
  registry: TokenRegistry,
  sharing: TokenSharing,
  keepAlive: KeepAlive | undefined
): Effect.Effect<TokenFlights, never, Scope.Scope> =>
  Effect.map(makeFlightRunner, (run) => {
    const apply: TokenFlights["apply"] = (entry, transition, options = {}) =>
      Effect.flatMap(registry.transition(entry, transition), ({ action, created }) =>
        created === undefined ? Effect.succeed(action) : Effect.as(launch(entry, created, options), action)
      )

    const launch = (entry: TokenEntry, plan: Plan, options: LaunchOptions): Effect.Effect<void> =>
      Effect.suspend(() => {
        // After the end of the cache no flight departs (F40).
        if (registry.closed) return abandon(entry, plan, Cause.interrupt(FiberId.none))
        const fiber = run(supervised(entry, plan, options))
        return keepAlive !== undefined && registry.settings.onDemand ? keptAlive(keepAlive, fiber) : Effect.void
      })

    /**
     * Runs a flight in its own span and completes the waits of its callers, however it ends. Suspended, so that a flow
     * whose label throws leaves no caller waiting (F56).
     */
    const supervised = (entry: TokenEntry, plan: Plan, { onEnd, span }: LaunchOptions): Effect.Effect<unknown> =>
      Effect.suspend(() =>
        (plan.waitMillis > 0
          ? Effect.delay(flight(entry, plan), Duration.millis(plan.waitMillis))
          : flight(entry, plan)
        ).pipe(
          Effect.tap((settled) => reportCompletion(entry.flow, registry.tags, settled)),
          // So that the span ends as failed.
          Effect.flatMap(({ action: { refreshed } }) =>
            refreshed.failure ? failSpan(refreshed.failure.error) : Effect.void
          ),
          Effect.withSpan("TokenCache.refresh", spanOptions(entry.flow, span))
        )
      ).pipe(
        // Outside of all that can die: the span and the report.
        Effect.ensuring(onEnd ?? Effect.void),
        // A flight that failed has settled its failure; one that was interrupted or died may not have.
        Effect.onError((cause) =>
          Cause.isFailure(cause) ? Effect.void : abandon(entry, plan, Cause.stripFailures(cause))
        ),
        Effect.exit
      )

    const flight = (entry: TokenEntry, plan: Plan): Effect.Effect<Settled> =>
      Effect.gen(function* () {
        const { flow } = entry
        const budget = yield* startBudget(registry.settings.requestBudgetMillis, registry.clock)
        const forced = isForced(yield* Ref.get(entry.state), plan.generation)
        const flightSharing = yield* sharing.share({ flow, state: Ref.get(entry.state) }, forced)
        const outcome = yield* flightSharing.request(attempts(registry, entry, budget)).pipe(
          budget.bound(() => ({ error: timeoutError(flow) })),
          // A defect or an interruption of the request counts as a failure too.
          Effect.catchAllCause((cause) =>
            Effect.fail<NotGranted>(
              Option.getOrElse(Cause.failureOption(cause), () => ({ error: flowEndedError(flow) }))
            )
          ),
          Effect.either
        )
        // Settle and publish uninterruptibly: a short-lived process that exits as soon as it has a token must still
        // have shared it.
        return yield* Effect.uninterruptible(
          Effect.tap(settle(entry, plan, outcome), ({ state }) => flightSharing.publish(state, plan.generation))
        )
      }).pipe(Effect.scoped)

    /**
     * Writes the outcome of the flight into the state, completes the waits of its callers, and launches the successor.
     */
    const settle = (entry: TokenEntry, plan: Plan, outcome: FlightOutcome): Effect.Effect<Settled> =>
      Effect.gen(function* () {
        const completion = completionOf(entry.flow, plan.generation, outcome, yield* draw)
        const settled = yield* registry.transition(entry, completion)
        const { action, created, now, state } = settled
        yield* completeSignal(
          plan.signal,
          exitOf(action.served, (failure) => errorOf(state, failure.error, now)),
          exitOf(action.refreshed, (failure) => requestErrorOf(state, failure.error, now))
        )
        if (action.postponed !== undefined) yield* failPostponed(action.postponed, now)
        if (created !== undefined) yield* launch(entry, created, {})
        if (Either.isLeft(outcome) && outcome.left.error._tag === "RateLimited") {
          const { backOff, error } = outcome.left
          registry.throttle(entry.flow, backOff?.at ?? now, severityOf(error).retryAfterMillis)
        }
        return settled
      })

    /** Ends the waits of the callers of a flight that ends without a result, whatever else fails. */
    const abandon = (entry: TokenEntry, plan: Plan, cause: Cause.Cause<never>): Effect.Effect<void> => {
      const exit = Exit.failCause(cause)
      return Effect.gen(function* () {
        const died = Cause.isInterruptedOnly(cause)
          ? undefined
          : { reported: reportOf(flowEndedError(entry.flow)), random: yield* draw }
        const event = { generation: plan.generation, died }
        const { action: successor } = yield* registry.transition(entry, (state, now) => abandoned(state, event, now))
        if (successor !== undefined) yield* completeSignal(successor, exit, exit)
      }).pipe(Effect.ensuring(completeSignal(plan.signal, exit, exit)))
    }

    return { apply, run }
  })

/** Fails callers of `refresh` at once: the server's `Retry-After` is longer than the budget. */
export const failPostponed = (
  { failure, signal, waitMillis }: Postponement<TokenRequestError, FlightSignal>,
  now: Reading
): Effect.Effect<void> =>
  Effect.asVoid(Deferred.fail(signal.refreshed, withNextAttemptAt(failure.error, instant(now, waitMillis))))

const completionOf = (
  flow: TokenFlow,
  generation: number,
  outcome: FlightOutcome,
  random: number
): Transition<Completion<AccessToken, TokenRequestError, FlightSignal>> =>
  Either.match(outcome, {
    onLeft: ({ backOff, error }) => {
      const event = { generation, random, reported: reportOf(error), backOff }
      return (state, now, settings) => flightFailed(state, event, now, settings)
    },
    onRight: ({ requestedAt, token }) => {
      const lifeMillis = token.expiresAt.epochMillis - token.issuedAt.epochMillis
      const unusable = (problem: "over" | "repeated") => reportOf(invalidResponseError(flow, unusableToken[problem]))
      const grant = { token, text: Redacted.value(token.value), requestedAt, lifeMillis }
      return (state, now, settings) => granted(state, { generation, random, granted: grant, unusable }, now, settings)
    }
  })

const unusableToken = { over: "access_token: is already over", repeated: "access_token: is the same as before" }

/**
 * A copy of the error: Effect ties an error that fails within a span to the span, which would be kept with it (F62).
 */
const reportOf = (error: TokenRequestError): FailureReport<TokenRequestError> => ({
  error: copyError(error, {}),
  ...severityOf(error),
  id: failureId(error)
})

const exitOf = <E>(
  outcome: Outcome<AccessToken, TokenRequestError>,
  error: (failure: Failure<TokenRequestError>) => E
): Exit.Exit<AccessToken, E> =>
  outcome.failure === undefined ? Exit.succeed(outcome.token) : Exit.fail(error(outcome.failure))

/** Ends the span as failed, with the attribute by which OpenTelemetry groups errors. */
const failSpan = (error: TokenRequestError): Effect.Effect<never, TokenRequestError> =>
  Effect.zipRight(Effect.annotateCurrentSpan("error.type", error._tag), Effect.fail(error))

const spanOptions = (flow: TokenFlow, caller: Tracer.AnySpan | undefined): Tracer.SpanOptions => ({
  root: true,
  links: caller === undefined ? [] : [{ _tag: "SpanLink", span: caller, attributes: {} }],
  attributes: { "vipps.flow": flow.name, "vipps.label": flow.label, "vipps.key": flow.key },
  captureStackTrace: false
})

/** Gives `keepAlive` a promise of the flight's end. What it throws is ignored, at once or later (F56). */
const keptAlive = (keepAlive: KeepAlive, flight: Fiber.RuntimeFiber<unknown>): Effect.Effect<void> =>
  Effect.ignore(
    Effect.try(() => {
      const refreshing = new Promise<void>((resolve) => flight.addObserver(() => resolve()))
      Promise.resolve(keepAlive(refreshing)).catch(() => {})
    })
  )
