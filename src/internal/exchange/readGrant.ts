/**
 * What the flows need of a 200: the lenient reader of both. What a *refusal* means is judged in `core/refusal.ts`,
 * since refusals come from several layers of servers in nine shapes, and none may make the reader fail.
 */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { lifetimeMillis, lifetimeRule, tokenTextRule } from "../../core/grant.js"
import { visibleAscii } from "../../core/keyRules.js"

/** A token that may become a header. */
export const TokenText = Schema.String.pipe(Schema.filter((text) => tokenTextRule(text)))

const LifetimeMillis = Schema.transform(Schema.Unknown, Schema.Positive, {
  strict: true,
  decode: (wire) => lifetimeMillis(wire) ?? Number.NaN,
  encode: (millis) => Math.floor(millis / 1000)
})

const Bearer = Schema.String.pipe(Schema.filter((text) => text.toLowerCase() === "bearer"))

/** Everything else in a 200 is ignored. */
const Grant = Schema.Struct({
  access_token: TokenText,
  expires_in: LifetimeMillis,
  token_type: Schema.optional(Bearer),
  scope: Schema.optional(Schema.Unknown)
})

/** In words of our own: a `ParseError` repeats what it could not read, so nothing but the path is taken from it. */
const rules: Readonly<Record<string, string>> = {
  access_token: visibleAscii,
  expires_in: lifetimeRule,
  token_type: "must be Bearer"
}

const problemOf = (error: ParseResult.ParseError): string => {
  const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
  const field = String(issue?.path[0] ?? "body")
  return `${field}: ${issue?._tag === "Missing" ? "is missing" : (rules[field] ?? "must be a JSON object")}`
}

/**
 * What the body grants, or what is wrong with it, by path. The decoder is made when it is needed: made with the module, it
 * would slow the start of every process.
 */
export const readGrant = (body: unknown): Either.Either<typeof Grant.Type, string> =>
  Either.mapLeft(Schema.decodeUnknownEither(Grant)(body), problemOf)
