/**
 * Tokens shared by many processes: a fleet makes one token request for each key and refresh, not one for each process.
 *
 * A store saves requests, and nothing depends on it: where it is down, slow or full of rubbish, every process asks for
 * itself. It does not decide when a token is refreshed (`TokenCache` does), and what is written to it is opaque to it.
 *
 * @since 0.1.0
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { Sharing } from "./internal/cache/sharing.js"
import { memoryStore } from "./internal/store/memoryStore.js"
import { sharedThrough } from "./internal/store/sharedFlights.js"
import type { TokenKey } from "./TokenFlow.js"

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

const makeMemory: Effect.Effect<TokenStoreService> = Effect.map(Effect.clock, memoryStore)

const layer = (store: TokenStoreService): Layer.Layer<never> =>
  Layer.succeed(Sharing, (entries) => sharedThrough(store, entries))

const layerMemory: Layer.Layer<never> = Layer.unwrapEffect(Effect.map(makeMemory, layer))

/**
 * The store that a `TokenCache` shares its tokens through. Without one every process is for itself. Provide its layer
 * *below* the token's layer: beside it, it is not seen.
 *
 * `RedisTokenStore`, from `effect-vipps-token/RedisTokenStore`, is the one for a fleet.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardToken, TokenStore } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * // Two caches, as two processes have them, and one store.
 * const program = Effect.gen(function* () {
 *   const token = Effect.flatMap(StandardToken, (source) => source.get)
 *   const cache = Layer.fresh(StandardToken.layerConfig)
 *   yield* Effect.provide(token, cache)
 *   yield* Effect.provide(token, cache)
 *   const { requests } = yield* VippsEmulator
 *   console.log((yield* requests).length) // 1
 * })
 *
 * const Live = Layer.mergeAll(TokenStore.layerMemory, VippsEmulator.layerConfigProvider).pipe(
 *   Layer.provideMerge(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * A store of your own is any `TokenStoreService`; one that has to be made, or closed, goes into a layer by
 * `Layer.unwrapScoped`. This one counts what it is asked:
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardToken, TokenStore } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * let claims = 0
 * const Counting = Layer.unwrapScoped(
 *   Effect.map(TokenStore.makeMemory, (store) =>
 *     TokenStore.layer({
 *       ...store,
 *       claim: (...args) => Effect.suspend(() => (claims++, store.claim(...args)))
 *     })
 *   )
 * )
 *
 * const Live = StandardToken.layerConfig.pipe(
 *   Layer.provide([Counting, VippsEmulator.layerConfigProvider]),
 *   Layer.provide(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(Effect.flatMap(StandardToken, (source) => source.get).pipe(Effect.provide(Live)))
 * console.log(claims) // 1
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const TokenStore = {
  /**
   * Shares the tokens of every cache above it through this store.
   *
   * @since 0.1.0
   */
  layer,

  /**
   * A store in the memory of this process, as a value.
   *
   * @since 0.1.0
   */
  makeMemory,

  /**
   * A store in the memory of this process, for tests and for several caches in one process.
   *
   * @since 0.1.0
   */
  layerMemory
}
