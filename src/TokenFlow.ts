/**
 * From keys to a token: the two flows of the Access token API, each as a service. One exchange is one HTTP request; a
 * flow neither retries nor remembers. Keeping a token is the matter of `TokenCache`.
 *
 * @since 0.1.0
 */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Brand from "effect/Brand"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "./AccessToken.js"
import { SpecializedCredentials, StandardCredentials } from "./Credentials.js"
import { type FingerprintParts, fingerprintText } from "./core/fingerprint.js"
import {
  defaultTokenPath,
  type SystemHeaders,
  specializedTokenRequest,
  standardApiHeaders,
  standardTokenRequest,
  systemHeaders,
  type TokenRequest
} from "./core/tokenRequest.js"
import { rememberApiAccess } from "./internal/apiAccess.js"
import { exchange } from "./internal/tokenExchange.js"
import type { TokenRequestError } from "./TokenError.js"
import { SystemInfo, VippsEnvironment } from "./VippsEnvironment.js"

/**
 * What tells one set of keys from another: SHA-256 over base URL, flow, keys and scope, in base64url. No secret can be
 * read from it; every process computes the same.
 *
 * @see {@link StandardFlow} for an example
 *
 * @since 0.1.0
 * @category models
 */
export type TokenKey = string & Brand.Brand<"effect-vipps-token/TokenKey">

/** @internal */
export const TokenKey = Brand.nominal<TokenKey>()

/**
 * One way to get tokens with one set of keys.
 *
 * @see {@link StandardFlow} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenFlow {
  /** Which of the two flows. */
  readonly name: "standard" | "specialized"
  /** For people, in status, logs and spans. */
  readonly label: string
  /** Which keys, without telling them. */
  readonly key: TokenKey
  /** The URL below which the API that the token is for lies. */
  readonly baseUrl: URL
  /**
   * Asks for a new token: one HTTP request, no retry, no memory. The token's lifetime counts from when the request was
   * sent.
   */
  readonly request: Effect.Effect<AccessToken, TokenRequestError>
}

/**
 * What both flows can be given beside the keys.
 *
 * @see {@link StandardFlow} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface TokenFlowOptions {
  /** Which Vipps servers to ask. */
  readonly environment: VippsEnvironment
  /** Which software is asking; left out of the request by default. */
  readonly system?: SystemInfo | undefined
  /** For people; by default the flow's name and the first 8 characters of the client id. */
  readonly label?: string | undefined
  /** How long to wait for the whole answer; 10 seconds by default. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** Where the endpoint is, below the base URL, should Vipps rename it. */
  readonly path?: `/${string}` | undefined
}

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
 * const Live = StandardFlow.layerConfig.pipe(
 *   Layer.provide(VippsEmulator.layerConfigProvider),
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
  static readonly layerConfig: Layer.Layer<StandardFlow, ConfigError.ConfigError, HttpClient.HttpClient> = Layer.effect(
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
 * const Live = SpecializedFlow.layerConfig.pipe(
 *   Layer.provide(VippsEmulator.layerConfigProvider),
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
  static readonly layerConfig: Layer.Layer<SpecializedFlow, ConfigError.ConfigError, HttpClient.HttpClient> =
    Layer.effect(
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

const makeFlow = (
  options: TokenFlowOptions,
  parts: Omit<FingerprintParts, "baseUrl">,
  tokenRequest: (system: SystemHeaders | undefined) => TokenRequest,
  apiHeaders: Readonly<Record<string, string>>
): Effect.Effect<TokenFlow, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    const baseUrl = options.environment.baseUrl
    const label = options.label ?? `${parts.flow} ${parts.clientId.slice(0, 8)}`
    const url = endpointUrl(baseUrl, options.path ?? defaultTokenPath[parts.flow])
    const keys = [
      parts.clientId,
      parts.clientSecret,
      parts.subscriptionKey ?? "",
      `${parts.clientId}:${parts.clientSecret}`
    ]
    const flow: TokenFlow = {
      name: parts.flow,
      label,
      key: yield* fingerprint({ ...parts, baseUrl: baseUrl.href }),
      baseUrl,
      request: exchange(client, {
        flow: parts.flow,
        label,
        request: httpRequest(url, tokenRequest(options.system)),
        requestTimeout: Duration.decode(options.requestTimeout ?? "10 seconds"),
        keys
      })
    }
    rememberApiAccess(flow, { headers: { ...apiHeaders, ...systemHeaders(options.system) }, keys })
    return flow
  })

/** Setting the path of a URL can never change its host, whatever the path. */
const endpointUrl = (baseUrl: URL, path: string): URL => {
  const url = new URL(baseUrl)
  url.pathname = `${baseUrl.pathname.replace(/\/$/, "")}${path}`
  return url
}

const httpRequest = (url: URL, { form, headers }: TokenRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.post(url.href, {
    headers,
    acceptJson: true,
    body: form === undefined ? HttpBody.empty : HttpBody.text(form, "application/x-www-form-urlencoded; charset=utf-8")
  })

const fingerprint = (parts: FingerprintParts): Effect.Effect<TokenKey> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(fingerprintText(parts)))).pipe(
    Effect.map((digest) => TokenKey(Encoding.encodeBase64Url(new Uint8Array(digest))))
  )
