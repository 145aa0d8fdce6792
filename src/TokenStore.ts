/**
 * Tokens shared by many processes: a fleet makes one token request for each key and refresh, not one for each process.
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { Sharing } from "./internal/cache/sharing.js"
import { memoryStore } from "./internal/store/memoryStore.js"
import { sharedFlights } from "./internal/store/sharedFlights.js"
import type { TokenStoreService } from "./internal/store/tokenStoreService.js"

export {
  type Lease,
  type StoreClaim,
  type StoredEntry,
  TokenStoreError,
  type TokenStoreService
} from "./internal/store/tokenStoreService.js"

const makeMemory: Effect.Effect<TokenStoreService> = Effect.map(Effect.clock, memoryStore)

const layer = (store: TokenStoreService): Layer.Layer<never> =>
  Layer.succeed(Sharing, (clock, budgetMillis) => sharedFlights(store, clock, budgetMillis))

const layerMemory: Layer.Layer<never> = Layer.unwrapEffect(Effect.map(makeMemory, layer))

/**
 * The store through which a `TokenCache` shares its tokens. Without one every process requests its own. Provide its
 * layer *below* the token's layer: beside it, it has no effect.
 *
 * For a fleet there is `RedisTokenStore`, from `effect-vipps-token/RedisTokenStore`.
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
 *   const cache = Layer.fresh(StandardToken.layerConfig())
 *   yield* Effect.provide(token, cache)
 *   yield* Effect.provide(token, cache)
 *   const { requests } = yield* VippsEmulator
 *   console.log((yield* requests).length) // 1
 * })
 *
 * const Live = Layer.mergeAll(TokenStore.layerMemory, VippsEmulator.layerConfigProvider()).pipe(
 *   Layer.provideMerge(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * A store of your own is any `TokenStoreService`. Its content is not sealed: the access token is in it in clear. A
 * store that has to be made, or closed, goes into a layer by `Layer.unwrapScoped`. This one counts the claims:
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
 * const Live = StandardToken.layerConfig().pipe(
 *   Layer.provide([Counting, VippsEmulator.layerConfigProvider()]),
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
   * Shares the tokens of every cache above the layer through this store. A store that throws, hangs or returns
   * something else costs token requests and a warning, never a failed call. For a second store in one graph, do as
   * `RefreshPolicy` says of a second policy.
   */
  layer,

  /** A store in the memory of this process, as a value. It keeps time by the `Clock` that it is made with. */
  makeMemory,

  /** A store in the memory of this process, for tests and for several caches in one process. */
  layerMemory
}
