/**
 * What a store of shared tokens does, as the cache asks it and as a store of one's own implements it.
 */
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { TokenKey } from "../../TokenFlow.js"

/**
 * A store did not do what it was asked. Never reaches a caller who wants a token: the cache notes it, and asks Vipps.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category errors
 */
export class TokenStoreError extends Schema.TaggedError<TokenStoreError>("effect-vipps-token/TokenStoreError")(
  "TokenStoreError",
  {
    /** What is wrong, for a log; never what was written or read. */
    problem: Schema.String
  }
) {
  override get message(): string {
    return `The token store ${this.problem}.`
  }
}

/**
 * Something that a store holds for a key.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface StoredEntry {
  /** What was written. */
  readonly content: Redacted.Redacted<string>
  /** What tells this entry from every other of its key. */
  readonly stamp: string
  /** How long the store will still keep it, by the store's own clock. */
  readonly left: Duration.Duration
}

/**
 * What came of a `claim`: a token or a failure that another process wrote, the lease, or another's lease.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type StoreClaim =
  | { readonly _tag: "Token"; readonly entry: StoredEntry }
  | { readonly _tag: "Failure"; readonly entry: StoredEntry }
  | { readonly _tag: "Leased" }
  | { readonly _tag: "Busy" }

/**
 * Who wants the lease of a key, and for how long unless it is renewed.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface Lease {
  /** Never the same twice. */
  readonly owner: string
  /** After so long without a `renew` the lease is free again. */
  readonly duration: Duration.Duration
}

/**
 * What a store does. Every operation is atomic: two processes never both get the lease.
 *
 * @see {@link TokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenStoreService {
  /**
   * What the store holds for the key, the token before the failure, but for entries whose stamps are `known`; where
   * there is none, the lease, unless another has it. A failure gives way to the lease when it is known.
   */
  readonly claim: (
    key: TokenKey,
    lease: Lease,
    known: ReadonlyArray<string>
  ) => Effect.Effect<StoreClaim, TokenStoreError>
  /** Takes the lease, whoever has it. */
  readonly seize: (key: TokenKey, lease: Lease) => Effect.Effect<void, TokenStoreError>
  /** Makes the lease last from now on; false where it is not the owner's any more. */
  readonly renew: (key: TokenKey, lease: Lease) => Effect.Effect<boolean, TokenStoreError>
  /** Writes the token and gives the lease back; false, and nothing is done, where it is not the owner's any more. */
  readonly write: (
    key: TokenKey,
    owner: string,
    content: Redacted.Redacted<string>,
    timeToLive: Duration.Duration
  ) => Effect.Effect<boolean, TokenStoreError>
  /** Puts a failure in the place of the lease; false, and nothing is done, where it is not the owner's any more. */
  readonly writeFailure: (
    key: TokenKey,
    owner: string,
    content: Redacted.Redacted<string>,
    timeToLive: Duration.Duration
  ) => Effect.Effect<boolean, TokenStoreError>
  /** Gives the lease back, if it is the owner's. */
  readonly release: (key: TokenKey, owner: string) => Effect.Effect<void, TokenStoreError>
  /** The token of the key. */
  readonly read: (key: TokenKey) => Effect.Effect<Option.Option<StoredEntry>, TokenStoreError>
  /** Removes the token of the key, if it has this stamp. */
  readonly remove: (key: TokenKey, stamp: string) => Effect.Effect<void, TokenStoreError>
}
