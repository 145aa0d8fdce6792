/** `token`: prints an access token. There is no cache on disk: Vipps asks that tokens are never stored. */
import type * as FileSystem from "@effect/platform/FileSystem"
import type * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { AccessToken } from "../../../AccessToken.js"
import type { FlowName } from "../../../core/tokenRequest.js"
import type { TokenRequestError } from "../../../TokenError.js"
import type { VippsEnvironment } from "../../../VippsEnvironment.js"
import { unreachableSentences } from "../check/reach.js"
import { badVariables, CommandFailed, tokenRequestFailed } from "../commandFailed.js"
import { defaultTimeout, durationFlag } from "../durations.js"
import { environmentProblem } from "../keys/environmentProblems.js"
import { misspelledVariables } from "../keys/misspelledVariables.js"
import {
  environmentName,
  flowsOf,
  makeFlow,
  noKeysSet,
  readEnvironment,
  sentenceOf,
  settingProblems
} from "../keys/settings.js"
import { respell } from "../keys/spelling.js"
import { environmentVariable } from "../keys/variableNames.js"
import { type GivenVariables, readVariables, type VariableFlags } from "../keys/variables.js"
import type { Input } from "../node/input.js"
import { Output } from "../node/output.js"
import { formatToken, type TokenFormat } from "./formats.js"

export interface TokenOptions extends VariableFlags {
  readonly flow: Option.Option<FlowName>
  readonly format: Option.Option<TokenFormat>
  readonly timeout: Option.Option<string>
  readonly quiet: boolean
}

export const token = (
  options: TokenOptions
): Effect.Effect<void, CommandFailed, FileSystem.FileSystem | HttpClient.HttpClient | Input | Output> =>
  Effect.gen(function* () {
    const timeout = yield* durationFlag("--timeout", options.timeout)
    const given = yield* readVariables(options)
    const { variables } = given
    const { isOneOfTwo, name } = yield* chooseFlow(given, options.flow)
    yield* complain(given, name, options.quiet)
    const environment = yield* Effect.orDie(readEnvironment(variables))
    const flow = yield* Effect.orDie(
      makeFlow(variables, name, { environment, requestTimeout: Option.getOrElse(timeout, () => defaultTimeout) })
    )
    const granted = yield* Effect.catchAll(flow.request, (error) => requestFailed(error, environment, given))
    const secondsLeft = Math.floor(Duration.toSeconds(yield* AccessToken.timeToLive(granted)))
    const output = yield* Output
    const format = Option.getOrElse(options.format, () => "token" as const)
    const printed = { token: granted, environment: environmentName(environment), secondsLeft }
    if (!options.quiet) {
      yield* output.note(
        `${flow.label}: a token from ${printed.environment}, valid until ${DateTime.formatIso(granted.expiresAt)}.`,
        ...(isOneOfTwo ? [bothFlowsSet] : [])
      )
    }
    yield* output.value(formatToken(format, printed))
  })

/** The words of `check` for a server that cannot be reached. */
const requestFailed = (
  error: TokenRequestError,
  { baseUrl }: VippsEnvironment,
  { spelling }: GivenVariables
): Effect.Effect<never, CommandFailed> => {
  const { exitCode, lines } = tokenRequestFailed(error)
  if (error._tag !== "Unavailable" || error.reason !== "network") return new CommandFailed({ exitCode, lines })
  const failure = { kind: "passing", code: Option.getOrUndefined(error.code) } as const
  return Effect.flatMap(unreachableSentences(baseUrl, failure), ({ message, next }) =>
    Effect.fail(new CommandFailed({ exitCode, lines: [message, respell(spelling, next), ...lines.slice(1)] }))
  )
}

interface ChosenFlow {
  readonly name: FlowName
  /** Whether the keys of the other flow are set as well, and nobody has said which to use. */
  readonly isOneOfTwo: boolean
}

const chooseFlow = (
  given: GivenVariables,
  asked: Option.Option<FlowName>
): Effect.Effect<ChosenFlow, CommandFailed> => {
  if (Option.isSome(asked)) return Effect.succeed({ name: asked.value, isOneOfTwo: false })
  const [name, other] = flowsOf(given.variables)
  if (name !== undefined) return Effect.succeed({ name, isOneOfTwo: other !== undefined })
  const values = Redacted.value(given.variables)
  const environment = environmentProblem(values[environmentVariable])
  const { next, what } = noKeysSet(given)
  return badVariables(
    [
      ...(environment === undefined ? [] : [sentenceOf(environment)]),
      ...misspelledVariables(values).map(sentenceOf),
      `${what} ${next}`
    ].map((line) => respell(given.spelling, line))
  )
}

const bothFlowsSet =
  "Keys for both flows are set: this is the standard flow's. Add --flow specialized for accounting and donations."

/** Fails with all problems at once; warnings are only told. */
const complain = (given: GivenVariables, flow: FlowName, quiet: boolean): Effect.Effect<void, CommandFailed, Output> =>
  Effect.gen(function* () {
    const problems = settingProblems(given, flow)
    const lines = problems.map((problem) => respell(given.spelling, sentenceOf(problem)))
    if (problems.some(({ outcome }) => outcome === "fail")) return yield* badVariables(lines)
    if (lines.length > 0 && !quiet) yield* (yield* Output).note(...lines)
  })
