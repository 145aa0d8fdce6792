/**
 * What the flows need of a 200: the lenient reader of both. What a *refusal* means is judged in `core/tokenResponse.ts`,
 * since refusals come from several layers of servers in nine shapes, and none may make the reader fail.
 */
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { lifetimeMillis, lifetimeRule, tokenTextRule } from "../core/tokenGrant.js"

/** A token that may become a header. */
export const TokenText = Schema.String.pipe(Schema.filter((text) => tokenTextRule(text)))

const LifetimeMillis = Schema.transformOrFail(Schema.Unknown, Schema.Number, {
  strict: true,
  decode: (wire, _, ast) => {
    const millis = lifetimeMillis(wire)
    return millis === undefined
      ? ParseResult.fail(new ParseResult.Type(ast, wire, lifetimeRule))
      : ParseResult.succeed(millis)
  },
  encode: (millis) => ParseResult.succeed(Math.floor(millis / 1000))
})

const Bearer = Schema.String.pipe(Schema.filter((text) => text.toLowerCase() === "bearer" || "must be Bearer"))

/** What a flow needs of a 200: everything else in it is ignored. */
export const Grant = Schema.Struct({
  access_token: TokenText,
  expires_in: LifetimeMillis,
  token_type: Schema.optional(Bearer),
  scope: Schema.optional(Schema.Unknown)
})
