/** The error of malformed keys, for both kinds of credentials. */
import * as Schema from "effect/Schema"
import type { Problems } from "./internal/configuration/settings.js"

/**
 * One or more keys that are missing, malformed or in each other's place. Names each setting and the rule that it
 * breaks, never a value.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { StandardCredentials } from "effect-vipps-token"
 *
 * const row = { clientId: "fb492b5e-7907-4d83-ba20-c7fb60ca35de", clientSecret: "two\nlines" }
 * const error = Effect.runSync(Effect.flip(StandardCredentials.decode(row)))
 *
 * console.log(error.setting) // clientSecret
 * console.log(error.problems.map(({ setting }) => setting).join()) // clientSecret,subscriptionKey
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class CredentialsError extends Schema.TaggedError<CredentialsError>("effect-vipps-token/CredentialsError")(
  "CredentialsError",
  {
    /** All problems: each names a setting, such as `clientSecret`, and the rule that it breaks. */
    problems: Schema.NonEmptyArray(Schema.Struct({ setting: Schema.String, rule: Schema.String }))
  }
) {
  override readonly message: string = this.problems.map(({ rule, setting }) => `${setting} ${rule}`).join("; ")

  /** @internal */
  static of(problems: Problems): CredentialsError {
    const [first, ...others] = problems
    return new CredentialsError({ problems: [first, ...others] })
  }

  /** The setting of the first problem. */
  get setting(): string {
    return this.problems[0].setting
  }

  /** The rule that the first setting breaks. */
  get rule(): string {
    return this.problems[0].rule
  }
}
