/** What callers see of an entry: its status, and its failure as an error. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import type { AccessToken } from "../../AccessToken.js"
import { backOffLeftMillis, leftMillis, phaseOf, type Reading, type TokenState } from "../../core/tokenPhases.js"
import { type RefreshSettings, withoutLostFlight } from "../../core/tokenState.js"
import { Expired, isTransient, type TokenError, type TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { TokenStatus } from "../../TokenSource.js"
import { flowFields, withNextAttemptAt } from "../errors/tokenErrors.js"

type State = TokenState<AccessToken, TokenRequestError>

/** The error of a caller without a token: `Expired` if the last token ran out for a passing reason. */
export const errorOf = (state: State, error: TokenRequestError, now: Reading): TokenError => {
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
export const requestErrorOf = (state: State, error: TokenRequestError, now: Reading): TokenRequestError => {
  const backOff = backOffLeftMillis(state, now)
  return backOff > 0 ? withNextAttemptAt(error, instant(now, backOff)) : error
}

export const instant = (now: Reading, inMillis: number): DateTime.Utc =>
  DateTime.unsafeMake(Math.ceil(now.wallMillis + inMillis))

export const statusOf = (flow: TokenFlow, found: State, now: Reading, settings: RefreshSettings): TokenStatus => {
  const state = withoutLostFlight(found, now, settings)
  const held = Option.fromNullable(state.held)
  const backOff = state.flightSignal === undefined ? backOffLeftMillis(state, now) : 0
  return {
    ...flowFields(flow),
    phase: phaseOf(state, now),
    expiresAt: Option.map(held, ({ token }) => token.expiresAt),
    refreshAt: Option.map(held, (held) =>
      DateTime.unsafeMake(Math.round(now.wallMillis + leftMillis(held, now) - held.lifeMillis + held.refreshAgeMillis))
    ),
    nextAttemptAt: backOff > 0 ? Option.some(instant(now, backOff)) : Option.none(),
    lastFailure: Option.map(Option.fromNullable(state.failure), ({ error }) => error),
    refreshing: state.flightSignal !== undefined
  }
}
