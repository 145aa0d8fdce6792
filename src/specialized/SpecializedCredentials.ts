/** The keys of the specialized flow: from values, from rows of a database, from `Config`. */
import * as Config from "effect/Config"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type * as Schema from "effect/Schema"
import { CredentialsError } from "../Credentials.js"
import { basicClientIdRule, basicSecretRule } from "../core/keyRules.js"
import { keySchema, rowSchema } from "../internal/configuration/credentialsSchema.js"
import { forEnvironment, type RedactedSpecializedKeys, readSpecializedKeys } from "../internal/configuration/keys.js"
import type { Problems, Row } from "../internal/configuration/settings.js"
import { fromVariables, type VariablePaths, variableNames } from "../internal/configuration/variables.js"
import type { VippsEnvironmentInput } from "../VippsEnvironment.js"

/**
 * The keys for `SpecializedFlow`: accounting keys and donations keys, from Vipps' partner team.
 *
 * White space around a key is trimmed. The client id must be visible ASCII without a colon; the secret may be any text
 * without control characters; each has at most 1,024 bytes. Values that can never be right are refused: in quotes,
 * placeholders, two keys swapped, keys of the standard flow.
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
export class SpecializedCredentials extends Data.Class<RedactedSpecializedKeys> {
  readonly #variables: VariablePaths

  private constructor(keys: RedactedSpecializedKeys, variables: VariablePaths = {}) {
    super(keys)
    this.#variables = variables
  }

  /** Makes credentials of values. Throws a `CredentialsError` if one is malformed; `decode` fails instead. */
  static make(options: SpecializedCredentialsOptions): SpecializedCredentials {
    return Either.getOrThrowWith(SpecializedCredentials.#read(options), CredentialsError.of)
  }

  /** Reads a row from outside: an object with the fields of `make`. See `StandardCredentials.decode`. */
  static decode(
    row: unknown,
    environment?: VippsEnvironmentInput
  ): Effect.Effect<SpecializedCredentials, CredentialsError> {
    return Either.mapLeft(SpecializedCredentials.in(environment, row), CredentialsError.of)
  }

  /**
   * Reads `VIPPS_SPECIALIZED_CLIENT_ID`, `VIPPS_SPECIALIZED_CLIENT_SECRET` and, if set, `VIPPS_SPECIALIZED_SCOPE`. See
   * `StandardCredentials.config`.
   */
  static readonly config: Config.Config<SpecializedCredentials> = Config.suspend(() =>
    SpecializedCredentials.configOf({
      clientId: "VIPPS_SPECIALIZED_CLIENT_ID",
      clientSecret: "VIPPS_SPECIALIZED_CLIENT_SECRET",
      scope: "VIPPS_SPECIALIZED_SCOPE"
    })
  )

  /**
   * Reads variables of the application's own names. Without a name for it there is no scope.
   *
   * @example
   * ```ts
   * import { ConfigProvider, Effect } from "effect"
   * import { SpecializedCredentials } from "effect-vipps-token"
   *
   * const config = SpecializedCredentials.configOf({
   *   clientId: "BOOKS_ID",
   *   clientSecret: "BOOKS_SECRET"
   * })
   * const variables = new Map([["BOOKS_SECRET", "undefined"]])
   * const error = Effect.runSync(Effect.flip(ConfigProvider.fromMap(variables).load(config)))
   *
   * console.log(String(error).includes("BOOKS_SECRET")) // true
   * console.log(String(error).includes("BOOKS_ID")) // true
   * ```
   */
  static configOf(variables: SpecializedCredentialsVariables): Config.Config<SpecializedCredentials> {
    const { scope, ...keys } = variables
    const names = scope === undefined ? keys : { ...keys, scope }
    return fromVariables(variableNames(names), SpecializedCredentials.#read)
  }

  /**
   * The fields of a row, each for `Schema.fromKey` if the row has other names. Issues of a `Schema.Struct` made of
   * them contain the row itself: print only their messages.
   *
   * @example
   * ```ts
   * import { ParseResult, Schema } from "effect"
   * import { SpecializedCredentials } from "effect-vipps-token"
   *
   * const { clientId, clientSecret } = SpecializedCredentials.fields
   * const Row = Schema.Struct({
   *   clientId: Schema.propertySignature(clientId).pipe(Schema.fromKey("client_id")),
   *   clientSecret: Schema.propertySignature(clientSecret).pipe(Schema.fromKey("client_secret"))
   * }).pipe(Schema.compose(SpecializedCredentials.schema))
   *
   * const row = { client_id: "", client_secret: "null" }
   * const result = Schema.decodeUnknownEither(Row, { errors: "all" })(row)
   *
   * if (result._tag === "Left") {
   *   const issues = ParseResult.ArrayFormatter.formatErrorSync(result.left)
   *   console.log(issues.map(({ path }) => path.join(".")).join()) // client_id,client_secret
   * }
   * ```
   */
  static readonly fields = {
    clientId: keySchema("clientId", basicClientIdRule),
    clientSecret: keySchema("clientSecret", basicSecretRule)
  }

  /** A schema from a plain row; encoding writes the keys in clear. See `StandardCredentials.schema`. */
  static readonly schema: Schema.Schema<SpecializedCredentials, SpecializedCredentialsRow> = rowSchema({
    identifier: "SpecializedCredentials",
    is: (value) => value instanceof SpecializedCredentials,
    read: (row) => SpecializedCredentials.#read(row),
    encode: (credentials): SpecializedCredentialsRow => ({
      clientId: Redacted.value(credentials.clientId),
      clientSecret: Redacted.value(credentials.clientSecret),
      scope: Option.getOrNull(credentials.scope)
    })
  })

  /** @internal Reads any object that has the fields. Given an environment, the keys must suit it. */
  static in(environment: VippsEnvironmentInput | undefined, row: Row): Either.Either<SpecializedCredentials, Problems> {
    return Either.flatMap(SpecializedCredentials.#read(row), (credentials) => forEnvironment(credentials, environment))
  }

  /** @internal The variables that the keys were read from, if they were. */
  static variablesOf(credentials: SpecializedCredentials): VariablePaths {
    // Not of any other value: V8 repeats one that cannot have members in its error (F68).
    return Predicate.isObject(credentials) && #variables in credentials ? credentials.#variables : {}
  }

  static #read(this: void, row: Row, variables?: VariablePaths): Either.Either<SpecializedCredentials, Problems> {
    return Either.map(readSpecializedKeys(row), (keys) => new SpecializedCredentials(keys, variables))
  }
}

/**
 * Options of `SpecializedCredentials.make`.
 *
 * @see {@link SpecializedCredentials} for an example
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

/**
 * A row that `SpecializedCredentials.schema` decodes.
 *
 * @see {@link SpecializedCredentials.fields} for an example
 * @since 0.1.0
 * @category models
 */
export interface SpecializedCredentialsRow {
  /** The client id, a GUID. */
  readonly clientId: string | Redacted.Redacted<string>
  /** The client secret. */
  readonly clientSecret: string | Redacted.Redacted<string>
  /** OAuth scopes, separated by spaces. */
  readonly scope?: string | null | undefined
}

/**
 * The names of the variables that `SpecializedCredentials.configOf` reads.
 *
 * @see {@link SpecializedCredentials.configOf} for an example
 * @since 0.1.0
 * @category models
 */
export interface SpecializedCredentialsVariables {
  /** The variable with the client id. */
  readonly clientId: string
  /** The variable with the client secret. */
  readonly clientSecret: string
  /** The variable with the scope; it may be unset or blank. */
  readonly scope?: string | undefined
}
