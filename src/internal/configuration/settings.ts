/**
 * Reads settings from values, rows of a database and `Config` alike. A problem names the setting and the rule that it
 * breaks, never the value.
 */
import * as Array from "effect/Array"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Rule } from "../../core/keyRules.js"
import type { Problem } from "../../core/misplacedKeys.js"

export type Problems = Array.NonEmptyReadonlyArray<Problem>

/** Settings before they are read: any value at all, its fields redacted or not, optional or not. */
export type Row = unknown

/** Reads a text, without the white space around it. */
export const required = (row: Row, setting: string, rule: Rule): Either.Either<string, Problem> =>
  Either.flatMap(textIn(row, setting), (text) => {
    if (text === undefined) return Either.left({ setting, rule: "is missing" })
    const broken = rule(text)
    return broken === undefined ? Either.right(text) : Either.left({ setting, rule: broken })
  })

/** Reads a text that is never shown. */
export const secret = (row: Row, setting: string, rule: Rule): Either.Either<Redacted.Redacted<string>, Problem> =>
  Either.map(required(row, setting, rule), Redacted.make)

/** Reads a text that may be absent; a blank one counts as absent. */
export const optional = (row: Row, setting: string, rule: Rule): Either.Either<Option.Option<string>, Problem> =>
  Either.flatMap(textIn(row, setting), (text) =>
    text === undefined || text === ""
      ? Either.right(Option.none())
      : Either.map(required(row, setting, rule), Option.some)
  )

/** The result of reading these fields together, with the problems of all of them in place of the first. */
export const withAllProblems = <A>(
  fields: Readonly<Record<string, Either.Either<unknown, Problem>>>,
  result: Either.Either<A, Problem>
): Either.Either<A, Problems> =>
  Either.mapLeft(result, (first) => [first, ...Array.getLefts(Object.values(fields)).slice(1)])

/** A row may be a proxy, and a field a getter that throws: what it throws may hold a value, and is dropped (F68). */
const textIn = (row: Row, setting: string): Either.Either<string | undefined, Problem> =>
  Either.try(() => {
    const field = Predicate.hasProperty(row, setting) ? row[setting] : undefined
    const value = Option.isOption(field) ? Option.getOrUndefined(field) : field
    return Redacted.isRedacted(value) ? Redacted.value(value) : value
  }).pipe(
    Either.mapLeft(() => ({ setting, rule: "cannot be read: reading it throws" })),
    Either.flatMap((value) =>
      value === undefined || value === null
        ? Either.right(undefined)
        : typeof value === "string"
          ? Either.right(value.trim())
          : Either.left({ setting, rule: "must be a string" })
    )
  )
