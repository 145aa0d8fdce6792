/**
 * Keys → token for accounting, donations and management: `POST /miami/v1/token`.
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
import { specializedTokenRequest } from "../core/tokenRequest.js"
import { makeFlow } from "../internal/exchange/makeFlow.js"
import type { TokenFlow, TokenFlowOptions } from "../TokenFlow.js"
import { SystemInfo, VippsEnvironment } from "../VippsEnvironment.js"
import { SpecializedCredentials } from "./SpecializedCredentials.js"

/**
 * What `SpecializedFlow` is made of.
 *
 * @see {@link SpecializedFlow} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface SpecializedFlowOptions extends TokenFlowOptions {
  /** Accounting, donations or management keys. */
  readonly credentials: SpecializedCredentials
}

/**
 * The flow of accounting, donations and management keys: `POST /miami/v1/token`, OAuth 2.0 client credentials. Its
 * tokens live for 15 minutes, and go without a subscription key.
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
  /**
   * A flow as a value, for applications with many sets of keys.
   *
   * @since 0.1.0
   */
  static make(options: SpecializedFlowOptions): Effect.Effect<TokenFlow, never, HttpClient.HttpClient> {
    const keys = {
      clientId: Redacted.value(options.credentials.clientId),
      clientSecret: Redacted.value(options.credentials.clientSecret),
      scope: Option.getOrUndefined(options.credentials.scope)
    }
    return makeFlow(
      options,
      { flow: "specialized", ...keys, subscriptionKey: undefined },
      (system) => specializedTokenRequest(keys, system),
      {}
    )
  }

  /**
   * The flow as a layer.
   *
   * @since 0.1.0
   */
  static layer(options: SpecializedFlowOptions): Layer.Layer<SpecializedFlow, never, HttpClient.HttpClient> {
    return Layer.effect(SpecializedFlow, SpecializedFlow.make(options))
  }

  /**
   * The flow as a layer, its options read from `VIPPS_ENVIRONMENT`, `VIPPS_SPECIALIZED_CLIENT_ID`,
   * `VIPPS_SPECIALIZED_CLIENT_SECRET` and, if set, `VIPPS_SPECIALIZED_SCOPE` and the `VIPPS_SYSTEM_…` variables.
   *
   * @since 0.1.0
   */
  static layerConfig(): Layer.Layer<SpecializedFlow, ConfigError.ConfigError, HttpClient.HttpClient> {
    return Layer.effect(
      SpecializedFlow,
      Effect.flatMap(
        Config.all({
          credentials: SpecializedCredentials.config,
          environment: VippsEnvironment.config,
          system: SystemInfo.config
        }),
        (options) => SpecializedFlow.make({ ...options, system: Option.getOrUndefined(options.system) })
      )
    )
  }
}
