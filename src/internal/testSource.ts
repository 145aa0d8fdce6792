/** Token sources for users' unit tests: no cache, no HTTP, only what the test says. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { AccessToken } from "../AccessToken.js"
import type { FlowName } from "../core/tokenRequest.js"
import { isTokenError } from "../TokenError.js"
import { type TokenFlow, TokenKey } from "../TokenFlow.js"
import type { TestToken, TokenSource, TokenStatus } from "../TokenSource.js"

/** A source with a key that no other source has, so that nothing which belongs to a key is shared between tests. */
export const makeTestSource = (name: FlowName, token: TestToken): TokenSource => {
  if (AccessToken.isAccessToken(token)) {
    const get = Effect.succeed(token)
    const flow = testFlow(name, get)
    return sourceOf({
      flow,
      get,
      refresh: get,
      status: testStatus(flow, { phase: "fresh", expiresAt: Option.some(token.expiresAt) })
    })
  }
  if (isTokenError(token)) {
    const isExpired = token._tag === "Expired"
    const reason = isExpired ? token.cause : token
    const refresh = Effect.fail(reason)
    const flow = testFlow(name, refresh)
    return sourceOf({
      flow,
      get: Effect.fail(token),
      refresh,
      status: testStatus(flow, {
        phase: isExpired ? "expired" : "empty",
        expiresAt: isExpired ? Option.some(token.expiredAt) : Option.none(),
        lastFailure: Option.some(reason)
      })
    })
  }
  const flow = token.flow ?? testFlow(name, notGiven("flow"))
  return {
    flow,
    get: token.get ?? notGiven("get"),
    refresh: token.refresh ?? notGiven("refresh"),
    invalidate: token.invalidate ?? (() => notGiven("invalidate")),
    status: token.status ?? testStatus(flow, {})
  }
}

const notGiven = (part: keyof TokenSource) =>
  Effect.dieMessage(`layerTest was given a token source without "${part}": give it one if the test needs it`)

const sourceOf = (parts: Omit<TokenSource, "invalidate">): TokenSource => ({ ...parts, invalidate: () => Effect.void })

const testFlow = (name: FlowName, request: TokenFlow["request"]): TokenFlow => ({
  name,
  label: `${name} test`,
  key: TokenKey(`test ${crypto.randomUUID()}`),
  // A name that never resolves (RFC 2606): whatever a test does with it, it stays on this machine.
  baseUrl: new URL("https://vipps.invalid"),
  request
})

const testStatus = (flow: TokenFlow, known: Partial<TokenStatus>): TokenSource["status"] =>
  Effect.succeed({
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
