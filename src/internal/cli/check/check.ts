/** `check`: do the keys work, and if not, which one is wrong and what is to be done. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { FlowName } from "../../../core/tokenRequest.js"
import { CommandFailed, exitCode, wrongUsage } from "../commandFailed.js"
import { defaultTimeout, durationFlag } from "../durations.js"
import { environmentProblem } from "../keys/environmentProblems.js"
import type { KeyProblem } from "../keys/keyProblems.js"
import { misspelledVariables } from "../keys/misspelledVariables.js"
import { flowsOf, labelOf, noKeysSet, readEnvironment, settingProblems } from "../keys/settings.js"
import { respell } from "../keys/spelling.js"
import { environmentVariable, keyVariables } from "../keys/variableNames.js"
import { type GivenVariables, readVariables, type VariableFlags, type Variables } from "../keys/variables.js"
import type { Input } from "../node/input.js"
import { Output } from "../node/output.js"
import { type CheckResult, fail, ok, skipped, warn } from "./checkResult.js"
import { reach } from "./reach.js"
import { reportAsJson, reportAsText } from "./report.js"
import { checkToken } from "./tokenCheck.js"

export interface CheckOptions extends VariableFlags {
  readonly flow: Option.Option<FlowName>
  readonly timeout: Option.Option<string>
  readonly format: Option.Option<"text" | "json">
  readonly offline: boolean
  readonly otherEnvironment: boolean
  readonly quiet: boolean
}

export const check = (
  options: CheckOptions
): Effect.Effect<void, CommandFailed, FileSystem.FileSystem | HttpClient.HttpClient | Input | Output> =>
  Effect.gen(function* () {
    if (options.offline && options.otherEnvironment) {
      return yield* wrongUsage("--offline asks no server, and --other-environment asks two: choose one of them.")
    }
    const timeout = yield* durationFlag("--timeout", options.timeout)
    const given = yield* readVariables(options)
    const found = yield* runChecks(
      given,
      options,
      Option.getOrElse(timeout, () => defaultTimeout)
    )
    const results = found.map((result) => ({
      ...result,
      message: respell(given.spelling, result.message),
      next: result.next && respell(given.spelling, result.next)
    }))
    const output = yield* Output
    const shown = options.quiet ? results.filter(({ outcome }) => outcome === "warn" || outcome === "fail") : results
    const asJson = Option.contains(options.format, "json")
    if (asJson) yield* output.value(reportAsJson(results))
    else if (shown.length > 0) yield* output.value(reportAsText(shown, output.isColourful))
    const failed = results.find(({ outcome }) => outcome === "fail")
    if (failed !== undefined) {
      return yield* new CommandFailed({ exitCode: failed.exitCode ?? exitCode.defect, lines: [] })
    }
  })

/** All steps in order. A step whose ground is missing is skipped, never left out. */
const runChecks = (
  given: GivenVariables,
  options: Pick<CheckOptions, "flow" | "offline" | "otherEnvironment">,
  timeout: Duration.Duration
): Effect.Effect<ReadonlyArray<CheckResult>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { variables } = given
    const flows = Option.match(options.flow, { onNone: () => flowsOf(variables), onSome: (flow) => [flow] })
    const found = variableChecks(given, flows)
    const steps = ["reach", "clock", ...flows.map((flow) => `${flow}.token`)]
    const skipAll = (why: string) => [...found, ...steps.map((id) => skipped(id, why))]
    if (options.offline) return skipAll("Left out by --offline.")
    const environment = yield* Effect.option(readEnvironment(variables))
    if (Option.isNone(environment)) return skipAll("Without an environment there is no server to ask.")
    const reached = yield* reach(environment.value.baseUrl, timeout)
    const isReached = reached.every(({ outcome }) => outcome !== "fail")
    const tokens = yield* Effect.forEach(flows, (flow) => {
      const id = `${flow}.token`
      if (!isReached) return Effect.succeed([skipped(id, "The server cannot be reached.")])
      if (settingProblems(given, flow).some(({ outcome }) => outcome === "fail")) {
        return Effect.succeed([skipped(id, "Nothing is sent before the variables are right.")])
      }
      return checkToken(variables, {
        flow,
        environment: environment.value,
        timeout,
        otherEnvironment: options.otherEnvironment
      })
    })
    return [...found, ...reached, ...tokens.flat()]
  })

const variableChecks = (given: GivenVariables, flows: ReadonlyArray<FlowName>): ReadonlyArray<CheckResult> => {
  const { variables } = given
  if (flows.length === 0) {
    const misspelled = misspelledVariables(Redacted.value(variables)).map(resultOf)
    const { next, what } = noKeysSet(given)
    return [...environmentCheck(variables), ...misspelled, fail("variables", what, next, exitCode.badVariables)]
  }
  const problems = new Map(
    flows.flatMap((flow) => settingProblems(given, flow)).map((problem) => [problem.variable, problem])
  )
  const found = [...problems.values()].map(resultOf)
  return found.some(({ outcome }) => outcome === "fail")
    ? found
    : [
        ok(
          "variables",
          `The variables are set and well formed: ${flows.map((flow) => told(variables, flow)).join("; ")}.`
        ),
        ...found
      ]
}

const resultOf = ({ next, outcome, rule, variable }: KeyProblem): CheckResult =>
  outcome === "fail"
    ? fail(`variables.${variable}`, `${variable} ${rule}.`, next, exitCode.badVariables)
    : warn(`variables.${variable}`, `${variable} ${rule}.`, next)

const environmentCheck = (variables: Variables): ReadonlyArray<CheckResult> => {
  const problem = environmentProblem(Redacted.value(variables)[environmentVariable])
  return problem === undefined ? [] : [resultOf(problem)]
}

/** Enough to see whose keys they are: the beginning of the client id, and the sales unit. */
const told = (variables: Variables, flow: FlowName): string => {
  const msn =
    flow === "standard" ? Redacted.value(variables)[keyVariables.standard.merchantSerialNumber.name] : undefined
  return `${labelOf(variables, flow)}…${msn === undefined ? "" : `, merchant serial number ${msn.trim()}`}`
}
