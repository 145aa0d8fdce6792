/**
 * The keys of the specialized flow, and how to read them: from values, from rows of a database, from `Config`.
 *
 * @since 0.1.0
 */
import type * as Config from "effect/Config"
import * as Data from "effect/Data"
import type * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import type * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import { CredentialsError } from "../Credentials.js"
import { basicClientIdRule, basicSecretRule, scopeRule } from "../core/keyRules.js"
import { fromVariables, optional, type Row, secret } from "../internal/settings.js"

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
    return Either.getOrThrowWith(SpecializedCredentials.#read(options), (error) => error)
  }

  /**
   * Reads a row from outside, such as a database's: an object with the fields of `make`, as plain texts or redacted.
   *
   * @since 0.1.0
   */
  static decode(row: unknown): Effect.Effect<SpecializedCredentials, CredentialsError> {
    return SpecializedCredentials.#read(row)
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

  static #read(row: Row): Either.Either<SpecializedCredentials, CredentialsError> {
    return Either.all({
      clientId: secret(row, "clientId", basicClientIdRule),
      clientSecret: secret(row, "clientSecret", basicSecretRule),
      scope: optional(row, "scope", scopeRule)
    }).pipe(
      Either.mapBoth({
        onLeft: (broken) => new CredentialsError(broken),
        onRight: (keys) => new SpecializedCredentials(keys)
      })
    )
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
