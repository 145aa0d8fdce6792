/**
 * Reading settings, from values, rows of a database and `Config` alike: the rule that is broken is named, the value
 * never is.
 */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { Rule } from "../core/keyRules.js"

/** A setting that is missing or malformed: its name, and the rule that it breaks. */
export interface BrokenSetting {
  readonly setting: string
  readonly rule: string
}

/** What is known of the settings before they are read: any value, its fields redacted or not, optional or not. */
export type Row = unknown

/** A text without the white space around it, if it keeps the rule. */
export const required = (row: Row, setting: string, rule: Rule): Either.Either<string, BrokenSetting> => {
  const value = valueOf(row, setting)
  if (value === undefined || value === null) return Either.left({ setting, rule: "is missing" })
  const text = textOf(value)
  if (text === undefined) return Either.left({ setting, rule: "must be a string" })
  const broken = rule(text)
  return broken === undefined ? Either.right(text) : Either.left({ setting, rule: broken })
}

/** The same for what is never shown. */
export const secret = (
  row: Row,
  setting: string,
  rule: Rule
): Either.Either<Redacted.Redacted<string>, BrokenSetting> => Either.map(required(row, setting, rule), Redacted.make)

/** The same where the setting may be absent, which a blank one counts as. */
export const optional = (
  row: Row,
  setting: string,
  rule: Rule
): Either.Either<Option.Option<string>, BrokenSetting> => {
  const value = valueOf(row, setting)
  return value === undefined || value === null || textOf(value) === ""
    ? Either.right(Option.none())
    : Either.map(required(row, setting, rule), Option.some)
}

const textOf = (value: unknown): string | undefined => {
  const text = Redacted.isRedacted(value) ? Redacted.value(value) : value
  return typeof text === "string" ? text.trim() : undefined
}

const valueOf = (row: Row, setting: string): unknown => {
  const value = Predicate.hasProperty(row, setting) ? row[setting] : undefined
  return Option.isOption(value) ? Option.getOrUndefined(value) : value
}

/** Reads the settings from variables: which variable holds which setting, and whether it may be missing. */
export const fromVariables = <A>(
  variables: Record<string, { readonly name: string; readonly optional?: boolean }>,
  read: (row: Row) => Either.Either<A, BrokenSetting>
): Config.Config<A> =>
  // Made when it is read: made with the module, it would slow the start of every process.
  Config.suspend(() => {
    const raw = Object.entries(variables).map(([setting, variable]) => {
      const value = Config.map(Config.string(variable.name), Redacted.make)
      return Config.map(
        variable.optional === true ? Config.option(value) : Config.map(value, Option.some),
        (value) => [setting, value] as const
      )
    })
    return Config.all(raw).pipe(
      Config.mapOrFail((entries) =>
        Either.mapLeft(read(Object.fromEntries(entries)), ({ rule, setting }) =>
          ConfigError.InvalidData([variables[setting]?.name ?? setting], rule)
        )
      )
    )
  })
