/** The flow of most APIs: `POST /accesstoken/get`. */
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
import { headerKeyRule } from "../core/keyRules.js"
import { headerName, standardApiHeaders, standardTokenRequest } from "../core/tokenRequest.js"
import {
  asConfig,
  configuredFlow,
  flowConfigs,
  optionalVariable,
  textOption
} from "../internal/configuration/flowOptions.js"
import type { Problems } from "../internal/configuration/settings.js"
import { ruledText } from "../internal/configuration/variables.js"
import { makeFlow } from "../internal/exchange/makeFlow.js"
import type { TokenFlow, TokenFlowConfig, TokenFlowOptions } from "../TokenFlow.js"
import { StandardCredentials } from "./StandardCredentials.js"

/**
 * Options of `StandardFlow`.
 *
 * @see {@link StandardFlow} for an example
 * @since 0.1.0
 * @category models
 */
export interface StandardFlowOptions extends TokenFlowOptions {
  /** The keys of a sales unit, a partner or a payment service provider. */
  readonly credentials: StandardCredentials
  /** `Psp-Id` of a payment service provider: sent on API requests, never on token requests. Visible ASCII. */
  readonly pspId?: string | undefined
}

/**
 * The parts of `StandardFlow.layerConfig`: each a `Config` with a default of its own.
 *
 * @see {@link StandardFlow.layerConfig} for an example
 * @since 0.1.0
 * @category models
 */
export interface StandardFlowConfig extends TokenFlowConfig {
  /** The keys, or a `Config` of them; `StandardCredentials.config` by default. */
  readonly credentials?: StandardCredentials | Config.Config<StandardCredentials> | undefined
  /** `Psp-Id` of a payment service provider, or a `Config` of it; `VIPPS_PSP_ID`, if set, by default. */
  readonly pspId?: string | Config.Config<string> | undefined
}

/**
 * The flow of most APIs: `POST /accesstoken/get` with client id, client secret and subscription key as headers. Its
 * tokens live for 1 hour in the test environment and 24 hours in production.
 *
 * @example
 * ```ts
 * import { Effect, Layer } from "effect"
 * import { StandardFlow } from "effect-vipps-token"
 * import { VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const flow = yield* StandardFlow
 *   const token = yield* flow.request
 *   console.log(token.tokenType) // Bearer
 * })
 *
 * // With real keys: FetchHttpClient.layer in place of the emulator, and the VIPPS_ variables set.
 * const Live = StandardFlow.layerConfig().pipe(
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
export class StandardFlow extends Context.Tag("effect-vipps-token/StandardFlow")<StandardFlow, TokenFlow>() {
  /**
   * Makes a flow as a value, for applications with many sets of keys. Throws a `CredentialsError` if the keys cannot be
   * right in this environment (`StandardCredentials.decode(row, environment)` fails instead), a `VippsEnvironmentError`
   * if the environment has no such name, and a `RangeError` if another option is malformed.
   */
  static make(options: StandardFlowOptions): Effect.Effect<TokenFlow, never, HttpClient.HttpClient> {
    return Either.getOrThrowWith(flowOf(options), CredentialsError.of)
  }

  /** The flow as a layer. Throws as `make` does. */
  static layer(options: StandardFlowOptions): Layer.Layer<StandardFlow, never, HttpClient.HttpClient> {
    return Layer.effect(StandardFlow, StandardFlow.make(options))
  }

  /**
   * The flow as a layer, read from `VIPPS_ENVIRONMENT`, `VIPPS_CLIENT_ID`, `VIPPS_CLIENT_SECRET`,
   * `VIPPS_SUBSCRIPTION_KEY` and, if set, `VIPPS_MERCHANT_SERIAL_NUMBER`, `VIPPS_INSECURE_HTTP`, `VIPPS_PSP_ID`,
   * `VIPPS_SYSTEM_NAME`, `VIPPS_SYSTEM_VERSION`, `VIPPS_SYSTEM_PLUGIN_NAME` and `VIPPS_SYSTEM_PLUGIN_VERSION`; or, part
   * by part, from configs of your own. Fails with all problems at once, each under the name of its variable.
   *
   * Each call is a layer of its own, so that two sales units in one graph have each their own keys. One call, kept in a
   * constant, is one layer: under two config providers in one graph it has the keys of the first.
   *
   * @example
   * ```ts
   * import { Config, Context, Effect, Layer } from "effect"
   * import { StandardCredentials, StandardFlow, type TokenFlow } from "effect-vipps-token"
   * import { VippsEmulator } from "effect-vipps-token/testing"
   *
   * // Reads SHOP_VIPPS_CLIENT_ID and so on.
   * class ShopFlow extends Context.Tag("ShopFlow")<ShopFlow, TokenFlow>() {
   *   static readonly layer = Layer.effect(ShopFlow, StandardFlow).pipe(
   *     Layer.provide(
   *       StandardFlow.layerConfig({
   *         credentials: Config.nested(StandardCredentials.config, "SHOP"),
   *         label: Config.succeed("shop")
   *       })
   *     )
   *   )
   * }
   *
   * const program = Effect.map(ShopFlow, (flow) => flow.label).pipe(
   *   Effect.provide(ShopFlow.layer),
   *   Effect.catchTag("ConfigError", (error) => Effect.succeed(String(error).includes("SHOP.VIPPS_CLIENT_ID")))
   * )
   *
   * await Effect.runPromise(program.pipe(Effect.provide(VippsEmulator.layer))).then(console.log) // true
   * ```
   */
  static layerConfig(
    config: StandardFlowConfig = {}
  ): Layer.Layer<StandardFlow, ConfigError.ConfigError, HttpClient.HttpClient> {
    const options = Config.all({
      ...flowConfigs(config),
      credentials: asConfig(config.credentials ?? StandardCredentials.config),
      pspId:
        config.pspId === undefined
          ? optionalVariable("VIPPS_PSP_ID", headerKeyRule)
          : ruledText(asConfig(config.pspId), headerKeyRule)
    })
    return Layer.effect(StandardFlow, configuredFlow(options, flowOf, StandardCredentials.variablesOf))
  }
}

/** The flow of these options; keys that cannot be right in its environment are problems. */
const flowOf = (
  options: StandardFlowOptions
): Either.Either<Effect.Effect<TokenFlow, never, HttpClient.HttpClient>, Problems> =>
  Either.map(StandardCredentials.in(options.environment, options.credentials), (credentials) => {
    const pspId = textOption("pspId", options.pspId, headerKeyRule)
    const keys = {
      clientId: Redacted.value(credentials.clientId),
      clientSecret: Redacted.value(credentials.clientSecret),
      subscriptionKey: Redacted.value(credentials.subscriptionKey),
      merchantSerialNumber: Option.getOrUndefined(credentials.merchantSerialNumber)
    }
    return makeFlow(
      options,
      { flow: "standard", ...keys, scope: undefined },
      (system) => standardTokenRequest(keys, system),
      { ...standardApiHeaders(keys), ...(pspId === undefined ? {} : { [headerName.pspId]: pspId }) }
    )
  })
