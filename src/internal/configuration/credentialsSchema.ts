/** Schemas of keys whose issues hold no value: neither a formatter nor a look into the issue shows one (F36, F57). */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type * as AST from "effect/SchemaAST"
import type { Rule } from "../../core/keyRules.js"
import { type Problems, type Row, secret } from "./settings.js"

/** Stands in every issue in the place of the value. */
const hidden = "<redacted>"

/** One key of a row, so that `Schema.fromKey` can give it the row's own name. */
export const keySchema = (setting: string, rule: Rule): Schema.Schema<Redacted.Redacted<string>, KeyText> =>
  codec({
    identifier: setting,
    is: (value): value is Redacted.Redacted<string> =>
      Redacted.isRedacted(value) && typeof Redacted.value(value) === "string",
    decode: (input, ast) =>
      Either.mapLeft(
        secret({ [setting]: input }, setting, rule),
        (problem) => new ParseResult.Type(ast, hidden, problem.rule)
      ),
    encode: (key): KeyText => Redacted.value(key)
  })

type KeyText = string | Redacted.Redacted<string>

/** A whole row: all of its problems at once, each at the path of its field. */
export const rowSchema = <A, I>(options: {
  readonly identifier: string
  readonly is: (value: unknown) => value is A
  readonly read: (row: Row) => Either.Either<A, Problems>
  readonly encode: (credentials: A) => I
}): Schema.Schema<A, I> =>
  codec({
    ...options,
    decode: (row, ast) =>
      Either.mapLeft(options.read(row), ([first, ...others]) => {
        const issue = ({ rule, setting }: Problems[0]) =>
          new ParseResult.Pointer(setting, hidden, new ParseResult.Type(ast, hidden, rule))
        return new ParseResult.Composite(ast, hidden, [issue(first), ...others.map(issue)])
      })
  })

/**
 * A transformation as a declaration: those that `Schema.transformOrFail` makes keep their input in every issue. The one
 * type parameter tells the two sides of the codec apart, since `Schema.typeSchema` replaces it by its own type side.
 */
const codec = <A, I>(options: {
  readonly identifier: string
  readonly is: (value: unknown) => value is A
  readonly decode: (input: unknown, ast: AST.AST) => Either.Either<A, ParseResult.ParseIssue>
  readonly encode: (value: A) => I
}): Schema.Schema<A, I> =>
  Schema.declare(
    [EncodedSide],
    {
      decode: (side) => (input, _, ast) =>
        Schema.decodeUnknownOption(side)("encoded")._tag === "Some"
          ? options.decode(input, ast)
          : instance(options.is, input, ast),
      encode: () => (input, _, ast) => Either.map(instance(options.is, input, ast), options.encode)
    },
    { identifier: options.identifier, description: options.identifier }
  )

const EncodedSide = Schema.transformLiteral("encoded", "decoded")

const instance = <A>(is: (value: unknown) => value is A, input: unknown, ast: AST.AST) =>
  is(input) ? Either.right(input) : Either.left(new ParseResult.Type(ast, hidden, "is of another type"))
