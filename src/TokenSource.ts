/** The handle for one set of credentials: a token that works, whenever one is needed. */
import type * as DateTime from "effect/DateTime"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type { AccessToken } from "./AccessToken.js"
import type { TokenError, TokenRequestError } from "./TokenError.js"
import type { TokenFlow } from "./TokenFlow.js"

/**
 * Gives a token that works, for one set of credentials.
 *
 * @see {@link StandardToken} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenSource {
  /** The flow that requests its tokens. */
  readonly flow: TokenFlow
  /**
   * A token that works, never an expired one. While a token works, a caller waits at most `patience`, and only in the
   * token's last minute or, on demand, when the call starts a refresh. Without a token, all callers share one request;
   * during the back-off after a failure they fail immediately.
   */
  readonly get: Effect.Effect<AccessToken, TokenError>
  /**
   * Requests a new token now, even if the current one works, and keeps it: also the way to check the credentials.
   * Shares no request that was sent before the call. Waits out a `Retry-After` that fits into the request budget, and
   * fails at once if it does not fit.
   */
  readonly refresh: Effect.Effect<AccessToken, TokenRequestError>
  /**
   * Reports that an API has rejected a token. If it still is the current one, it is not handed out again; otherwise
   * nothing happens.
   */
  readonly invalidate: (rejected: AccessToken) => Effect.Effect<void>
  /** The state of the token, without touching the network. */
  readonly status: Effect.Effect<TokenStatus>
}

/**
 * The state of one token. It does not contain the token.
 *
 * @see {@link TokenCache} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenStatus {
  /** The label of the flow that was registered last for these credentials. */
  readonly label: string
  /** The flow's name. */
  readonly flow: "standard" | "specialized"
  /**
   * `empty`: no token yet, or it was invalidated. `fresh`: it works. `refreshDue`: it works, and a new one is due.
   * `expiring`: in the last tenth of its life, at most a minute. `expired`: it ran out.
   */
  readonly phase: "empty" | "fresh" | "refreshDue" | "expiring" | "expired"
  /** The time at which the token expires, or has expired. */
  readonly expiresAt: Option.Option<DateTime.Utc>
  /** The time from which the token is due for a refresh. */
  readonly refreshAt: Option.Option<DateTime.Utc>
  /** The end of the back-off after a failed refresh; none while there is no back-off. */
  readonly nextAttemptAt: Option.Option<DateTime.Utc>
  /** The error of the last refresh; none once one has worked. */
  readonly lastFailure: Option.Option<TokenRequestError>
  /** True while a refresh is running. */
  readonly refreshing: boolean
}

/**
 * A stand-in for a source in a test: a token that is always served, an error that always comes, or a source of which
 * only the named parts are given.
 *
 * @see {@link StandardToken.layerTest} for an example
 * @since 0.1.0
 * @category testing
 */
export type TestToken = AccessToken | TokenError | Partial<TokenSource>
