/**
 * Types that are promises: what a layer needs, what an effect fails with. Compiled with the project, and with what is
 * published under every TypeScript that is supported.
 */
import type { HttpClient, HttpClientError } from "@effect/platform"
import { Config, type ConfigError, Context, Effect, Layer, type Option, type Redacted, type Schema } from "effect"
import {
  AccessToken,
  type AccessTokenError,
  type CredentialsError,
  type MerchantSerialNumber,
  type SpecializedClient,
  type SpecializedCredentials,
  SpecializedFlow,
  type SpecializedToken,
  StandardClient,
  StandardCredentials,
  type StandardCredentialsRow,
  StandardFlow,
  type StandardFlowConfig,
  type StandardFlowOptions,
  type StandardToken,
  SystemInfo,
  type TokenCache,
  type TokenError,
  type TokenFlow,
  type TokenRequestError,
  type TokenSource,
  VippsEnvironment,
  type VippsEnvironmentError,
  type VippsEnvironmentInput,
  type VippsHttpClient
} from "effect-vipps-token"

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
type Holds<T extends true> = T
type Calls<F extends (...args: never) => unknown> = ReturnType<F>

export type WhatLayersNeed = [
  Holds<Same<Calls<typeof StandardFlow.layer>, Layer.Layer<StandardFlow, never, HttpClient.HttpClient>>>,
  Holds<
    Same<
      Calls<typeof StandardFlow.layerConfig>,
      Layer.Layer<StandardFlow, ConfigError.ConfigError, HttpClient.HttpClient>
    >
  >,
  Holds<Same<typeof StandardToken.layer, Layer.Layer<StandardToken, never, StandardFlow | TokenCache>>>,
  Holds<
    Same<
      Calls<typeof StandardToken.layerConfig>,
      Layer.Layer<StandardToken, ConfigError.ConfigError, HttpClient.HttpClient>
    >
  >,
  Holds<Same<Calls<typeof StandardToken.layerTest>, Layer.Layer<StandardToken>>>,
  Holds<Same<typeof StandardClient.layer, Layer.Layer<StandardClient, never, StandardToken | HttpClient.HttpClient>>>,
  Holds<
    Same<
      Calls<typeof StandardClient.layerConfig>,
      Layer.Layer<StandardClient, ConfigError.ConfigError, HttpClient.HttpClient>
    >
  >,
  Holds<Same<Calls<typeof SpecializedFlow.layer>, Layer.Layer<SpecializedFlow, never, HttpClient.HttpClient>>>,
  Holds<
    Same<
      Calls<typeof SpecializedFlow.layerConfig>,
      Layer.Layer<SpecializedFlow, ConfigError.ConfigError, HttpClient.HttpClient>
    >
  >,
  Holds<Same<typeof SpecializedToken.layer, Layer.Layer<SpecializedToken, never, SpecializedFlow | TokenCache>>>,
  Holds<
    Same<
      Calls<typeof SpecializedToken.layerConfig>,
      Layer.Layer<SpecializedToken, ConfigError.ConfigError, HttpClient.HttpClient>
    >
  >,
  Holds<
    Same<
      typeof SpecializedClient.layer,
      Layer.Layer<SpecializedClient, never, SpecializedToken | HttpClient.HttpClient>
    >
  >,
  Holds<
    Same<
      Calls<typeof SpecializedClient.layerConfig>,
      Layer.Layer<SpecializedClient, ConfigError.ConfigError, HttpClient.HttpClient>
    >
  >,
  Holds<Same<typeof TokenCache.layer, Layer.Layer<TokenCache>>>
]

export type WhatEffectsFailWith = [
  Holds<Same<TokenFlow["request"], Effect.Effect<AccessToken, TokenRequestError>>>,
  Holds<Same<TokenSource["get"], Effect.Effect<AccessToken, TokenError>>>,
  Holds<Same<TokenSource["refresh"], Effect.Effect<AccessToken, TokenRequestError>>>,
  Holds<Same<TokenSource["invalidate"], (rejected: AccessToken) => Effect.Effect<void>>>,
  Holds<Same<Calls<typeof StandardFlow.make>, Effect.Effect<TokenFlow, never, HttpClient.HttpClient>>>,
  Holds<Same<Calls<typeof SpecializedFlow.make>, Effect.Effect<TokenFlow, never, HttpClient.HttpClient>>>,
  Holds<Same<Calls<typeof StandardCredentials.decode>, Effect.Effect<StandardCredentials, CredentialsError>>>,
  Holds<Same<Calls<typeof SpecializedCredentials.decode>, Effect.Effect<SpecializedCredentials, CredentialsError>>>,
  Holds<Same<Calls<typeof VippsEnvironment.decode>, Effect.Effect<VippsEnvironment, VippsEnvironmentError>>>,
  Holds<Same<VippsHttpClient, HttpClient.HttpClient.With<HttpClientError.HttpClientError | TokenError>>>,
  Holds<Same<AccessTokenError["_tag"], "AccessTokenError">>,
  Holds<Same<CredentialsError["setting"], string>>
]

export type WhatConfigsGive = [
  Holds<Same<typeof StandardCredentials.config, Config.Config<StandardCredentials>>>,
  Holds<Same<Calls<typeof StandardCredentials.configOf>, Config.Config<StandardCredentials>>>,
  Holds<Same<typeof SpecializedCredentials.config, Config.Config<SpecializedCredentials>>>,
  Holds<Same<typeof VippsEnvironment.config, Config.Config<VippsEnvironment>>>,
  Holds<Same<typeof SystemInfo.config, Config.Config<Option.Option<SystemInfo>>>>,
  Holds<Same<typeof StandardCredentials.schema, Schema.Schema<StandardCredentials, StandardCredentialsRow>>>,
  Holds<Same<typeof StandardCredentials.fields.clientId.Type, Redacted.Redacted<string>>>,
  Holds<Same<VippsEnvironmentInput, VippsEnvironment | "test" | "production">>,
  Holds<Same<StandardCredentials["merchantSerialNumber"], Option.Option<MerchantSerialNumber>>>,
  Holds<Same<AccessToken["flow"], "standard" | "specialized">>,
  Holds<Same<TokenFlow["name"], "standard" | "specialized">>
]

/** Two sales units under tags of the application's own. */
class Shop extends Context.Tag("Shop")<Shop, VippsHttpClient>() {
  static readonly layer: Layer.Layer<Shop, ConfigError.ConfigError, HttpClient.HttpClient> = Layer.effect(
    Shop,
    StandardClient
  ).pipe(
    Layer.provide(
      StandardClient.layerConfig({
        credentials: Config.nested(StandardCredentials.config, "SHOP"),
        environment: Config.literal("test", "production")("SHOP_ENVIRONMENT"),
        system: Config.succeed(SystemInfo.make({ systemName: "shop", systemVersion: "1" })),
        label: Config.string("SHOP_LABEL"),
        pspId: Config.string("SHOP_PSP")
      })
    )
  )
}

export const program: Effect.Effect<number, HttpClientError.HttpClientError | TokenError, Shop> = Effect.flatMap(
  Shop,
  (client) => Effect.scoped(Effect.map(client.get("/"), ({ status }) => status))
)

/** Options may be undefined, also under `exactOptionalPropertyTypes`. */
export const config: StandardFlowConfig = {
  credentials: undefined,
  environment: undefined,
  system: undefined,
  label: undefined,
  pspId: undefined
}

export const options = (credentials: StandardCredentials): ReadonlyArray<StandardFlowOptions> => [
  { credentials, environment: "test" },
  { credentials, environment: VippsEnvironment.custom("http://emulator:8080", { insecureHttp: "allow" }) },
  { credentials, environment: "production", system: undefined, label: undefined, path: undefined, pspId: undefined },
  { credentials, environment: "production", requestTimeout: "3 seconds", path: "/authentication/v1/token" }
]

export const wrong = (
  credentials: StandardCredentials,
  specialized: SpecializedCredentials,
  plain: { readonly [K in keyof StandardCredentials]: StandardCredentials[K] }
): ReadonlyArray<unknown> => [
  // @ts-expect-error an environment of no such name
  StandardFlow.make({ credentials, environment: "prod" }),
  // @ts-expect-error keys of the other flow
  StandardFlow.make({ credentials: specialized, environment: "test" }),
  // @ts-expect-error keys that no constructor has checked
  StandardFlow.make({ credentials: plain, environment: "test" }),
  // @ts-expect-error a path without its slash
  StandardFlow.make({ credentials, environment: "test", path: "token" }),
  // @ts-expect-error a PSP id belongs to the standard flow
  SpecializedFlow.layerConfig({ pspId: Config.string("PSP") }),
  // @ts-expect-error keys of the other flow
  StandardClient.layerConfig({ credentials: specialized }),
  // @ts-expect-error a name for each of the keys
  StandardCredentials.configOf({ clientId: "ID", clientSecret: "SECRET" }),
  // @ts-expect-error no other word allows plain http
  VippsEnvironment.custom("http://emulator", { insecureHttp: true }),
  // @ts-expect-error a token that anybody can print
  AccessToken.make({ value: "token", flow: "standard", expiresIn: "1 hour" })
]
