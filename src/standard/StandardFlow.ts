/**
 * Keys → token for most APIs: `POST /accesstoken/get`.
 *
 * @since 0.1.0
 */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { standardApiHeaders, standardTokenRequest } from "../core/tokenRequest.js"
import { makeFlow } from "../internal/exchange/makeFlow.js"
import type { TokenFlow, TokenFlowOptions } from "../TokenFlow.js"
import { SystemInfo, VippsEnvironment } from "../VippsEnvironment.js"
import { StandardCredentials } from "./StandardCredentials.js"

/**
 * What `StandardFlow` is made of.
 *
 * @see {@link StandardFlow} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface StandardFlowOptions extends TokenFlowOptions {
  /** The keys of a sales unit, a partner or a payment service provider. */
  readonly credentials: StandardCredentials
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
   * A flow as a value, for applications with many sets of keys.
   *
   * @since 0.1.0
   */
  static make(options: StandardFlowOptions): Effect.Effect<TokenFlow, never, HttpClient.HttpClient> {
    const keys = {
      clientId: Redacted.value(options.credentials.clientId),
      clientSecret: Redacted.value(options.credentials.clientSecret),
      subscriptionKey: Redacted.value(options.credentials.subscriptionKey),
      merchantSerialNumber: Option.getOrUndefined(options.credentials.merchantSerialNumber)
    }
    return makeFlow(
      options,
      { flow: "standard", ...keys, scope: undefined },
      (system) => standardTokenRequest(keys, system),
      standardApiHeaders(keys)
    )
  }

  /**
   * The flow as a layer.
   *
   * @since 0.1.0
   */
  static layer(options: StandardFlowOptions): Layer.Layer<StandardFlow, never, HttpClient.HttpClient> {
    return Layer.effect(StandardFlow, StandardFlow.make(options))
  }

  /**
   * The flow as a layer, its options read from `VIPPS_ENVIRONMENT`, `VIPPS_CLIENT_ID`, `VIPPS_CLIENT_SECRET`,
   * `VIPPS_SUBSCRIPTION_KEY` and, if set, `VIPPS_MERCHANT_SERIAL_NUMBER` and the `VIPPS_SYSTEM_…` variables.
   *
   * @since 0.1.0
   */
  static layerConfig(): Layer.Layer<StandardFlow, ConfigError.ConfigError, HttpClient.HttpClient> {
    return Layer.effect(
      StandardFlow,
      Effect.flatMap(
        Config.all({
          credentials: StandardCredentials.config,
          environment: VippsEnvironment.config,
          system: SystemInfo.config
        }),
        (options) => StandardFlow.make({ ...options, system: Option.getOrUndefined(options.system) })
      )
    )
  }
}
