/**
 * The command line's process: its arguments, its services, its exit code.
 */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import { run } from "./app.js"
import { exitCode } from "./commandFailed.js"
import { defectLines } from "./defect.js"
import { Input } from "./node/input.js"
import { Output } from "./node/output.js"
import { Signals } from "./node/signals.js"

const Services = Layer.mergeAll(
  Output.layer,
  Input.layer,
  Signals.layer,
  NodeContext.layer,
  FetchHttpClient.layer,
  // A log line is for people, and standard output is not.
  Logger.replace(Logger.defaultLogger, Logger.withConsoleError(Logger.logfmtLogger))
)

/** Runs a command and answers its exit code, whatever happens. */
const program = Effect.gen(function* () {
  const output = yield* Output
  const exit = yield* Effect.exit(run(process.argv.slice(2)))
  if (Exit.isSuccess(exit)) return exitCode.done
  const failure = Cause.failureOption(exit.cause)
  const [code, lines] = Option.isSome(failure)
    ? [failure.value.exitCode, failure.value.lines]
    : [exitCode.defect, defectLines(Cause.squash(exit.cause))]
  if (lines.length > 0) yield* output.note(...lines)
  return code
}).pipe(Effect.provide(Services))

// A stream that nobody reads any more says so by an event as well as to whoever writes.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

Effect.runFork(program).addObserver((exit) => process.exit(Exit.isSuccess(exit) ? exit.value : exitCode.defect))
