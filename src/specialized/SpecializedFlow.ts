/** The flow of accounting and donations keys: `POST /miami/v1/token`. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialsError } from "../Credentials.js"
import { specializedTokenRequest } from "../core/tokenRequest.js"
import { asConfig, configuredFlow, flowConfigs } from "../internal/configuration/flowOptions.js"
import type { Problems } from "../internal/configuration/settings.js"
import { makeFlow } from "../internal/exchange/makeFlow.js"
import type { TokenFlow, TokenFlowConfig, TokenFlowOptions } from "../TokenFlow.js"
import { SpecializedCredentials } from "./SpecializedCredentials.js"

/**
 * Options of `SpecializedFlow`.
 *
 * @see {@link SpecializedFlow} for an example
 * @since 0.1.0
 * @category models
 */
export interface SpecializedFlowOptions extends TokenFlowOptions {
  /** Accounting or donations keys. */
  readonly credentials: SpecializedCredentials
}

/**
 * The parts of `SpecializedFlow.layerConfig`: each a `Config` with a default of its own.
 *
 * @see {@link StandardFlow.layerConfig} for an example
 * @since 0.1.0
 * @category models
 */
export interface SpecializedFlowConfig extends TokenFlowConfig {
  /** The keys, or a `Config` of them; `SpecializedCredentials.config` by default. */
  readonly credentials?: SpecializedCredentials | Config.Config<SpecializedCredentials> | undefined
}

/**
 * The flow of accounting and donations keys: `POST /miami/v1/token`, OAuth 2.0 client credentials. Its tokens live for
 * 15 minutes, and go without a subscription key.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { SpecializedFlow } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const flow = yield* SpecializedFlow
 *   const token = yield* flow.request
 *   console.log(token.tokenType) // Bearer
 * })
 *
 * // With real keys: FetchHttpClient.layer in place of the emulator, and the VIPPS_ variables set.
 * const Live = SpecializedFlow.layerConfig().pipe(
 *   Layer.provide(VippsEmulator.layerConfigProvider()),
 *   Layer.provide(VippsEmulator.layer)
 * )
 *
 * await Effect.runPromise(program.pipe(Effect.provide(Live)))
 * ```
 *
 * @since 0.1.0
 * @category services
 */
export class SpecializedFlow extends Context.Tag("effect-vipps-token/SpecializedFlow")<SpecializedFlow, TokenFlow>() {
  /** Makes a flow as a value, for applications with many sets of keys. Throws as `StandardFlow.make` does. */
  static make(options: SpecializedFlowOptions): Effect.Effect<TokenFlow, never, HttpClient.HttpClient> {
    return Either.getOrThrowWith(flowOf(options), CredentialsError.of)
  }

  /** The flow as a layer. Throws as `make` does. */
  static layer(options: SpecializedFlowOptions): Layer.Layer<SpecializedFlow, never, HttpClient.HttpClient> {
    return Layer.effect(SpecializedFlow, SpecializedFlow.make(options))
  }

  /**
   * The flow as a layer, read from `VIPPS_ENVIRONMENT`, `VIPPS_SPECIALIZED_CLIENT_ID`,
   * `VIPPS_SPECIALIZED_CLIENT_SECRET` and, if set, `VIPPS_SPECIALIZED_SCOPE`, `VIPPS_INSECURE_HTTP` and the four
   * `VIPPS_SYSTEM_…` variables; or, part by part, from configs of your own. See `StandardFlow.layerConfig`.
   */
  static layerConfig(
    config: SpecializedFlowConfig = {}
  ): Layer.Layer<SpecializedFlow, ConfigError.ConfigError, HttpClient.HttpClient> {
    const options = Config.all({
      ...flowConfigs(config),
      credentials: asConfig(config.credentials ?? SpecializedCredentials.config)
    })
    return Layer.effect(SpecializedFlow, configuredFlow(options, flowOf, SpecializedCredentials.variablesOf))
  }
}

/** The flow of these options; keys that cannot be right in its environment are problems. */
const flowOf = (
  options: SpecializedFlowOptions
): Either.Either<Effect.Effect<TokenFlow, never, HttpClient.HttpClient>, Problems> =>
  Either.map(SpecializedCredentials.in(options.environment, options.credentials), (credentials) => {
    const keys = {
      clientId: Redacted.value(credentials.clientId),
      clientSecret: Redacted.value(credentials.clientSecret),
      scope: Option.getOrUndefined(credentials.scope)
    }
    return makeFlow(
      options,
      { flow: "specialized", ...keys, subscriptionKey: undefined },
      (system) => specializedTokenRequest(keys, system),
      {}
    )
  })
