/**
 * From keys to a token: what `StandardFlow` and `SpecializedFlow` have in common. One exchange is one HTTP request; a
 * flow neither retries nor remembers. Keeping a token is the matter of `TokenCache`.
 *
 * @since 0.1.0
 */
import * as Brand from "effect/Brand"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"
import type { AccessToken } from "./AccessToken.js"
import type { TokenRequestError } from "./TokenError.js"
import type { SystemInfo, VippsEnvironment } from "./VippsEnvironment.js"

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
  /**
   * The headers that an API request needs beside the token: subscription key, merchant serial number, system headers. A
   * flow of your own may leave them out.
   */
  readonly apiHeaders?: Redacted.Redacted<Readonly<Record<string, string>>> | undefined
  /** The keys, to be blanked out of text from a server. A flow of your own may leave them out. */
  readonly secrets?: Redacted.Redacted<ReadonlyArray<string>> | undefined
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
