/**
 * Reads settings from variables by `Config`. Every problem is reported at once, each with the full name of its
 * variable: below the prefixes of `Config.nested` and of `ConfigProvider.nested` too.
 */
import * as Array from "effect/Array"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Record from "effect/Record"
import * as Redacted from "effect/Redacted"
import type { Problem } from "../../core/misplacedKeys.js"
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

const path = (name: string): Config.Config<ReadonlyArray<string>> =>
  Config.suspend(() => {
    let full: ReadonlyArray<string> = [name]
    return Config.orElseIf(refused(name, ""), {
      if: (error) => {
        if (ConfigError.isInvalidData(error) || ConfigError.isMissingData(error)) full = error.path
        return true
      },
      orElse: () => Config.sync(() => full)
    })
  })
