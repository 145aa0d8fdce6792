/**
 * Tokens shared by a fleet, in Redis 6 or later, or Valkey, through ioredis 5. They are sealed before they leave the
 * process, and gone when they are over; there is no mode without sealing.
 *
 * Not part of the index: who does not import it needs no ioredis.
 *
 * @since 0.1.0
 */
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Cluster, Redis } from "ioredis"
import { prefixRule, sealingKeyRule, sealingKeysOf, sealingKeysRule, storeUrlRule } from "./core/storeRules.js"
import { fromVariables, required } from "./internal/settings.js"
import { redisConnection } from "./internal/store/redis/redisConnection.js"
import { redisStore } from "./internal/store/redis/redisStore.js"
import { sealedStore } from "./internal/store/sealedStore.js"
import { makeSealer, type SealingKeys } from "./internal/store/sealing.js"
import { TokenStore, type TokenStoreService } from "./TokenStore.js"

export type { SealingKeys } from "./internal/store/sealing.js"

/**
 * What a `RedisTokenStore` is made of.
 *
 * @see {@link RedisTokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type RedisTokenStoreOptions = RedisServer & {
  /** To rotate, give the new key to all processes as the second, then make it the first, then drop the old one. */
  readonly sealingKeys: SealingKeys
  /** What the names of all entries begin with; `vipps-token:` by default. */
  readonly prefix?: string | undefined
}

/**
 * Where the store is: a URL, or a client of your own.
 *
 * @see {@link RedisTokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type RedisServer =
  /** `redis://` or, for TLS, `rediss://`, with user and password in it where the server wants them. */
  | { readonly url: Redacted.Redacted<string> }
  /** A connection to one server or to a cluster, which stays yours to close. Best without `keyPrefix`. */
  | { readonly client: Redis | Cluster }

const make = (options: RedisTokenStoreOptions): Effect.Effect<TokenStoreService, never, Scope.Scope> => {
  const prefix = options.prefix ?? "vipps-token:"
  const broken =
    ("url" in options ? named("url", storeUrlRule(Redacted.value(options.url))) : undefined) ??
    options.sealingKeys.map((key) => named("sealingKeys", sealingKeyRule(Redacted.value(key)))).find(Boolean) ??
    named("prefix", prefixRule(prefix))
  if (broken !== undefined) throw new RangeError(broken)
  return Effect.gen(function* () {
    const client = "url" in options ? yield* redisConnection(options.url) : options.client
    return sealedStore(redisStore(client, prefix), yield* makeSealer(options.sealingKeys))
  })
}

const named = (setting: string, rule: string | undefined): string | undefined =>
  rule === undefined ? undefined : `${setting} ${rule}`

const config = fromVariables(
  { url: { name: "VIPPS_TOKEN_STORE_URL" }, sealingKeys: { name: "VIPPS_TOKEN_STORE_KEYS" } },
  (row) =>
    Either.all({
      url: Either.map(required(row, "url", storeUrlRule), Redacted.make),
      sealingKeys: Either.map(required(row, "sealingKeys", sealingKeysRule), sealingKeysOf)
    })
)

const layer = (options: RedisTokenStoreOptions): Layer.Layer<never> =>
  Layer.unwrapScoped(Effect.map(make(options), TokenStore.layer))

const layerConfig = (): Layer.Layer<never, ConfigError.ConfigError> =>
  Layer.unwrapEffect(
    Effect.map(config, ({ sealingKeys: [first = "", ...others], url }) =>
      layer({ url, sealingKeys: [Redacted.make(first), ...others.map((key) => Redacted.make(key))] })
    )
  )

/**
 * A `TokenStore` in Redis. A fleet is the quickstart and one `Layer.provide`, *below* the token's layer.
 *
 * While Redis is down or slow every process asks for itself, after 250 ms at most, and says so once in its log.
 *
 * @example
 * ```ts
 * import { FetchHttpClient } from "@effect/platform"
 * import { Layer } from "effect"
 * import { StandardToken } from "effect-vipps-token"
 * import { RedisTokenStore } from "effect-vipps-token/RedisTokenStore"
 *
 * // Reads VIPPS_TOKEN_STORE_URL and VIPPS_TOKEN_STORE_KEYS beside the keys.
 * const TokenLive = StandardToken.layerConfig().pipe(
 *   Layer.provide(RedisTokenStore.layerConfig()),
 *   Layer.provide(FetchHttpClient.layer)
 * )
 *
 * console.log(Layer.isLayer(TokenLive)) // true
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const RedisTokenStore = {
  /**
   * The store as a value, to put something around it before it goes into `TokenStore.layer`. Throws as `layer` does.
   *
   * @since 0.1.0
   */
  make,

  /**
   * The store with these options. Throws where one is malformed, naming the rule and never the value.
   *
   * @since 0.1.0
   */
  layer,

  /**
   * The store, its options read from `VIPPS_TOKEN_STORE_URL` and `VIPPS_TOKEN_STORE_KEYS`: one sealing key, or several
   * with commas between them.
   *
   * @since 0.1.0
   */
  layerConfig
}
