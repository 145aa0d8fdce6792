/** The commands and their flags, and the way from arguments to a command. */
import * as CliConfig from "@effect/cli/CliConfig"
import * as Command from "@effect/cli/Command"
import * as Cause from "effect/Cause"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import manifest from "../../../package.json" with { type: "json" }
import { nearest, wrongArgument } from "./arguments.js"
import { check } from "./check/check.js"
import { type CommandFailed, exitCode, wrongUsage } from "./commandFailed.js"
import { defectLines } from "./defect.js"
import {
  checkFlowFlag,
  choiceFlag,
  dotenvFlag,
  environmentFlag,
  keysFlag,
  prefixFlag,
  quietFlag,
  repeatedFlag,
  switchFlag,
  textFlag,
  timeoutFlag,
  tokenFlowFlag
} from "./flags.js"
import {
  type CommandHelp,
  commandExitCodeNote,
  exitCodeNote,
  helpOf,
  keyNote,
  programName,
  rootHelp,
  rootUsage,
  usageOf,
  wordList
} from "./help.js"
import { Output } from "./node/output.js"
import { endedBySignal } from "./node/signals.js"
import { tokenFormats } from "./token/formats.js"
import { token } from "./token/token.js"

/** Loaded when it is asked for: the emulator with its APIs takes a third of the start of a command that needs none. */
const emulatorModule = Effect.promise(() => import("./emulator/emulator.js"))

// ----- Flags ---------------------------------------------------------------------------------------------------------

const variableFlags = { dotenv: dotenvFlag, keys: keysFlag, prefix: prefixFlag, environment: environmentFlag }

const tokenFlags = {
  ...variableFlags,
  flow: tokenFlowFlag,
  format: choiceFlag("format", tokenFormats, "how to print it; by default the token alone"),
  timeout: timeoutFlag,
  quiet: quietFlag
}

const checkFlags = {
  ...variableFlags,
  flow: checkFlowFlag,
  format: choiceFlag("format", ["text", "json"], "how to print the result; by default text"),
  offline: switchFlag("offline", "check only the variables; contact no server"),
  otherEnvironment: switchFlag("other-environment", "try the keys in the other environment as well"),
  timeout: timeoutFlag,
  quiet: switchFlag("quiet", "print only what is wrong")
}

const emulatorFlags = {
  port: textFlag("port", "PORT", "by default 8787; 0, and the default before a command, takes a free one"),
  host: textFlag("host", "HOST", "the address to listen on; by default 127.0.0.1"),
  publicUrl: textFlag("public-url", "URL", "the address that callers use, such as http://vipps:8787"),
  lifetime: textFlag(
    "lifetime",
    "DURATION",
    "how long tokens live, such as 90s; by default as in Vipps' test environment"
  ),
  fault: repeatedFlag("fault", "NAME[:times|:always]", "the next answers go wrong in this way; may be given again"),
  keys: repeatedFlag(
    "keys",
    "FILE|-",
    "accept these keys too, from a JSON or .env file; CMD still gets the emulator's own"
  ),
  anyKeys: switchFlag("any-keys", "accept any keys"),
  noPage: switchFlag("no-page", "leave out the page at /__emulator/"),
  log: choiceFlag("log", ["pretty", "json", "none"], "log requests to standard error; by default none"),
  quiet: quietFlag
}

const tokenHelp: CommandHelp = {
  name: "token",
  summary: "Prints an access token.",
  flags: tokenFlags,
  notes: Effect.succeed([keyNote, exitCodeNote])
}

const checkHelp: CommandHelp = {
  name: "check",
  summary: "Checks whether your keys work, and if not, which one is wrong and what to do.",
  flags: checkFlags,
  notes: Effect.succeed([keyNote, exitCodeNote])
}

const emulatorHelp: CommandHelp = {
  name: "emulator",
  rest: "[-- CMD …]",
  summary: "Runs Vipps' servers on this machine; with -- CMD, until CMD ends, with its VIPPS_ variables set for CMD.",
  flags: emulatorFlags,
  notes: Effect.map(emulatorModule, ({ faultNames }) => [
    `Faults:\n${wordList(faultNames)}`,
    exitCodeNote,
    commandExitCodeNote
  ])
}

const helps = [tokenHelp, checkHelp, emulatorHelp]

// ----- Commands ------------------------------------------------------------------------------------------------------

type ChildCommand = Option.Option<readonly [string, ...ReadonlyArray<string>]>

const commandLine = (child: ChildCommand) =>
  Command.make(programName).pipe(
    Command.withSubcommands([
      Command.make(
        "token",
        {
          dotenv: tokenFlags.dotenv.options,
          keys: tokenFlags.keys.options,
          prefix: tokenFlags.prefix.options,
          environment: tokenFlags.environment.options,
          flow: tokenFlags.flow.options,
          format: tokenFlags.format.options,
          timeout: tokenFlags.timeout.options,
          quiet: tokenFlags.quiet.options
        },
        (options) => endedBySignal(token(options))
      ).pipe(Command.withDescription(tokenHelp.summary)),
      Command.make(
        "check",
        {
          dotenv: checkFlags.dotenv.options,
          keys: checkFlags.keys.options,
          prefix: checkFlags.prefix.options,
          environment: checkFlags.environment.options,
          flow: checkFlags.flow.options,
          format: checkFlags.format.options,
          offline: checkFlags.offline.options,
          otherEnvironment: checkFlags.otherEnvironment.options,
          timeout: checkFlags.timeout.options,
          quiet: checkFlags.quiet.options
        },
        (options) => endedBySignal(check(options))
      ).pipe(Command.withDescription(checkHelp.summary)),
      Command.make(
        "emulator",
        {
          port: emulatorFlags.port.options,
          host: emulatorFlags.host.options,
          publicUrl: emulatorFlags.publicUrl.options,
          lifetime: emulatorFlags.lifetime.options,
          fault: emulatorFlags.fault.options,
          keys: emulatorFlags.keys.options,
          anyKeys: emulatorFlags.anyKeys.options,
          noPage: emulatorFlags.noPage.options,
          log: emulatorFlags.log.options,
          quiet: emulatorFlags.quiet.options
        },
        (options) => Effect.flatMap(emulatorModule, ({ emulator }) => emulator(options, child))
      ).pipe(Command.withDescription(emulatorHelp.summary))
    ])
  )

/** Hands arguments that are known to be right to @effect/cli; what it prints goes the way of all output. */
const parseAndRun = (given: ReadonlyArray<string>, child: ChildCommand) =>
  Effect.gen(function* () {
    const output = yield* Output
    const console = {
      ...(yield* Console.consoleWith(Effect.succeed)),
      log: (...lines: ReadonlyArray<unknown>) => Effect.ignore(output.value(lines.join(" "))),
      error: () => Effect.void
    }
    const run = Command.run(commandLine(child), { name: programName, version: manifest.version })
    yield* run(["node", programName, ...given]).pipe(
      Effect.withConsole(console),
      Effect.catchAll((error) =>
        Effect.fail(error._tag === "CommandFailed" ? error : wrongUsage("The arguments cannot be read.", rootUsage))
      )
    )
  }).pipe(Effect.provide(CliConfig.layer({ isCaseSensitive: true })))

// ----- From arguments to a command -----------------------------------------------------------------------------------

/** Runs a command and returns its exit code, whatever happens. Its failure is printed on standard error. */
export const execute = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const exit = yield* Effect.exit(run(args))
    if (Exit.isSuccess(exit)) return exitCode.done
    const failure = Cause.failureOption(exit.cause)
    const [code, lines] = Option.isSome(failure)
      ? [failure.value.exitCode, failure.value.lines]
      : [exitCode.defect, defectLines(Cause.squash(exit.cause))]
    if (lines.length > 0) yield* (yield* Output).note(...lines)
    return code
  })

/**
 * Runs the command that the arguments name. What follows `--` belongs to the user's own command, and is not looked at.
 */
const run = (args: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const output = yield* Output
    const end = args.indexOf("--")
    const given = end < 0 ? args : args.slice(0, end)
    const [name = "", ...flags] = given
    if (name === "") return yield* wrongUsage(rootHelp(helps))
    if (name === "--help" || name === "-h") return yield* output.value(rootHelp(helps))
    if (name === "--version") return yield* output.value(manifest.version)
    if (given.some(isCompletions)) return yield* completions(given)
    const help = helps.find((one) => one.name === name)
    if (help === undefined) return yield* unknownCommand(name)
    if (flags.includes("--help") || flags.includes("-h")) return yield* output.value(helpOf(help, yield* help.notes))
    if (flags.includes("--version")) return yield* output.value(manifest.version)
    const wrong = wrongArgument(name, help.flags, flags)
    if (wrong !== undefined) return yield* usageError(help, wrong)
    const child = yield* childCommand(help, end < 0 ? undefined : args.slice(end + 1))
    return yield* Effect.mapError(parseAndRun(given, child), (error) => withUsage(error, help))
  })

const isCompletions = (argument: string): boolean => /^--completions(=|$)/.test(argument)

const completions = (given: ReadonlyArray<string>) => {
  const index = given.findIndex(isCompletions)
  const shell = given[index]?.split("=")[1] ?? given[index + 1] ?? ""
  return ["bash", "zsh", "fish"].includes(shell)
    ? parseAndRun(["--completions", shell], Option.none())
    : Effect.fail(wrongUsage("--completions needs a shell: bash, zsh or fish.", rootUsage))
}

const unknownCommand = (name: string) => {
  const near = nearest(
    name,
    helps.map((help) => help.name)
  )
  return wrongUsage(
    name.startsWith("-") ? "The first argument must be a command." : "There is no such command.",
    ...(near === undefined ? [] : [`Did you mean ${near}?`]),
    "",
    rootUsage,
    `Commands: ${helps.map((help) => help.name).join(", ")}. See ${programName} --help.`
  )
}

const childCommand = (
  help: CommandHelp,
  words: ReadonlyArray<string> | undefined
): Effect.Effect<ChildCommand, CommandFailed> => {
  if (words === undefined) return Effect.succeedNone
  const [file, ...rest] = words
  if (help !== emulatorHelp) return usageError(help, `${help.name} runs no command after --.`)
  if (file === undefined || file === "") return usageError(help, "After -- there must be a command.")
  return Effect.succeedSome([file, ...rest])
}

const usageError = (help: CommandHelp, ...sentences: ReadonlyArray<string>): CommandFailed =>
  wrongUsage(...sentences, "", usageOf(help), `See ${programName} ${help.name} --help.`)

/** Values of flags are read by the commands themselves. */
const withUsage = (error: CommandFailed, help: CommandHelp): CommandFailed =>
  error.showsUsage === true ? usageError(help, ...error.lines) : error
