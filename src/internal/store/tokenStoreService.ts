/** The contract of a token store: the cache calls it, and a custom store implements it. */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { TokenKey } from "../../TokenFlow.js"

/**
 * A command of a store has failed. Callers never see it: the cache logs it, and requests its own token.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category errors
 */
export class TokenStoreError extends Schema.TaggedError<TokenStoreError>("effect-vipps-token/TokenStoreError")(
  "TokenStoreError",
  {
    /** The problem, for a log: never anything that was written or read. */
    problem: Schema.String
  }
) {
  override get message(): string {
    return `The token store ${this.problem}.`
  }
}

/**
 * A token or a failure, as a store keeps it for a key.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface StoredEntry {
  /** The content as it was written: opaque to the store. */
  readonly content: Redacted.Redacted<string>
  /** A text that differs between any two entries of a key. */
  readonly stamp: string
  /** The time for which the store will keep the entry, by the store's own clock. */
  readonly left: Duration.Duration
}

/**
 * The result of a `claim`: a token or a failure that another process wrote, the lease, or that another process owns it.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type StoreClaim<Entry extends StoredEntry = StoredEntry> =
  | { readonly _tag: "Token"; readonly entry: Entry }
  | { readonly _tag: "Failure"; readonly entry: Entry }
  | { readonly _tag: "Leased" }
  | { readonly _tag: "Busy" }

/**
 * The lease of a key: the right to request its token for all processes.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** The owner's name, never used twice. */
  readonly owner: string
  /** The time after which the lease is free again, unless it is renewed. */
  readonly duration: Duration.Duration
}

/**
 * The commands of a store. Each is atomic: two processes never both get the lease. A command that takes longer than
 * 250 ms, fails, throws or returns something else counts as a failure of the store, which is then skipped for 5 to 10
 * seconds.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenStoreService {
  /**
   * Returns the token of the key or else its failure, except for entries whose stamps are `known`. If there is none, it
   * gives the lease, unless another process owns it. A known failure gives way to the lease.
   */
  readonly claim: (
    key: TokenKey,
    lease: Lease,
    known: ReadonlyArray<string>
  ) => Effect.Effect<StoreClaim, TokenStoreError>
  /** Gives the lease, whoever owns it. */
  readonly seize: (key: TokenKey, lease: Lease) => Effect.Effect<void, TokenStoreError>
  /** Restarts the duration of the lease. Returns false, and does nothing, if the lease has another owner or none. */
  readonly renew: (key: TokenKey, lease: Lease) => Effect.Effect<boolean, TokenStoreError>
  /** Writes the token and ends the lease. Returns false, and does nothing, if the lease has another owner or none. */
  readonly write: (
    key: TokenKey,
    owner: string,
    content: Redacted.Redacted<string>,
    timeToLive: Duration.Duration
  ) => Effect.Effect<boolean, TokenStoreError>
  /** Replaces the lease by a failure. Returns false, and does nothing, if the lease has another owner or none. */
  readonly writeFailure: TokenStoreService["write"]
  /** Ends the lease, if it is this owner's. */
  readonly release: (key: TokenKey, owner: string) => Effect.Effect<void, TokenStoreError>
  /** Returns the token of the key. */
  readonly read: (key: TokenKey) => Effect.Effect<Option.Option<StoredEntry>, TokenStoreError>
  /** Removes the token of the key, if it has this stamp. */
  readonly remove: (key: TokenKey, stamp: string) => Effect.Effect<void, TokenStoreError>
}
