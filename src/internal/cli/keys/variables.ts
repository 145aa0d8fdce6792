/**
 * Gathers the variables of a command: a flag beats a variable, a variable beats `--dotenv`. Keys that come by `--keys`
 * come from there alone, so that keys of two sales units never mix.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import type * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { badVariables, type CommandFailed, notToBeHad } from "../commandFailed.js"
import { Input } from "../node/input.js"
import { readDotenv } from "./dotenv.js"
import { badLineSentences, readKeys } from "./keysFile.js"
import { misspelledNames } from "./misspelledVariables.js"
import { environmentVariable, isKeyName, variableNames } from "./variableNames.js"

/** The variables that are set, by name. A blank one counts as not set. */
export type Variables = Redacted.Redacted<Readonly<Record<string, string>>>

export interface VariableFlags {
  readonly dotenv: Option.Option<string>
  readonly keys: Option.Option<string>
  readonly environment: Option.Option<string>
}

type Plain = Readonly<Record<string, string>>

export const readVariables = (
  flags: VariableFlags
): Effect.Effect<Variables, CommandFailed, FileSystem.FileSystem | Input> =>
  Effect.gen(function* () {
    const file = yield* optionally(flags.dotenv, readDotenvFile)
    const set = yield* setVariables
    const keys = yield* optionally(flags.keys, readKeysFrom(readKeys))
    const others = { ...file, ...set }
    const plain = {
      ...(Option.isSome(flags.keys) ? without(others, isKeyName) : others),
      ...keys,
      ...Option.match(flags.environment, { onNone: () => ({}), onSome: (url) => ({ [environmentVariable]: url }) })
    }
    return Redacted.make(without(plain, (_, value) => value.trim() === ""))
  })

export const configProviderOf = (variables: Variables): ConfigProvider.ConfigProvider =>
  ConfigProvider.fromMap(new Map(Object.entries(Redacted.value(variables))))

/** Reads a file that the user has named; the path is theirs, so it is repeated. */
export const readFile = (path: string, flag: string): Effect.Effect<string, CommandFailed, FileSystem.FileSystem> =>
  Effect.flatMap(FileSystem.FileSystem, (files) => files.readFileString(path)).pipe(
    Effect.mapError((error) =>
      notToBeHad(`${flag} ${path} cannot be read: ${"reason" in error ? reasonOf(error.reason) : "it is not a file"}.`)
    )
  )

const reasonOf = (reason: string): string =>
  reason === "NotFound"
    ? "there is no such file"
    : reason === "PermissionDenied"
      ? "permission is denied"
      : "it is not a file"

/** Reads keys from a file, or from standard input for `-`, as the reader says. */
export const readKeysFrom =
  <A>(read: (text: string, source: string) => Either.Either<A, ReadonlyArray<string>>) =>
  (path: string): Effect.Effect<A, CommandFailed, FileSystem.FileSystem | Input> =>
    Effect.gen(function* () {
      const text = yield* path === "-" ? Effect.flatMap(Input, (input) => input.text) : readFile(path, "--keys")
      return yield* Effect.mapError(read(text, path === "-" ? "standard input" : path), badVariables)
    })

const readDotenvFile = (path: string): Effect.Effect<Plain, CommandFailed, FileSystem.FileSystem> =>
  Effect.flatMap(readFile(path, "--dotenv"), (text) => {
    const { badLines, variables } = readDotenv(text)
    return badLines.length > 0 ? Effect.fail(badVariables(badLineSentences(path, badLines))) : Effect.succeed(variables)
  })

const setVariables: Effect.Effect<Plain> = Effect.gen(function* () {
  const names = [...variableNames, ...(yield* misspelledNames)]
  const entries = yield* Effect.forEach(names, (name) =>
    Effect.map(
      Effect.orElseSucceed(Config.string(name), () => ""),
      (value) => [name, value] as const
    )
  )
  return without(Object.fromEntries(entries), (_, value) => value.trim() === "")
})

const optionally = <E, R>(
  path: Option.Option<string>,
  read: (path: string) => Effect.Effect<Plain, E, R>
): Effect.Effect<Plain, E, R> => Option.match(path, { onNone: () => Effect.succeed({}), onSome: read })

const without = (variables: Plain, isLeftOut: (name: string, value: string) => boolean): Plain =>
  Object.fromEntries(Object.entries(variables).filter(([name, value]) => !isLeftOut(name, value)))
