/**
 * Reads settings from variables by `Config`. Every problem is reported at once, each with the full name of its
 * variable: below the prefixes of `Config.nested` and of `ConfigProvider.nested` too.
 */
import * as Array from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import { CredentialsError } from "../../Credentials.js"
import type { Rule } from "../../core/keyRules.js"
import { isClientId, type Problem } from "../../core/misplacedKeys.js"
import type { Problems, Row } from "./settings.js"

/** The full name of each setting's variable. */
export type VariablePaths = Readonly<Record<string, ReadonlyArray<string>>>

/** A config of the settings in these variables: setting by setting, the name of its variable. */
export const fromVariables = <A>(
  names: Readonly<Record<string, string>>,
  read: (row: Row, paths: VariablePaths) => Either.Either<A, Problem | Problems>
): Config.Config<A> =>
  // Made when it is read: made with the module, it would slow the start of every process.
  Config.suspend(() =>
    andThen(
      Config.all({ row: Config.all(Record.map(names, text)), paths: Config.all(Record.map(names, path)) }),
      ({ paths, row }) =>
        Either.match(read(row, paths), {
          onRight: (value): Config.Config<A> => Config.succeed(value),
          onLeft: (problems) =>
            Array.ensure(problems)
              .map(({ rule, setting }) => refused(names[setting] ?? setting, rule))
              .reduce((all, next) => Config.zipWith(all, next, (never) => never))
        })
    )
  )

/**
 * The names of variables, checked. Throws a `CredentialsError` if one may be a key itself: the errors of a `Config`
 * show the names (F68).
 */
export const variableNames = <Names extends Readonly<Record<string, string>>>(names: Names): Names => {
  const rule = "must be the name of a variable, not its value"
  const problems = Object.entries<unknown>(names).flatMap(([setting, name]) =>
    isVariableName(name) ? [] : [{ setting, rule }]
  )
  if (Array.isNonEmptyArray(problems)) throw CredentialsError.of(problems)
  return names
}

/** Names have separators; what is long, with digits and without any, looks like a key. */
const isVariableName = (name: unknown): boolean =>
  Predicate.isString(name) &&
  /^[A-Za-z_][\w.-]{0,99}$/.test(name) &&
  !isClientId(name) &&
  !/^(?=.*\d)[A-Za-z\d]{20,}$/.test(name)

/** A user's own config, checked. */
export const ruled = <A>(
  config: Config.Config<A>,
  rule: (value: A) => string | undefined,
  path: ReadonlyArray<string> = []
): Config.Config<A> =>
  Config.mapOrFail(config, (value) => {
    const broken = rule(value)
    return broken === undefined ? Either.right(value) : Either.left(ConfigError.InvalidData([...path], broken))
  })

/** A user's own config of a text, checked: it may hold anything, whatever its type says (F68). */
export const ruledText = (config: Config.Config<string>, rule: Rule): Config.Config<string> =>
  ruled(config, (value) => (Predicate.isString(value) ? rule(value) : "must be a string"))

/** Reads a config, then the config that is made of its result. `Config` itself has no such combinator. */
const andThen = <A, B>(first: Config.Config<A>, then: (a: A) => Config.Config<B>): Config.Config<B> => {
  let second: Config.Config<Option.Option<B>> = Config.succeed(Option.none())
  return Config.zipWith(
    Config.map(first, (found) => {
      second = Config.map(then(found), Option.some)
    }),
    Config.suspend(() => second),
    (_, result) => result
  ).pipe(Config.mapOrFail(Either.fromOption(() => ConfigError.MissingData([], "was not read"))))
}

const text = (name: string): Config.Config<Option.Option<Redacted.Redacted<string>>> =>
  Config.option(Config.map(Config.string(name), Redacted.make))

/** A provider names a variable in full only in an error: that it is missing, or that it is refused. */
const refused = (name: string, rule: string): Config.Config<never> =>
  Config.nested(
    Config.primitive<never>(rule, () => Either.left(ConfigError.InvalidData([], rule))),
    name
  )

/** Of a provider with another behind it, the path by the first. */
const pathIn = (error: ConfigError.ConfigError): ReadonlyArray<string> | undefined =>
  ConfigError.isOr(error) || ConfigError.isAnd(error) ? pathIn(error.left) : "path" in error ? error.path : undefined

const path = (name: string): Config.Config<ReadonlyArray<string>> =>
  Config.suspend(() => {
    let full: ReadonlyArray<string> = [name]
    return Config.orElseIf(refused(name, ""), {
      if: (error) => {
        full = pathIn(error) ?? full
        return true
      },
      orElse: () => Config.sync(() => full)
    })
  })
