/**
 * What is wrong with keys, where something is.
 *
 * @since 0.1.0
 */
import * as Schema from "effect/Schema"

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
