/**
 * Tokens shared by a fleet, in Redis 6 or later, or Valkey, through ioredis 5 or 6. Encrypted before they leave the
 * process, deleted when they expire; encryption cannot be turned off.
 *
 * Not part of the index: applications that do not import it need no ioredis.
 *
 * @since 0.1.0
 */
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import type { Cluster, Redis } from "ioredis"
import { prefixRule, sealingKeysOf, sealingKeysRule, storeUrlRule } from "./core/storeRules.js"
import { required, secret } from "./internal/configuration/settings.js"
import { fromVariables, ruled } from "./internal/configuration/variables.js"
import { redisConnection } from "./internal/store/redis/redisConnection.js"
import { redisStore } from "./internal/store/redis/redisStore.js"
import { sealedStore } from "./internal/store/sealedStore.js"
import { makeSealer, type SealingKeys } from "./internal/store/sealing.js"
import { TokenStore, type TokenStoreService } from "./TokenStore.js"

export type { SealingKeys } from "./internal/store/sealing.js"

/**
 * The options of a `RedisTokenStore`: its server, its sealing keys, and a prefix.
 *
 * @see {@link RedisTokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type RedisTokenStoreOptions = RedisServer & {
  /**
   * The keys that seal the entries. To rotate, add the new key as the second, make it the first, then drop the old one.
   */
  readonly sealingKeys: SealingKeys
  /** The beginning of the names of all entries; `vipps-token:` by default. */
  readonly prefix?: string | undefined
}

/**
 * The `Config`s of `RedisTokenStore.layerConfig`, each with a default.
 *
 * @see {@link RedisTokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export interface RedisTokenStoreConfig {
  /** The URL of the server; `VIPPS_TOKEN_STORE_URL` by default. */
  readonly url?: Config.Config<Redacted.Redacted<string>> | undefined
  /** The sealing keys; by default those of `VIPPS_TOKEN_STORE_KEYS`, one or several with commas between them. */
  readonly sealingKeys?: Config.Config<SealingKeys> | undefined
  /** The beginning of the names of all entries; `vipps-token:` by default. */
  readonly prefix?: Config.Config<string> | undefined
}

/**
 * The server of the store: a URL, or a client of your own.
 *
 * @see {@link RedisTokenStore} for an example
 * @since 0.1.0
 * @category models
 */
export type RedisServer =
  /** `redis://` or, for TLS, `rediss://`, with user and password in it if the server wants them. */
  | { readonly url: Redacted.Redacted<string> }
  /**
   * A connection to one server or to a cluster, of ioredis 5 or 6, which stays yours to close. Best without
   * `keyPrefix`.
   */
  | { readonly client: Redis | Cluster }

const defaultPrefix = "vipps-token:"

const urlRule = (url: Redacted.Redacted<string>): string | undefined => storeUrlRule(Redacted.value(url))

const keysRule = (keys: SealingKeys): string | undefined => sealingKeysRule(keys.map(Redacted.value))

const make = (options: RedisTokenStoreOptions): Effect.Effect<TokenStoreService, never, Scope.Scope> => {
  const prefix = options.prefix ?? defaultPrefix
  const broken =
    (Predicate.hasProperty(options, "url") ? named("url", urlRule(options.url)) : undefined) ??
    named("sealingKeys", keysRule(options.sealingKeys)) ??
    named("prefix", prefixRule(prefix))
  if (broken !== undefined) throw new RangeError(broken)
  return Effect.gen(function* () {
    const client = Predicate.hasProperty(options, "url") ? yield* redisConnection(options.url) : options.client
    return sealedStore(redisStore(client, prefix), yield* makeSealer(options.sealingKeys))
  })
}

const named = (setting: string, broken: string | undefined): string | undefined =>
  broken === undefined ? undefined : `${setting} ${broken}`

const urlVariable = fromVariables({ url: "VIPPS_TOKEN_STORE_URL" }, (row) => secret(row, "url", storeUrlRule))

const keysVariable = fromVariables({ sealingKeys: "VIPPS_TOKEN_STORE_KEYS" }, (row) =>
  Either.map(
    required(row, "sealingKeys", (text) => sealingKeysRule(sealingKeysOf(text))),
    (text): SealingKeys => {
      const [first = "", ...others] = sealingKeysOf(text)
      return [Redacted.make(first), ...others.map((key) => Redacted.make(key))]
    }
  )
)

const layer = (options: RedisTokenStoreOptions): Layer.Layer<never> =>
  Layer.unwrapScoped(Effect.map(make(options), TokenStore.layer))

const layerConfig = (config: RedisTokenStoreConfig = {}): Layer.Layer<never, ConfigError.ConfigError> =>
  Layer.unwrapEffect(
    Effect.map(
      Config.all({
        url: config.url === undefined ? urlVariable : ruled(config.url, urlRule, ["url"]),
        sealingKeys:
          config.sealingKeys === undefined ? keysVariable : ruled(config.sealingKeys, keysRule, ["sealingKeys"]),
        prefix: ruled(config.prefix ?? Config.succeed(defaultPrefix), prefixRule, ["prefix"])
      }),
      layer
    )
  )

/**
 * A `TokenStore` in Redis. A fleet needs the quickstart and one `Layer.provide`, *below* the token's layer.
 *
 * While Redis is down or slow every process requests its own tokens, after 250 ms at most, and logs one warning.
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
 * Other variables, and a client of your own:
 *
 * @example
 * ```ts
 * import { Config, Effect, Layer } from "effect"
 * import { RedisTokenStore } from "effect-vipps-token/RedisTokenStore"
 * import { Redis } from "ioredis"
 *
 * const FromOtherVariables = RedisTokenStore.layerConfig({
 *   url: Config.redacted("REDIS_URL"),
 *   sealingKeys: Config.map(Config.redacted("TOKEN_SEALING_KEY"), (key) => [key])
 * })
 *
 * const client = new Redis({ lazyConnect: true })
 * const OverMyClient = Layer.unwrapEffect(
 *   Effect.map(Config.redacted("TOKEN_SEALING_KEY"), (key) => RedisTokenStore.layer({ client, sealingKeys: [key] }))
 * )
 *
 * console.log(Layer.isLayer(FromOtherVariables), Layer.isLayer(OverMyClient)) // true true
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export const RedisTokenStore = {
  /** The store as a value, to wrap it before it goes into `TokenStore.layer`. Throws as `layer` does. */
  make,

  /**
   * The store with these options. Throws a `RangeError` if one is malformed, which names the rule and never the value.
   */
  layer,

  /**
   * The store, its options read from `VIPPS_TOKEN_STORE_URL` and `VIPPS_TOKEN_STORE_KEYS` or from `Config`s of your
   * own. The layer fails with a `ConfigError` if one is missing or malformed, which names the rule and never the value.
   */
  layerConfig
}
