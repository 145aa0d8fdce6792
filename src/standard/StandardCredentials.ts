/** The keys of the standard flow: from values, from rows of a database, from `Config`. */
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import { CredentialsError } from "../Credentials.js"
import { headerKeyRule, subscriptionKeyRule } from "../core/keyRules.js"
import { keySchema, rowSchema } from "../internal/configuration/credentialsSchema.js"
import { forEnvironment, type RedactedStandardKeys, readStandardKeys } from "../internal/configuration/keys.js"
import type { Problems, Row } from "../internal/configuration/settings.js"
import { fromVariables, type VariablePaths, variableNames } from "../internal/configuration/variables.js"
import type { MerchantSerialNumber, VippsEnvironmentInput } from "../VippsEnvironment.js"

/**
 * The keys of a sales unit, a partner or a payment service provider, for `StandardFlow`. They come from the portal
 * (business.vippsmobilepay.com, under "Developer"), one set for each environment.
 *
 * White space around a key is trimmed. The rest must be visible ASCII of at most 1,024 bytes. Values that can never be
 * right are refused: in quotes, placeholders, two keys swapped.
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
export class StandardCredentials extends Data.Class<RedactedStandardKeys> {
  readonly #variables: VariablePaths

  private constructor(keys: RedactedStandardKeys, variables: VariablePaths = {}) {
    super(keys)
    this.#variables = variables
  }

  /** Makes credentials of values. Throws a `CredentialsError` if one is malformed; `decode` fails instead. */
  static make(options: StandardCredentialsOptions): StandardCredentials {
    return Either.getOrThrowWith(StandardCredentials.#read(options), CredentialsError.of)
  }

  /**
   * Reads a row from outside, such as a database's: an object with the fields of `make`, as plain texts or redacted.
   * Fails with all problems of the row.
   *
   * Given an environment, the keys must suit it: client ids of `"test"` and `"production"` are GUIDs.
   * `StandardFlow.make` throws if they do not.
   */
  static decode(
    row: unknown,
    environment?: VippsEnvironmentInput
  ): Effect.Effect<StandardCredentials, CredentialsError> {
    return Either.mapLeft(StandardCredentials.in(environment, row), CredentialsError.of)
  }

  /**
   * Reads `VIPPS_CLIENT_ID`, `VIPPS_CLIENT_SECRET`, `VIPPS_SUBSCRIPTION_KEY` and, if set,
   * `VIPPS_MERCHANT_SERIAL_NUMBER`. Fails with all problems, each with the full name of its variable. For several sets
   * of keys, put a prefix before it with `Config.nested`, or choose the names with `configOf`.
   */
  static readonly config: Config.Config<StandardCredentials> = Config.suspend(() =>
    StandardCredentials.configOf({
      clientId: "VIPPS_CLIENT_ID",
      clientSecret: "VIPPS_CLIENT_SECRET",
      subscriptionKey: "VIPPS_SUBSCRIPTION_KEY",
      merchantSerialNumber: "VIPPS_MERCHANT_SERIAL_NUMBER"
    })
  )

  /**
   * Reads variables of the application's own names. Without a name for it there is no merchant serial number.
   *
   * @example
   * ```ts
   * import { ConfigProvider, Effect } from "effect"
   * import { StandardCredentials } from "effect-vipps-token"
   *
   * const config = StandardCredentials.configOf({
   *   clientId: "SHOP_ID",
   *   clientSecret: "SHOP_SECRET",
   *   subscriptionKey: "SHOP_KEY"
   * })
   * const variables = new Map([
   *   ["SHOP_ID", "fb492b5e-7907-4d83-ba20-c7fb60ca35de"],
   *   ["SHOP_SECRET", "undefined"]
   * ])
   * const error = Effect.runSync(Effect.flip(ConfigProvider.fromMap(variables).load(config)))
   *
   * console.log(String(error).includes("SHOP_SECRET")) // true
   * console.log(String(error).includes("SHOP_KEY")) // true
   * ```
   */
  static configOf(variables: StandardCredentialsVariables): Config.Config<StandardCredentials> {
    const { merchantSerialNumber, ...keys } = variables
    const names = merchantSerialNumber === undefined ? keys : { ...keys, merchantSerialNumber }
    return fromVariables(variableNames(names), StandardCredentials.#read)
  }

  /**
   * The fields of a row, each for `Schema.fromKey` if the row has other names. Issues of a `Schema.Struct` made of
   * them contain the row itself: print only their messages.
   *
   * @example
   * ```ts
   * import { ParseResult, Schema } from "effect"
   * import { StandardCredentials } from "effect-vipps-token"
   *
   * const { clientId, clientSecret, subscriptionKey } = StandardCredentials.fields
   * const Row = Schema.Struct({
   *   clientId: Schema.propertySignature(clientId).pipe(Schema.fromKey("client_id")),
   *   clientSecret: Schema.propertySignature(clientSecret).pipe(Schema.fromKey("client_secret")),
   *   subscriptionKey: Schema.propertySignature(subscriptionKey).pipe(Schema.fromKey("subscription_key"))
   * }).pipe(Schema.compose(StandardCredentials.schema))
   *
   * const row = { client_id: "", client_secret: "null", subscription_key: "da7d5b0e18a84aeda961c0c31b75c2a9" }
   * const result = Schema.decodeUnknownEither(Row, { errors: "all" })(row)
   *
   * if (result._tag === "Left") {
   *   const issues = ParseResult.ArrayFormatter.formatErrorSync(result.left)
   *   console.log(issues.map(({ path }) => path.join(".")).join()) // client_id,client_secret
   * }
   * ```
   */
  static readonly fields = {
    clientId: keySchema("clientId", headerKeyRule),
    clientSecret: keySchema("clientSecret", headerKeyRule),
    subscriptionKey: keySchema("subscriptionKey", subscriptionKeyRule)
  }

  /**
   * A schema from a plain row, as `decode` takes it. All problems of a row are reported at once, and no issue holds a
   * value. Encoding writes the keys in clear.
   */
  static readonly schema: Schema.Schema<StandardCredentials, StandardCredentialsRow> = rowSchema({
    identifier: "StandardCredentials",
    is: (value) => value instanceof StandardCredentials,
    read: (row) => StandardCredentials.#read(row),
    encode: (credentials): StandardCredentialsRow => ({
      clientId: Redacted.value(credentials.clientId),
      clientSecret: Redacted.value(credentials.clientSecret),
      subscriptionKey: Redacted.value(credentials.subscriptionKey),
      merchantSerialNumber: Option.getOrNull(credentials.merchantSerialNumber)
    })
  })

  /** @internal Reads any object that has the fields. Given an environment, the keys must suit it. */
  static in(environment: VippsEnvironmentInput | undefined, row: Row): Either.Either<StandardCredentials, Problems> {
    return Either.flatMap(StandardCredentials.#read(row), (credentials) => forEnvironment(credentials, environment))
  }

  /** @internal The variables that the keys were read from, if they were. */
  static variablesOf(credentials: StandardCredentials): VariablePaths {
    // Not of any other value: V8 repeats one that cannot have members in its error (F68).
    return Predicate.isObject(credentials) && #variables in credentials ? credentials.#variables : {}
  }

  static #read(this: void, row: Row, variables?: VariablePaths): Either.Either<StandardCredentials, Problems> {
    return Either.map(readStandardKeys(row), (keys) => new StandardCredentials(keys, variables))
  }
}

/**
 * Options of `StandardCredentials.make`.
 *
 * @see {@link StandardCredentials} for an example
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

/**
 * A row that `StandardCredentials.schema` decodes.
 *
 * @see {@link StandardCredentials.fields} for an example
 * @since 0.1.0
 * @category models
 */
export interface StandardCredentialsRow {
  /** `client_id`, a GUID. */
  readonly clientId: string | Redacted.Redacted<string>
  /** `client_secret`. */
  readonly clientSecret: string | Redacted.Redacted<string>
  /** `Ocp-Apim-Subscription-Key`. */
  readonly subscriptionKey: string | Redacted.Redacted<string>
  /** The sales unit, as 4 to 10 digits. */
  readonly merchantSerialNumber?: string | null | undefined
}

/**
 * The names of the variables that `StandardCredentials.configOf` reads.
 *
 * @see {@link StandardCredentials.configOf} for an example
 * @since 0.1.0
 * @category models
 */
export interface StandardCredentialsVariables {
  /** The variable with `client_id`. */
  readonly clientId: string
  /** The variable with `client_secret`. */
  readonly clientSecret: string
  /** The variable with `Ocp-Apim-Subscription-Key`. */
  readonly subscriptionKey: string
  /** The variable with the sales unit; it may be unset or blank. */
  readonly merchantSerialNumber?: string | undefined
}
