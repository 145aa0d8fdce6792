/**
 * The keys that a token is asked with, and how to read them: from values, from rows of a database, from `Config`.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import {
  basicClientIdRule,
  basicSecretRule,
  headerKeyRule,
  merchantSerialNumberRule,
  scopeRule
} from "./core/keyRules.js"
import { type BrokenSetting, fromVariables, optional, type Row, required } from "./internal/settings.js"
import { MerchantSerialNumber } from "./VippsEnvironment.js"

/**
 * A key is missing or malformed. Names the field and the rule; the value is nowhere in it.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { StandardCredentials } from "effect-vipps-token"
 *
 * const row = { clientId: "fb492b5e-7907-4d83-ba20-c7fb60ca35de", clientSecret: "two\nlines", subscriptionKey: "da7d5b0e" }
 * const error = Effect.runSync(Effect.flip(StandardCredentials.decode(row)))
 *
 * console.log(error.setting) // clientSecret
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>("effect-vipps-token/CredentialsError")(
  "CredentialsError",
  {
    /** The field, such as `clientSecret`. */
    setting: Schema.String,
    /** The rule that it breaks. */
    rule: Schema.String
  }
) {
  override get message(): string {
    return `${this.setting} ${this.rule}`
  }
}

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
    return Either.getOrThrowWith(StandardCredentials.#read(options), toError)
  }

  /**
   * Reads a row from outside, such as a database's: an object with the fields of `make`, as plain texts or redacted.
   *
   * @since 0.1.0
   */
  static decode(row: unknown): Effect.Effect<StandardCredentials, CredentialsError> {
    return Either.mapLeft(StandardCredentials.#read(row), toError)
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

  static #read(row: Row): Either.Either<StandardCredentials, BrokenSetting> {
    return Either.all({
      clientId: redacted(required(row, "clientId", headerKeyRule)),
      clientSecret: redacted(required(row, "clientSecret", headerKeyRule)),
      subscriptionKey: redacted(required(row, "subscriptionKey", headerKeyRule)),
      merchantSerialNumber: Either.map(
        optional(row, "merchantSerialNumber", merchantSerialNumberRule),
        Option.map((digits) => MerchantSerialNumber.make(digits))
      )
    }).pipe(Either.map((keys) => new StandardCredentials(keys)))
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

interface SpecializedKeys {
  readonly clientId: Redacted.Redacted<string>
  readonly clientSecret: Redacted.Redacted<string>
  readonly scope: Option.Option<string>
}

/**
 * The keys for `SpecializedFlow`: accounting keys, donations keys and management keys, from Vipps' partner team.
 *
 * White space around a key is trimmed. The client id must be visible ASCII without a colon; the secret may be any text
 * without control characters.
 *
 * @example
 * ```ts
 * import { Redacted } from "effect"
 * import { SpecializedCredentials } from "effect-vipps-token"
 *
 * const credentials = SpecializedCredentials.make({
 *   clientId: "9658f4e2-26a8-4343-9b75-67ae9380232d",
 *   clientSecret: Redacted.make("Y8Kteew6GE2ZmeycEt6egg=="),
 *   scope: "donations:read"
 * })
 *
 * console.log(String(credentials.clientSecret)) // <redacted>
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class SpecializedCredentials extends Data.Class<SpecializedKeys> {
  private constructor(keys: SpecializedKeys) {
    super(keys)
  }

  /**
   * The keys as values. Throws a `CredentialsError` where one is malformed; `decode` fails instead.
   *
   * @since 0.1.0
   */
  static make(options: SpecializedCredentialsOptions): SpecializedCredentials {
    return Either.getOrThrowWith(SpecializedCredentials.#read(options), toError)
  }

  /**
   * Reads a row from outside, such as a database's: an object with the fields of `make`, as plain texts or redacted.
   *
   * @since 0.1.0
   */
  static decode(row: unknown): Effect.Effect<SpecializedCredentials, CredentialsError> {
    return Either.mapLeft(SpecializedCredentials.#read(row), toError)
  }

  /**
   * Reads `VIPPS_SPECIALIZED_CLIENT_ID`, `VIPPS_SPECIALIZED_CLIENT_SECRET` and, if set, `VIPPS_SPECIALIZED_SCOPE`.
   *
   * @since 0.1.0
   */
  static readonly config: Config.Config<SpecializedCredentials> = fromVariables(
    {
      clientId: { name: "VIPPS_SPECIALIZED_CLIENT_ID" },
      clientSecret: { name: "VIPPS_SPECIALIZED_CLIENT_SECRET" },
      scope: { name: "VIPPS_SPECIALIZED_SCOPE", optional: true }
    },
    (row) => SpecializedCredentials.#read(row)
  )

  static #read(row: Row): Either.Either<SpecializedCredentials, BrokenSetting> {
    return Either.all({
      clientId: redacted(required(row, "clientId", basicClientIdRule)),
      clientSecret: redacted(required(row, "clientSecret", basicSecretRule)),
      scope: optional(row, "scope", scopeRule)
    }).pipe(Either.map((keys) => new SpecializedCredentials(keys)))
  }
}

/**
 * What `SpecializedCredentials` are made of.
 *
 * @see {@link SpecializedCredentials} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface SpecializedCredentialsOptions {
  /** The client id, a GUID. */
  readonly clientId: string | Redacted.Redacted<string>
  /** The client secret. */
  readonly clientSecret: Redacted.Redacted<string>
  /** OAuth scopes, separated by spaces; left out of the request by default. */
  readonly scope?: string | undefined
}

const redacted = (key: Either.Either<string, BrokenSetting>): Either.Either<Redacted.Redacted<string>, BrokenSetting> =>
  Either.map(key, Redacted.make)

const toError = (broken: BrokenSetting): CredentialsError => new CredentialsError(broken)
