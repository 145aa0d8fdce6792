/**
 * A token source for users' unit tests: no cache, no HTTP, only what the test says.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AccessToken } from "../AccessToken.js"
import type { FlowName } from "../core/tokenRequest.js"
import { isTokenError } from "../TokenError.js"
import { type TokenFlow, TokenKey } from "../TokenFlow.js"
import type { TestToken, TokenSource, TokenStatus } from "../TokenSource.js"
import { withOwnRenewals } from "./renewals.js"

/** Two sources of one test process are no copies of each other, so each has renewals of its own. */
export const makeTestSource = (name: FlowName, token: TestToken): TokenSource =>
  withOwnRenewals(testSourceOf(name, token))

const testSourceOf = (name: FlowName, token: TestToken): TokenSource => {
  if (AccessToken.isAccessToken(token)) {
    const get = Effect.succeed(token)
    return testSource(testFlow(name, get), get, { phase: "fresh", expiresAt: Option.some(token.expiresAt) })
  }
  if (isTokenError(token)) {
    const [reason, known] =
      token._tag === "Expired"
        ? [token.cause, { phase: "expired" as const, expiresAt: Option.some(token.expiredAt) }]
        : [token, {}]
    return testSource(testFlow(name, Effect.fail(reason)), Effect.fail(token), {
      ...known,
      lastFailure: Option.some(reason)
    })
  }
  return {
    ...testSource(token.flow ?? testFlow(name, notGiven("flow")), notGiven("get"), {}),
    refresh: notGiven("refresh"),
    invalidate: () => notGiven("invalidate"),
    ...token
  }
}

const notGiven = (part: keyof TokenSource) =>
  Effect.dieMessage(`layerTest was given a token source without "${part}": give it one if the test needs it`)

const testFlow = (name: FlowName, request: TokenFlow["request"]): TokenFlow => {
  const label = `${name} test`
  // A name that never resolves (RFC 2606): whatever a test does with it, it stays on this machine.
  return { name, label, key: TokenKey(label), baseUrl: new URL("https://vipps.invalid"), request }
}

const testSource = (flow: TokenFlow, get: TokenSource["get"], known: Partial<TokenStatus>): TokenSource => ({
  flow,
  get,
  refresh: flow.request,
  invalidate: () => Effect.void,
  status: Effect.succeed({
    label: flow.label,
    flow: flow.name,
    phase: "empty",
    expiresAt: Option.none(),
    refreshAt: Option.none(),
    nextAttemptAt: Option.none(),
    lastFailure: Option.none(),
    refreshing: false,
    ...known
  })
})
