/**
 * A token source for users' unit tests: no cache, no HTTP, only what the test says.
 */
import type * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AccessToken } from "../AccessToken.js"
import type { FlowName } from "../core/tokenRequest.js"
import { isTokenError, type TokenError, type TokenRequestError } from "../TokenError.js"
import { type TokenFlow, TokenKey } from "../TokenFlow.js"
import type { TestToken, TokenSource, TokenStatus } from "../TokenSource.js"

export const makeTestSource = (name: FlowName, token: TestToken): TokenSource => {
  if (AccessToken.isAccessToken(token)) {
    const flow = testFlow(name, Effect.succeed(token))
    return {
      flow,
      get: Effect.succeed(token),
      refresh: Effect.succeed(token),
      invalidate: () => Effect.void,
      status: Effect.succeed({ ...emptyStatus(flow), phase: "fresh", expiresAt: Option.some(token.expiresAt) })
    }
  }
  if (isTokenError(token)) {
    const requestError = token._tag === "Expired" ? token.cause : token
    const flow = testFlow(name, Effect.fail(requestError))
    return {
      flow,
      get: Effect.fail(token),
      refresh: Effect.fail(requestError),
      invalidate: () => Effect.void,
      status: Effect.succeed({ ...statusOf(flow, token), lastFailure: Option.some(requestError) })
    }
  }
  const flow = token.flow ?? testFlow(name, notGiven("flow"))
  return {
    flow,
    get: notGiven("get"),
    refresh: notGiven("refresh"),
    invalidate: () => notGiven("invalidate"),
    status: Effect.succeed(emptyStatus(flow)),
    ...token
  }
}

const notGiven = (part: keyof TokenSource) =>
  Effect.dieMessage(`layerTest was given a token source without "${part}": give it one if the test needs it`)

const testFlow = (name: FlowName, request: Effect.Effect<AccessToken, TokenRequestError>): TokenFlow => ({
  name,
  label: `${name} test`,
  key: TokenKey(`test ${name}`),
  // A name that never resolves (RFC 2606): whatever a test does with it, it stays on this machine.
  baseUrl: new URL("https://vipps.invalid"),
  request
})

const emptyStatus = (flow: TokenFlow): TokenStatus => ({
  label: flow.label,
  flow: flow.name,
  phase: "empty",
  expiresAt: Option.none(),
  refreshAt: Option.none(),
  nextAttemptAt: Option.none(),
  lastFailure: Option.none(),
  refreshing: false
})

const statusOf = (flow: TokenFlow, error: TokenError): TokenStatus =>
  error._tag === "Expired"
    ? { ...emptyStatus(flow), phase: "expired", expiresAt: Option.some<DateTime.Utc>(error.expiredAt) }
    : emptyStatus(flow)
