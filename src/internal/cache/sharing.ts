/**
 * What a cache knows of the other processes: nothing, unless a store says how its tokens are shared. The code that shares
 * comes with the store's layer, so that nobody without a store has to load it.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { AccessToken } from "../../AccessToken.js"
import type { Failure, Reading } from "../../core/tokenState.js"
import type { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { KeyState, TokenEntry } from "./tokenEntry.js"
import type { TokenEntries } from "./tokenRegistry.js"

/** What a flight brings: a token, and when it was asked for. */
export interface Granted {
  readonly token: AccessToken
  readonly askedAt: Reading
}

/** Why a flight brings nothing. `noted`: how another process, the one that has asked, took note of it. */
export interface Refused {
  readonly error: TokenRequestError
  readonly noted?: Failure<TokenRequestError>
}

/** What one flight has to do with the other processes. */
export interface FlightShare {
  /** The token or the failure of another process, or what `asking` brings. */
  readonly ask: (asking: Effect.Effect<Granted, Refused>) => Effect.Effect<Granted, Refused>
  /** Tells the others what the flight has come to, if it was the one to ask: the state is the one it left. */
  readonly tell: (settled: KeyState, generation: number) => Effect.Effect<void>
  /** The flight has ended, whatever it came to: gives back what it still has of the store. */
  readonly leave: Effect.Effect<void>
}

export interface SharedTokens {
  /** A forced flight goes past what the store holds. */
  readonly share: (entry: TokenEntry, forced: boolean) => Effect.Effect<FlightShare>
  /** A rejected token is not handed on to others. */
  readonly remove: (flow: TokenFlow, rejected: AccessToken) => Effect.Effect<void>
}

const alone: FlightShare = { ask: (asking) => asking, tell: () => Effect.void, leave: Effect.void }

/** Every process for itself. */
export const unshared: SharedTokens = { share: () => Effect.succeed(alone), remove: () => Effect.void }

/** How the caches of a context share their tokens. */
export class Sharing extends Context.Reference<Sharing>()("effect-vipps-token/Sharing", {
  defaultValue: (): ((entries: TokenEntries) => SharedTokens) => () => unshared
}) {}
