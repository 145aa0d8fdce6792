/**
 * The port to other processes: nothing, unless a store says how tokens are shared. The code that shares comes with the
 * store's layer, so that an application without a store does not load it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { AccessToken } from "../../AccessToken.js"
import type { Reading, SharedBackOff } from "../../core/tokenPhases.js"
import type { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { CacheClock } from "./cacheClock.js"
import type { EntryState } from "./tokenEntry.js"

/** A token, and when it was requested. */
export interface Granted {
  readonly token: AccessToken
  readonly askedAt: Reading
}

/** Why a flight brings no token. */
export interface FailedRequest {
  readonly error: TokenRequestError
  /** From the process that made the request, if it was another one. */
  readonly shared?: SharedBackOff | undefined
}

/** What sharing sees of an entry. */
export interface SharedKey {
  readonly flow: TokenFlow
  readonly state: Effect.Effect<EntryState>
}

/** One flight's dealings with the other processes. */
export interface FlightSharing {
  /** Returns the token or the failure of another process, or runs `requesting`. */
  readonly request: (requesting: Effect.Effect<Granted, FailedRequest>) => Effect.Effect<Granted, FailedRequest>
  /** Publishes the outcome, if this flight made the request: `settled` is the state after it. */
  readonly publish: (settled: EntryState, generation: number) => Effect.Effect<void>
}

export interface TokenSharing {
  /** A forced flight ignores the entries of the store. The lease that it takes is released with the scope. */
  readonly share: (key: SharedKey, forced: boolean) => Effect.Effect<FlightSharing, never, Scope.Scope>
  /** Keeps a rejected token from the other processes. */
  readonly remove: (key: SharedKey, rejected: AccessToken) => Effect.Effect<void>
}

const alone: FlightSharing = { request: (requesting) => requesting, publish: () => Effect.void }

/** Each process requests for itself. */
export const unshared: TokenSharing = { share: () => Effect.succeed(alone), remove: () => Effect.void }

/** How the caches of a context share their tokens. */
export class Sharing extends Context.Reference<Sharing>()("effect-vipps-token/Sharing", {
  defaultValue: (): ((clock: CacheClock) => TokenSharing) => () => unshared
}) {}
