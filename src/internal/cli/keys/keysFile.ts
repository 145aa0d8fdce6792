/**
 * Reads keys from JSON: variables by name, or a flow's fields as they stand in `StandardCredentials.make`, those of the
 * specialized flow under `specialized`.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import type { FlowName } from "../../../core/tokenRequest.js"
import { readDotenv } from "./dotenv.js"
import { environmentVariable, keyVariablesOf, variableNames } from "./variableNames.js"

type Variables = Readonly<Record<string, string>>

/** Reads JSON or the lines of a .env file, whichever it is. Left is what is wrong, without any value. */
export const readKeys = (text: string, source: string): Either.Either<Variables, ReadonlyArray<string>> => {
  if (/^\s*[{[]/.test(text)) return readJson(text, source)
  const { badLines, variables } = readDotenv(text)
  if (badLines.length > 0) return Either.left(badLines.map((line) => badLine(source, line)))
  return Object.keys(variables).length === 0 ? Either.left([`${source} holds no keys.`]) : Either.right(variables)
}

export const badLine = (source: string, line: number): string =>
  `Line ${line} of ${source} is not NAME=value, or its quotes do not match.`

const readJson = (text: string, source: string): Either.Either<Variables, ReadonlyArray<string>> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => [`${source} is not valid JSON.`] }).pipe(
    Either.filterOrLeft(Predicate.isRecord, () => [`${source} must be a JSON object.`]),
    Either.flatMap((object) => {
      const { specialized, standard, ...rest } = object
      const read = [
        readFields({ ...rest, ...fieldsOf(standard) }, "standard", source),
        readFields(fieldsOf(specialized), "specialized", source)
      ]
      const problems = read.flatMap((part) => part.problems)
      return problems.length > 0
        ? Either.left(problems)
        : Either.right(Object.assign({}, ...read.map((part) => part.variables)))
    })
  )

const fieldsOf = (value: unknown): Readonly<Record<PropertyKey, unknown>> => (Predicate.isRecord(value) ? value : {})

const readFields = (fields: Readonly<Record<PropertyKey, unknown>>, flow: FlowName, source: string) => {
  const names = new Map([
    ...variableNames.map((name) => [name, name] as const),
    ...keyVariablesOf(flow).map(({ field, name }) => [field, name] as const),
    ["environment", environmentVariable] as const
  ])
  const variables: Record<string, string> = {}
  const problems: Array<string> = []
  for (const [field, value] of Object.entries(fields)) {
    const name = names.get(field)
    if (name === undefined) problems.push(`${source} has a member that is no key${isPlain(field) ? `: ${field}` : ""}.`)
    else if (typeof value === "string") variables[name] = value
    else if (value !== null) problems.push(`${field} in ${source} must be a string.`)
  }
  return { variables, problems }
}

/** A name that somebody typed as a name: neither long nor random. */
const isPlain = (field: string): boolean => /^[A-Za-z_]{1,30}$/.test(field)
