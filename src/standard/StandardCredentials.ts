/**
 * The keys of the standard flow, and how to read them: from values, from rows of a database, from `Config`.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { CredentialsError } from "../Credentials.js"
import { headerKeyRule, merchantSerialNumberRule } from "../core/keyRules.js"
import { fromVariables, optional, type Row, secret } from "../internal/settings.js"
import { MerchantSerialNumber } from "../VippsEnvironment.js"

interface StandardKeys {
  readonly clientId: Redacted.Redacted<string>
  readonly clientSecret: Redacted.Redacted<string>
  readonly subscriptionKey: Redacted.Redacted<string>
  readonly merchantSerialNumber: Option.Option<MerchantSerialNumber>
}

/**
 * The keys of a sales unit, a partner or a payment service provider, for `StandardFlow`. They come from the portal
 * (business.vippsmobilepay.com, under "Developer"), one set for each environment.
 *
 * White space around a key is trimmed; what is left must be visible ASCII.
 *
 * @example
 * ```ts
 * import { Redacted } from "effect"
 * import { MerchantSerialNumber, StandardCredentials } from "effect-vipps-token"
 *
 * const credentials = StandardCredentials.make({
 *   clientId: "fb492b5e-7907-4d83-ba20-c7fb60ca35de",
 *   clientSecret: Redacted.make("Y8Kteew6GE2ZmeycEt6egg=="),
 *   subscriptionKey: Redacted.make("da7d5b0e18a84aeda961c0c31b75c2a9"),
 *   merchantSerialNumber: MerchantSerialNumber.make("123456")
 * })
 *
 * console.log(String(credentials.clientSecret)) // <redacted>
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class StandardCredentials extends Data.Class<StandardKeys> {
  private constructor(keys: StandardKeys) {
    super(keys)
  }

  /**
   * The keys as values. Throws a `CredentialsError` where one is malformed; `decode` fails instead.
   *
   * @since 0.1.0
   */
  static make(options: StandardCredentialsOptions): StandardCredentials {
    return Either.getOrThrowWith(StandardCredentials.#read(options), (error) => error)
  }

  /**
   * Reads a row from outside, such as a database's: an object with the fields of `make`, as plain texts or redacted.
   *
   * @since 0.1.0
   */
  static decode(row: unknown): Effect.Effect<StandardCredentials, CredentialsError> {
    return StandardCredentials.#read(row)
  }

  /**
   * Reads `VIPPS_CLIENT_ID`, `VIPPS_CLIENT_SECRET`, `VIPPS_SUBSCRIPTION_KEY` and, if set,
   * `VIPPS_MERCHANT_SERIAL_NUMBER`.
   *
   * @since 0.1.0
   */
  static readonly config: Config.Config<StandardCredentials> = fromVariables(
    {
      clientId: { name: "VIPPS_CLIENT_ID" },
      clientSecret: { name: "VIPPS_CLIENT_SECRET" },
      subscriptionKey: { name: "VIPPS_SUBSCRIPTION_KEY" },
      merchantSerialNumber: { name: "VIPPS_MERCHANT_SERIAL_NUMBER", optional: true }
    },
    (row) => StandardCredentials.#read(row)
  )

  static #read(row: Row): Either.Either<StandardCredentials, CredentialsError> {
    return Either.all({
      clientId: secret(row, "clientId", headerKeyRule),
      clientSecret: secret(row, "clientSecret", headerKeyRule),
      subscriptionKey: secret(row, "subscriptionKey", headerKeyRule),
      merchantSerialNumber: Either.map(
        optional(row, "merchantSerialNumber", merchantSerialNumberRule),
        Option.map((digits) => MerchantSerialNumber.make(digits))
      )
    }).pipe(
      Either.mapBoth({
        onLeft: (broken) => new CredentialsError(broken),
        onRight: (keys) => new StandardCredentials(keys)
      })
    )
  }
}

/**
 * What `StandardCredentials` are made of.
 *
 * @see {@link StandardCredentials} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface StandardCredentialsOptions {
  /** `client_id`, a GUID. */
  readonly clientId: string | Redacted.Redacted<string>
  /** `client_secret`. */
  readonly clientSecret: Redacted.Redacted<string>
  /** `Ocp-Apim-Subscription-Key`: the primary or the secondary one. */
  readonly subscriptionKey: Redacted.Redacted<string>
  /** The sales unit to name in the token request and, by default, in API requests. */
  readonly merchantSerialNumber?: MerchantSerialNumber | undefined
}
