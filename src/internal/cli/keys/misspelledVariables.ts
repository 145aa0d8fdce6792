/** Variables whose names are nearly those that the command line reads. */
import * as Effect from "effect/Effect"
import * as HashSet from "effect/HashSet"
import { nearest } from "../arguments.js"
import type { KeyProblem, KeyValues } from "./keyProblems.js"
import { variableNames } from "./variableNames.js"

/** The known name that is meant; none if the name is known, or nothing like it is. */
const meantBy = (name: string): string | undefined =>
  /^VIPPS_[A-Z0-9_]{1,60}$/.test(name) && !variableNames.includes(name) ? nearest(name, variableNames) : undefined

/** Warns of a name only if the one that it may stand for is not set. */
export const misspelledVariables = (values: KeyValues): ReadonlyArray<KeyProblem> =>
  Object.keys(values).flatMap((variable) => {
    const meant = meantBy(variable)
    return meant === undefined || meant in values
      ? []
      : [{ variable, outcome: "warn", rule: "is not read", next: `Did you mean ${meant}?` }]
  })

/** The names of variables of this process. A provider tells them part by part. */
export const namesOfProcess = (beginning = ""): Effect.Effect<ReadonlyArray<string>> =>
  Effect.configProviderWith(({ flattened }) => {
    const namesBelow = (path: ReadonlyArray<string>): Effect.Effect<ReadonlyArray<string>> =>
      Effect.gen(function* () {
        const parts = [
          ...(yield* Effect.orElseSucceed(flattened.enumerateChildren(path), () => HashSet.empty<string>()))
        ]
        if (parts.length === 0) return [path.join("_")]
        const wanted = path.length > 0 ? parts : parts.filter((part) => part.startsWith(beginning))
        return (yield* Effect.forEach(wanted, (part) => namesBelow([...path, part]))).flat()
      })
    return namesBelow([])
  })

/** The names of variables of this process that are nearly known. */
export const misspelledNames: Effect.Effect<ReadonlyArray<string>> = Effect.map(namesOfProcess("VIPPS"), (names) =>
  names.filter((name) => meantBy(name) !== undefined)
)
