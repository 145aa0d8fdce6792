/**
 * The Scope-managed resource that keeps tokens working: a `Ref` for the state of every key, and one fiber, driven by a
 * `Schedule`, that refreshes them all ahead of expiry.
 */
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as PubSub from "effect/PubSub"
import * as Ref from "effect/Ref"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { cacheClock } from "./internal/cache/cacheClock.js"
import { dieClosed, makeCachedTokenSource } from "./internal/cache/cachedTokenSource.js"
import { makeSettingsCheck } from "./internal/cache/ignoredSettings.js"
import { refreshFiber } from "./internal/cache/refreshFiber.js"
import { Sharing } from "./internal/cache/sharing.js"
import { makeTokenFlights } from "./internal/cache/tokenFlights.js"
import { TokenRegistry } from "./internal/cache/tokenRegistry.js"
import { flowTags } from "./internal/cache/tokenReports.js"
import { statusOf } from "./internal/cache/tokenStatus.js"
import { RefreshPolicy } from "./RefreshPolicy.js"
import type { TokenFlow } from "./TokenFlow.js"
import type { TokenSource, TokenStatus } from "./TokenSource.js"

/**
 * Keeps the tokens of any number of keys.
 *
 * @see {@link TokenCache} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenCacheService {
  /** The handle for one flow's token. Flows with the same key share one token; the one registered last requests it. */
  readonly source: (flow: TokenFlow) => Effect.Effect<TokenSource>
  /**
   * Drops the token and the state of a flow from this cache, not from a shared store: for credentials that were rotated
   * away, and merchants that are gone.
   */
  readonly forget: (flow: TokenFlow) => Effect.Effect<void>
  /** The status of every key, without touching the network. */
  readonly statuses: Effect.Effect<ReadonlyArray<TokenStatus>>
  /** Every change of every key from now on; a reader that is 1,024 changes late loses the oldest. */
  readonly changes: Stream.Stream<TokenStatus>
}

/**
 * The cache of tokens: one for an application. Closing its scope ends the refresh fiber and every refresh, interrupts
 * callers that wait, and drops the tokens; a later `get` dies and says so.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { SpecializedFlow, SpecializedToken, StandardFlow, StandardToken, TokenCache } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   yield* Effect.all([Effect.flatMap(StandardToken, (_) => _.get), Effect.flatMap(SpecializedToken, (_) => _.get)])
 *   const statuses = yield* Effect.flatMap(TokenCache, (cache) => cache.statuses)
 *   console.log(statuses.map((status) => status.phase).join()) // fresh,fresh
 * })
 *
 * const Tokens = Layer.mergeAll(StandardToken.layer, SpecializedToken.layer).pipe(
 *   Layer.provideMerge(TokenCache.layer),
 *   Layer.provide([StandardFlow.layerConfig(), SpecializedFlow.layerConfig()]),
 *   Layer.provide(VippsEmulator.layerConfigProvider()),
 *   Layer.provide(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(Tokens)))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class TokenCache extends Context.Tag("effect-vipps-token/TokenCache")<TokenCache, TokenCacheService>() {
  /** A cache that lives as long as the scope, with the `RefreshPolicy` and the store of its context. */
  static readonly make: Effect.Effect<TokenCacheService, never, Scope.Scope> = Effect.suspend(() => makeTokenCache)

  /** A cache that lives as long as the layer. */
  static readonly layer: Layer.Layer<TokenCache> = Layer.scoped(TokenCache, TokenCache.make)
}

/** The changes that a late reader of `changes` can catch up with. */
const changesKept = 1024

const makeTokenCache: Effect.Effect<TokenCacheService, never, Scope.Scope> = Effect.gen(function* () {
  const policy = yield* RefreshPolicy
  const clock = cacheClock(yield* Effect.clock)
  const registry = new TokenRegistry(
    clock,
    {
      onDemand: policy.mode === "onDemand",
      patienceMillis: Duration.toMillis(policy.patience),
      requestBudgetMillis: Duration.toMillis(policy.requestBudget),
      softWindow: policy.softWindow
    },
    flowTags(policy.labelMetrics),
    yield* PubSub.sliding<TokenStatus>(changesKept)
  )
  const sharing = (yield* Sharing)(clock, registry.settings.requestBudgetMillis)
  const checkSettings = yield* makeSettingsCheck

  // Finalizers run in reverse order: close the registry, interrupt the fibers, then drop the tokens.
  yield* Effect.addFinalizer(() => registry.release)
  const flights = yield* makeTokenFlights(registry, sharing, policy.keepAlive)
  yield* Effect.addFinalizer(() => Effect.sync(() => registry.close()))

  if (policy.mode === "background") flights.run(refreshFiber(registry, flights, policy.maxConcurrentRefreshes))

  return TokenCache.of({
    source: (flow) =>
      Effect.suspend(() => {
        if (registry.closed) return dieClosed
        registry.getOrCreate(flow).flow = flow
        return Effect.zipRight(checkSettings, registry.evictIdle).pipe(
          Effect.map(() => makeCachedTokenSource(flow, { registry, flights, sharing }))
        )
      }),
    forget: (flow) => Effect.sync(() => registry.forget(flow.key)),
    statuses: Effect.suspend(() =>
      Effect.forEach(registry.all(), (entry) =>
        Effect.map(Ref.get(entry.state), (state) =>
          statusOf(entry.flow, state, registry.observeClocks(), registry.settings)
        )
      )
    ),
    changes: Stream.suspend(() => (registry.closed ? Stream.empty : Stream.fromPubSub(registry.changes)))
  })
})
