/** The keys that a user gives to the emulator: it accepts them besides its own. */
import type * as FileSystem from "@effect/platform/FileSystem"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { SpecializedCredentials } from "../../../specialized/SpecializedCredentials.js"
import { StandardCredentials } from "../../../standard/StandardCredentials.js"
import { badVariables, type CommandFailed, wrongUsage } from "../commandFailed.js"
import { keyProblems } from "../keys/keyProblems.js"
import { readKeySets } from "../keys/keysFile.js"
import { flowsOf, problemsOf, sentenceOf } from "../keys/settings.js"
import { configProviderOf, readKeysFrom } from "../keys/variables.js"
import type { Input } from "../node/input.js"

export type AcceptedKeys = StandardCredentials | SpecializedCredentials

/** Reads the keys of all files, each of which may hold several sets. */
export const readAcceptedKeys = (
  paths: ReadonlyArray<string>
): Effect.Effect<ReadonlyArray<AcceptedKeys>, CommandFailed, FileSystem.FileSystem | Input> =>
  Effect.gen(function* () {
    if (paths.filter((path) => path === "-").length > 1) {
      return yield* wrongUsage("--keys - reads all of standard input, so it can be given only once.")
    }
    const sets = (yield* Effect.forEach(paths, readKeysFrom(readKeySets))).flat()
    return (yield* Effect.forEach(sets, keysOf)).flat()
  })

const keysOf = (set: Readonly<Record<string, string>>): Effect.Effect<ReadonlyArray<AcceptedKeys>, CommandFailed> =>
  Effect.gen(function* () {
    const variables = Redacted.make(set)
    const flows = flowsOf(variables)
    if (flows.length === 0)
      return yield* badVariables(["--keys names no keys: VIPPS_CLIENT_ID and the others are missing."])
    const problems = flows.flatMap((flow) =>
      keyProblems(Redacted.value(variables), { flow, isVipps: false, keysSource: "the file of --keys" })
    )
    if (problems.some(({ outcome }) => outcome === "fail")) return yield* badVariables(problems.map(sentenceOf))
    const provider = configProviderOf(variables)
    // The rules were tried above: a failure here is of one that those do not know.
    const load = {
      standard: Effect.map(provider.load(StandardCredentials.config), (keys): AcceptedKeys => keys),
      specialized: Effect.map(provider.load(SpecializedCredentials.config), (keys): AcceptedKeys => keys)
    }
    return yield* Effect.forEach(flows, (flow) =>
      Effect.mapError(load[flow], (error) => badVariables(problemsOf(error, variables).map(sentenceOf)))
    )
  })
