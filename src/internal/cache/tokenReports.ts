/**
 * What a cache says about itself: metrics, and logs at the level of their weight. No secret in any of them, and nothing
 * of it on the hot path.
 */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as LogLevel from "effect/LogLevel"
import * as Metric from "effect/Metric"
import * as MetricBoundaries from "effect/MetricBoundaries"
import * as MetricLabel from "effect/MetricLabel"
import type { AccessToken } from "../../AccessToken.js"
import { isTransient, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"

const requests = Metric.counter("vipps_token_requests", {
  description: "Token requests, by flow and outcome: Granted, or the tag of the error"
})

const refreshFailures = Metric.counter("vipps_token_refresh_failures", {
  description: "Refreshes that failed with all their attempts, by flow"
})

const secondsLeft = Metric.histogram(
  "vipps_token_seconds_left_at_refresh",
  MetricBoundaries.fromIterable([0, 10, 60, 300, 900, 3600, 10_800, 21_600]),
  "How many seconds the old token still worked when the new one was there"
)

const keysHeld = Metric.gauge("vipps_token_keys", { description: "Keys held by token caches" })

/** A metric with its tags takes microseconds to make. */
const tagged = new Map<string, Metric.Metric.Counter<number>>()

/** Counts one token request. */
export const countRequest = (flow: TokenFlow, outcome: TokenRequestError["_tag"] | "Granted"): Effect.Effect<void> => {
  const name = `${flow.name} ${outcome}`
  const known = tagged.get(name)
  if (known !== undefined) return Metric.increment(known)
  const labels = [MetricLabel.make("flow", flow.name), MetricLabel.make("outcome", outcome)]
  const made = Metric.taggedWithLabels(requests, labels)
  tagged.set(name, made)
  return Metric.increment(made)
}

/** Counts keys that came or went. */
export const countKeys = (difference: number): void => keysHeld.unsafeModify(difference, [])

/** A refresh failed: how bad that is depends on whether callers notice, and on whether time mends it. */
export const reportFailure = (flow: TokenFlow, error: TokenRequestError, served: boolean): Effect.Effect<void> => {
  const consequence = served ? "The current token is served on." : "There is no token to serve."
  const log = isTransient(error) && served ? Effect.logWarning : Effect.logError
  return Metric.update(Metric.tagged(refreshFailures, "flow", flow.name), 1).pipe(
    Effect.zipRight(log(`Vipps token refresh failed. ${consequence} ${error.message}`)),
    annotated(flow)
  )
}

/** A refresh brought a token, `leftMillis` before the old one ran out. */
export const reportToken = (flow: TokenFlow, token: AccessToken, leftMillis: number | undefined): Effect.Effect<void> =>
  Effect.whenLogLevel(obtained(flow, token), LogLevel.Debug).pipe(
    Effect.zipRight(leftMillis === undefined ? Effect.void : Metric.update(secondsLeft, Math.floor(leftMillis / 1000)))
  )

const obtained = (flow: TokenFlow, token: AccessToken) =>
  Effect.suspend(() =>
    Effect.logDebug(`Vipps token obtained. It works until ${DateTime.formatIso(token.expiresAt)}.`)
  ).pipe(annotated(flow))

const annotated = (flow: TokenFlow) => Effect.annotateLogs({ "vipps.flow": flow.name, "vipps.label": flow.label })
