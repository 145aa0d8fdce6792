/** The exchange of credentials for a token, common to `StandardFlow` and `SpecializedFlow`. */
import * as Brand from "effect/Brand"
import type * as Config from "effect/Config"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { AccessToken } from "./AccessToken.js"
import type { FlowName } from "./core/tokenRequest.js"
import type { TokenRequestError } from "./TokenError.js"
import type { SystemInfo, VippsEnvironmentInput } from "./VippsEnvironment.js"

/**
 * The fingerprint of a set of credentials: SHA-256 over base URL, flow, keys and scope, in base64url. No secret can be
 * read from it; every process computes the same.
 *
 * @see {@link StandardFlow} for an example
 * @since 0.1.0
 * @category models
 */
export type TokenKey = string & Brand.Brand<"effect-vipps-token/TokenKey">

/** @internal */
export const TokenKey = Brand.nominal<TokenKey>()

/**
 * A source of new tokens for one set of credentials.
 *
 * @see {@link StandardFlow} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenFlow {
  /** The flow's name. */
  readonly name: FlowName
  /** The name of these credentials for people, in status, logs and spans. */
  readonly label: string
  /** The fingerprint of the credentials. */
  readonly key: TokenKey
  /** The base URL of the APIs that accept the token. */
  readonly baseUrl: URL
  /**
   * Requests a new token. One request; sent again once if the server closed an idle connection before answering. The
   * token's lifetime counts from when the request was sent.
   */
  readonly request: Effect.Effect<AccessToken, TokenRequestError>
  /**
   * The headers that an API request needs beside the token: subscription key, merchant serial number, PSP id, system
   * headers. A flow of your own may leave them out.
   */
  readonly apiHeaders?: Redacted.Redacted<Readonly<Record<string, string>>> | undefined
  /** The credentials, to be blanked out of text from a server. A flow of your own may leave them out. */
  readonly secrets?: Redacted.Redacted<ReadonlyArray<string>> | undefined
}

/**
 * Options that both flows take beside the credentials. A flow's `make` and `layer` throw a `RangeError` if one is
 * malformed, with the rule and never the value.
 *
 * @see {@link StandardFlow} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenFlowOptions {
  /** The Vipps servers to call. */
  readonly environment: VippsEnvironmentInput
  /** The calling software; left out of all requests by default. */
  readonly system?: SystemInfo | undefined
  /**
   * The name of these credentials for people, 1 to 100 characters; by default the flow's name and, if the client id is
   * a GUID, its first 8 characters.
   */
  readonly label?: string | undefined
  /** The longest wait for the whole answer, up to a day; 10 seconds by default. */
  readonly requestTimeout?: Duration.DurationInput | undefined
  /** The path of the endpoint below the base URL, should Vipps rename it. */
  readonly path?: `/${string}` | undefined
}

/**
 * The parts of `layerConfig` that both flows have: each a value or a `Config`, with a default of its own.
 *
 * @see {@link StandardFlow.layerConfig} for an example
 * @since 0.1.0
 * @category models
 */
export interface TokenFlowConfig {
  /** The Vipps servers to call, or a `Config` of them; `VippsEnvironment.config` by default. */
  readonly environment?: VippsEnvironmentInput | Config.Config<VippsEnvironmentInput> | undefined
  /** The calling software, or a `Config` of it; `SystemInfo.config` by default. */
  readonly system?: SystemInfo | Config.Config<SystemInfo | Option.Option<SystemInfo>> | undefined
  /** The name of these credentials in logs and errors, such as "bakery"; made of flow and client id by default. */
  readonly label?: string | Config.Config<string> | undefined
}
