/**
 * Gathers the variables of a command: a flag beats a variable, a variable beats `--dotenv`. Keys that come by `--keys`
 * come from there alone, so that keys of two sales units never mix.
 */
import * as FileSystem from "@effect/platform/FileSystem"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { badVariables, type CommandFailed, notToBeHad, wrongUsage } from "../commandFailed.js"
import { Input } from "../node/input.js"
import { readDotenv } from "./dotenv.js"
import { badLineSentences, isJson, readKeys } from "./keysFile.js"
import { misspelledNames, namesOfProcess } from "./misspelledVariables.js"
import {
  flagSpelling,
  memberSpelling,
  prefixed,
  prefixHints,
  prefixSpelling,
  type Spelling,
  withoutPrefix
} from "./spelling.js"
import { environmentVariable, isKeyName, variableNames } from "./variableNames.js"

/** The variables that are set, by name. A blank one counts as not set. */
export type Variables = Redacted.Redacted<Readonly<Record<string, string>>>

export interface VariableFlags {
  readonly dotenv: Option.Option<string>
  readonly keys: Option.Option<string>
  readonly prefix: Option.Option<string>
  readonly environment: Option.Option<string>
}

/** The variables, and what messages about them need. */
export interface GivenVariables {
  readonly variables: Variables
  readonly spelling: Spelling
  /** The source that `--keys` names, for sentences. */
  readonly keysSource: string | undefined
  /** If there are no keys: the ones that a `--prefix` would read. */
  readonly prefixHints: ReadonlyArray<string>
}

type Plain = Readonly<Record<string, string>>

export const readVariables = (
  flags: VariableFlags
): Effect.Effect<GivenVariables, CommandFailed, FileSystem.FileSystem | Input> =>
  Effect.gen(function* () {
    const prefix = yield* prefixOf(flags)
    const file = without(yield* optionally(flags.dotenv, readDotenvFile), isBlank)
    const others = { ...file, ...(yield* setVariables(prefix)) }
    const keys = Option.isNone(flags.keys) ? undefined : yield* readKeysFrom(readOneSet)(flags.keys.value)
    const environment = Option.filter(flags.environment, (value) => value.trim() !== "")
    const plain = {
      ...(keys !== undefined
        ? without(others, isKeyName)
        : prefix === undefined
          ? others
          : withoutPrefix(prefix, others)),
      ...keys?.variables,
      ...Option.match(environment, { onNone: () => ({}), onSome: (url) => ({ [environmentVariable]: url }) })
    }
    const variables = without(plain, isBlank)
    const isKeyless = keys === undefined && !Object.keys(variables).some(isKeyName)
    return {
      variables: Redacted.make(variables),
      spelling: new Map([
        ...(prefix === undefined ? [] : prefixSpelling(prefix, others)),
        ...(keys?.isJson === true ? memberSpelling(keys.variables) : []),
        ...(Option.isSome(environment) ? flagSpelling : [])
      ]),
      keysSource: keys?.source,
      prefixHints: isKeyless ? prefixHints([...Object.keys(file), ...(yield* namesOfProcess())]) : []
    }
  })

/** A key is longer, so that none which was typed in its place is repeated in names. */
const prefixOf = ({ keys, prefix }: VariableFlags): Effect.Effect<string | undefined, CommandFailed> => {
  if (Option.isNone(prefix)) return Effect.succeed(undefined)
  if (Option.isSome(keys)) {
    return wrongUsage("--prefix is for variables, and --keys reads no keys from variables: choose one of them.")
  }
  return /^[A-Za-z]\w{0,30}$/.test(prefix.value)
    ? Effect.succeed(prefix.value)
    : wrongUsage("--prefix must be what stands before _VIPPS_CLIENT_ID, such as SHOP_A for SHOP_A_VIPPS_CLIENT_ID.")
}

const readOneSet = (text: string, source: string) =>
  Either.map(readKeys(text, source), (variables) => ({ variables, source, isJson: isJson(text) }))

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

const setVariables = (prefix: string | undefined): Effect.Effect<Plain> =>
  Effect.gen(function* () {
    const ofPrefix = prefix === undefined ? yield* misspelledNames : variableNames.map((name) => prefixed(prefix, name))
    const entries = yield* Effect.forEach([...variableNames, ...ofPrefix], (name) =>
      Effect.map(
        Effect.orElseSucceed(Config.string(name), () => ""),
        (value) => [name, value] as const
      )
    )
    return without(Object.fromEntries(entries), isBlank)
  })

const isBlank = (_: string, value: string): boolean => value.trim() === ""

const optionally = <E, R>(
  path: Option.Option<string>,
  read: (path: string) => Effect.Effect<Plain, E, R>
): Effect.Effect<Plain, E, R> => Option.match(path, { onNone: () => Effect.succeed({}), onSome: read })

const without = (variables: Plain, isLeftOut: (name: string, value: string) => boolean): Plain =>
  Object.fromEntries(Object.entries(variables).filter(([name, value]) => !isLeftOut(name, value)))
