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
  if (isJson(text)) return Either.flatMap(parseJson(text, source), (json) => readOnlySet(json, source))
  const { badLines, variables } = readDotenv(text)
  if (badLines.length > 0) return Either.left(badLineSentences(source, badLines))
  return Object.keys(variables).length === 0 ? Either.left([`${source} holds no keys.`]) : Either.right(variables)
}

export const isJson = (text: string): boolean => /^\s*[{[]/.test(text)

/** Reads one set of keys, or several in a JSON array. */
export const readKeySets = (
  text: string,
  source: string
): Either.Either<ReadonlyArray<Variables>, ReadonlyArray<string>> =>
  /^\s*\[/.test(text)
    ? Either.flatMap(parseJson(text, source), (sets) =>
        Either.all((Array.isArray(sets) ? sets : []).map((set) => readSet(set, source)))
      )
    : Either.map(readKeys(text, source), (set) => [set])

/** A file of another kind has nothing but bad lines. */
const mostBadLines = 5

export const badLineSentences = (source: string, lines: ReadonlyArray<number>): ReadonlyArray<string> => {
  const rest = lines.length - mostBadLines
  return [
    ...lines
      .slice(0, mostBadLines)
      .map((line) => `Line ${line} of ${source} is not NAME=value, or its quotes do not match.`),
    ...(rest > 0 ? [`So ${rest === 1 ? "is one more line" : `are ${rest} more lines`}.`] : [])
  ]
}

/** The emulator takes arrays; here there must be one set in it. */
const readOnlySet = (json: unknown, source: string): Either.Either<Variables, ReadonlyArray<string>> => {
  if (!Array.isArray(json)) return readSet(json, source)
  if (json.length === 1) return readSet(json[0], source)
  if (json.length === 0) return Either.left([`${source} holds no keys.`])
  return Either.left([
    `${source} holds ${json.length} sets of keys, and this command takes one. Give it one, as jq '.[0]' does.`
  ])
}

const parseJson = (text: string, source: string): Either.Either<unknown, ReadonlyArray<string>> =>
  Either.try({ try: (): unknown => JSON.parse(text), catch: () => [`${source} is not valid JSON.`] })

const readSet = (json: unknown, source: string): Either.Either<Variables, ReadonlyArray<string>> =>
  Either.right(json).pipe(
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
    const name = names.get(field) ?? names.get(inCamelCase(field))
    if (name === undefined) problems.push(unknownMember(field, flow, source))
    else if (typeof value === "string") variables[name] = value
    else if (value !== null) problems.push(`${field} in ${source} must be a string.`)
  }
  return { variables, problems }
}

/** `client_id` is what OAuth and Vipps' headers call it. */
const inCamelCase = (field: string): string => field.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const unknownMember = (field: string, flow: FlowName, source: string): string =>
  `Unknown member${isPlain(field) ? ` ${field}` : ""} in ${source}. Use ${fieldNames[flow]}, or the VIPPS_ names.`

const fieldNames: Readonly<Record<FlowName, string>> = {
  standard: "clientId, clientSecret, subscriptionKey and merchantSerialNumber",
  specialized: "clientId, clientSecret and scope"
}

/** A name that somebody typed as a name: neither long nor random. */
const isPlain = (field: string): boolean => /^[A-Za-z_]{1,30}$/.test(field)
