/**
 * The metrics and logs of a cache, each log at the level of its severity. No secret is in any of them, and none is
 * written on the hot path. If a metric or a logger throws, only its own record is lost (F56).
 */
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricLabel from "effect/MetricLabel"
import * as Option from "effect/Option"
import type { AccessToken } from "../../AccessToken.js"
import { elapsedMillis, type Failure, type Reading } from "../../core/tokenPhases.js"
import { isTransient, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { ignoringDefects } from "../effect/ignoringDefects.js"
import type { CacheClock } from "./cacheClock.js"
import type { Settled } from "./tokenEntry.js"
import { requestErrorOf } from "./tokenStatus.js"

const requests = Metric.counter("vipps_token_requests", {
  description:
    "Token requests, by flow, label and outcome: Granted, the tag of the error, or Interrupted by the end of the budget"
})

const requestSeconds = Metric.histogram(
  "vipps_token_request_seconds",
  MetricBoundaries.fromIterable([0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]),
  "How many seconds a token request took"
)

const refreshFailures = Metric.counter("vipps_token_refresh_failures", {
  description: "Refreshes that failed with all their attempts, by flow and label"
})

const secondsLeft = Metric.histogram(
  "vipps_token_seconds_left_at_refresh",
  MetricBoundaries.fromIterable([0, 10, 60, 300, 900, 3600, 10_800, 21_600]),
  "How many seconds the old token still worked when the new one was there"
)

const keysHeld = Metric.gauge("vipps_token_keys", { description: "Sets of credentials whose tokens are cached" })

/** Counts entries that were added or removed. */
export const countKeys = (difference: number): void => keysHeld.unsafeModify(difference, [])

/** Counts one token request and measures its time, even if the flight's budget or the end of the cache cuts it off. */
export const measured =
  (flow: TokenFlow, { clock, tags }: { readonly clock: CacheClock; readonly tags: FlowTags }) =>
  <A>(request: Effect.Effect<A, TokenRequestError>): Effect.Effect<A, TokenRequestError> =>
    Effect.suspend(() => {
      const sentAt = clock.read()
      return Effect.onExit(request, (exit) =>
        Effect.suspend(() => {
          const labels = [...tags(flow), MetricLabel.make("outcome", outcomeOf(exit))]
          const seconds = elapsedMillis(sentAt, clock.read()) / 1000
          return Effect.zipRight(
            Metric.increment(Metric.taggedWithLabels(requests, labels)),
            Metric.update(Metric.taggedWithLabels(requestSeconds, [...labels, secondsUnit]), seconds)
          )
        }).pipe(ignoringDefects)
      )
    })

const outcomeOf = (exit: Exit.Exit<unknown, TokenRequestError>): string =>
  Exit.isSuccess(exit)
    ? "Granted"
    : Option.match(Cause.failureOption(exit.cause), { onNone: () => "Interrupted", onSome: ({ _tag }) => _tag })

const secondsUnit = MetricLabel.make("unit", "s")

/** Metrics are never forgotten, so no more labels than these are told apart. */
const mostLabels = 100

const labelsSeen = new Set<string>()

export type FlowTags = (flow: TokenFlow) => ReadonlyArray<MetricLabel.MetricLabel>

export const flowTags =
  (labelMetrics: boolean): FlowTags =>
  ({ label, name }) => {
    const flow = MetricLabel.make("flow", name)
    if (!labelMetrics) return [flow]
    if (labelsSeen.size < mostLabels) labelsSeen.add(label)
    return [flow, MetricLabel.make("label", labelsSeen.has(label) ? label : "other")]
  }

export const reportCompletion = (flow: TokenFlow, tags: FlowTags, settled: Settled): Effect.Effect<void> =>
  Effect.suspend(() => {
    const { leftMillis, recovered, refreshed } = settled.action
    const reports =
      refreshed.failure === undefined
        ? [
            Effect.whenLogLevel(obtained(refreshed.token), LogLevel.Debug),
            leftMillis === undefined
              ? Effect.void
              : Metric.update(Metric.taggedWithLabels(secondsLeft, [secondsUnit]), Math.floor(leftMillis / 1000)),
            recovered === undefined || isCallersOwn(recovered, settled)
              ? Effect.void
              : reportRecovery(recovered, settled.now)
          ]
        : [
            Metric.update(Metric.taggedWithLabels(refreshFailures, tags(flow)), 1),
            isLogged(refreshed.failure, settled.before.failure) ? logFailure(refreshed.failure, settled) : Effect.void
          ]
    return annotated(flow)(Effect.all(reports, { discard: true }))
  }).pipe(ignoringDefects)

const obtained = (token: AccessToken): Effect.Effect<void> =>
  Effect.suspend(() => Effect.logDebug(`Vipps token obtained. It works until ${DateTime.formatIso(token.expiresAt)}.`))

/** How bad a failure is depends on whether callers notice, and on whether it passes by itself. */
const logFailure = (failure: Failure<TokenRequestError>, settled: Settled): Effect.Effect<void> => {
  const { leftMillis } = settled.action
  const error = requestErrorOf(settled.state, failure.error, settled.now)
  const served = leftMillis !== undefined
  const consequence = served ? "The current token stays in use." : "There is no token to serve."
  const repeated = failure.inARow === 1 ? "." : ` ${failure.inARow} times in a row.`
  const log = isCallersOwn(failure, settled)
    ? Effect.logDebug
    : isTransient(error) && served
      ? Effect.logWarning
      : Effect.logError
  return Effect.annotateLogs(log(`Vipps token refresh failed${repeated} ${consequence} ${error.message}`), {
    "vipps.error": error._tag,
    ...Option.getOrUndefined(
      Option.map(error.nextAttemptAt, (at) => ({ "vipps.nextAttemptAt": DateTime.formatIso(at) }))
    )
  })
}

/**
 * Tells whether this is the first failure of a key that never had a token. A caller started that flight and gets its
 * error, so an error log would only repeat it. The next failure is logged.
 */
const isCallersOwn = ({ inARow }: Failure<unknown>, { before }: Settled): boolean =>
  inARow === 1 && before.held === undefined && before.rejected === undefined

/**
 * Failures in a row are logged at growing intervals: the 1st, 2nd, 4th, 8th … of them, and the 1st, 2nd, 4th, 8th …
 * change of the reason (F43). Those without a token to serve count by themselves: the first one is what to alert on.
 */
const isLogged = (failure: Failure<unknown>, before: Failure<unknown> | undefined): boolean => {
  const { changes, inARow, unserved } = failure
  return isPowerOfTwo(unserved === 0 ? inARow : unserved) || (changes !== before?.changes && isPowerOfTwo(changes))
}

const isPowerOfTwo = (n: number): boolean => Number.isInteger(Math.log2(n))

const reportRecovery = ({ since }: Failure<TokenRequestError>, now: Reading): Effect.Effect<void> =>
  Effect.logWarning(
    `Vipps token refresh works again. It had failed for ${Duration.format(Duration.seconds(Math.ceil(elapsedMillis(since, now) / 1000)))}.`
  )

const annotated = (flow: TokenFlow) =>
  Effect.annotateLogs({ "vipps.flow": flow.name, "vipps.label": flow.label, "vipps.key": flow.key })

/** Two failures are the same if this text is. */
export const failureId = (error: TokenRequestError): string => {
  switch (error._tag) {
    case "InvalidCredentials":
      return `${error._tag} ${error.key} ${error.status}`
    case "RequestRejected":
      return `${error._tag} ${error.status}`
    case "Unavailable":
      return `${error._tag} ${error.reason} ${Option.getOrElse(error.code, () => "")}`
    case "InvalidResponse":
      return `${error._tag} ${error.problem}`
    case "RateLimited":
      return error._tag
  }
}
