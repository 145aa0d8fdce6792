/**
 * The names by which the user knows the variables: with a prefix, as members of a JSON file, or as a flag. Sentences
 * are written with the names of `variableNames.ts`, and respelled before they are printed.
 */
import { environmentVariable, isKeyName, keyVariables, variableNames } from "./variableNames.js"

type Plain = Readonly<Record<string, string>>

/** The user's name of each variable that has another one. */
export type Spelling = ReadonlyMap<string, string>

/** Puts the user's names into a text. */
export const respell = (spelling: Spelling, text: string): string =>
  text.replace(/(?<!\w)VIPPS_[A-Z_]+/g, (name) => spelling.get(name) ?? name)

export const flagSpelling: Spelling = new Map([[environmentVariable, "--environment"]])

/** The members of a JSON file. */
export const memberSpelling = (keys: Plain): Spelling =>
  new Map([
    ...Object.values(keyVariables.standard).map(({ field, name }) => [name, field] as const),
    ...Object.values(keyVariables.specialized).map(({ field, name }) => [name, `specialized.${field}`] as const),
    ...(environmentVariable in keys ? [[environmentVariable, "environment"] as const] : [])
  ])

/** Keys have the prefix always, other variables if they are set with it. */
export const prefixSpelling = (prefix: string, variables: Plain): Spelling =>
  new Map(
    variableNames
      .filter((name) => isKeyName(name) || prefixed(prefix, name) in variables)
      .map((name) => [name, prefixed(prefix, name)] as const)
  )

/** The name that `Config.nested` reads. */
export const prefixed = (prefix: string, name: string): string => `${prefix}_${name}`

/** Takes the prefix from names. A variable with it beats one without, and a key without it is somebody else's. */
export const withoutPrefix = (prefix: string, variables: Plain): Plain =>
  Object.fromEntries([
    ...Object.entries(variables).filter(([name]) => !isKeyName(name)),
    ...variableNames.flatMap((name) => {
      const value = variables[prefixed(prefix, name)]
      return value === undefined ? [] : [[name, value] as const]
    })
  ])

/**
 * Names the client ids that are set with a prefix, and the flag that reads them: one for each of the first prefixes.
 */
export const prefixHints = (names: ReadonlyArray<string>): ReadonlyArray<string> => {
  const found = new Map(
    names.flatMap((name) => {
      const prefix = /^([A-Za-z]\w{0,30})_VIPPS_(SPECIALIZED_)?CLIENT_ID$/.exec(name)?.[1]
      return prefix === undefined ? [] : [[prefix, name] as const]
    })
  )
  return [...found]
    .toSorted()
    .slice(0, 3)
    .map(([prefix, name]) => `${name} is set: use --prefix ${prefix}.`)
}
