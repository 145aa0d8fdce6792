/**
 * How a cache shares tokens with other processes; by default it does not. A store's layer brings the code that shares,
 * so that an application without a store does not load it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
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
  readonly requestedAt: Reading
}

/** Why a flight brings no token. */
export interface NotGranted {
  readonly error: TokenRequestError
  /** The back-off of the process that made the request, if it was another one. */
  readonly backOff?: SharedBackOff | undefined
}

/** The outcome of a flight, or of another process's. */
export type FlightOutcome = Either.Either<Granted, NotGranted>

/** What sharing sees of an entry. */
export interface FlightSubject {
  readonly flow: TokenFlow
  readonly state: Effect.Effect<EntryState>
}

/** One flight's dealings with the other processes. */
export interface FlightSharing {
  /** Returns the token or the failure of another process, or runs `requesting`. */
  readonly request: (requesting: Effect.Effect<Granted, NotGranted>) => Effect.Effect<Granted, NotGranted>
  /** Publishes the outcome, if this flight made the request: `settled` is the state after it. */
  readonly publish: (settled: EntryState, generation: number) => Effect.Effect<void>
}

export interface TokenSharing {
  /**
   * Starts the sharing of one flight. A forced flight ignores the entries of the store. Closing the scope releases the
   * flight's lease, if it has one.
   */
  readonly share: (entry: FlightSubject, forced: boolean) => Effect.Effect<FlightSharing, never, Scope.Scope>
  /** Keeps a rejected token from the other processes. */
  readonly remove: (flow: TokenFlow, rejected: AccessToken) => Effect.Effect<void>
}

const alone: FlightSharing = { request: (requesting) => requesting, publish: () => Effect.void }

/** Each process requests for itself. */
export const unshared: TokenSharing = { share: () => Effect.succeed(alone), remove: () => Effect.void }

/** How the caches of a context share their tokens. */
export class Sharing extends Context.Reference<Sharing>()("effect-vipps-token/Sharing", {
  defaultValue: (): ((clock: CacheClock, requestBudgetMillis: number) => TokenSharing) => () => unshared
}) {}
