/** The command line's process: its arguments, its services, its exit code. */
import * as FetchHttpClient from "@effect/platform/FetchHttpClient"
import * as NodeContext from "@effect/platform-node/NodeContext"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"
import { execute } from "./app.js"
import { exitCode } from "./commandFailed.js"
import { defectLines } from "./defect.js"
import { exitProcess } from "./node/exitProcess.js"
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

const program = Effect.provide(execute(process.argv.slice(2)), Services)

// A stream that nobody reads any more says so by an event as well as to whoever writes.
process.stdout.on("error", () => {})
process.stderr.on("error", () => {})

/** What is thrown outside of any fiber, by a library of Node's or below. */
const crash = (defect: unknown) => {
  process.stderr.write(`${defectLines(defect).join("\n")}\n`)
  exitProcess(exitCode.defect)
}
process.on("uncaughtException", crash)
process.on("unhandledRejection", crash)

Effect.runFork(program).addObserver((exit) => exitProcess(Exit.isSuccess(exit) ? exit.value : exitCode.defect))
