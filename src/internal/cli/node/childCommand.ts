/**
 * Runs the user's own command. @effect/platform's `Command` starts children in a process group of their own, which
 * takes the terminal away from them: nothing typed reaches them, nor does Ctrl-C.
 */
import { spawn } from "node:child_process"
import { constants } from "node:os"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as Queue from "effect/Queue"
import { raceFirst } from "../../effect/raceFirst.js"
import { CommandFailed, exitCode } from "../commandFailed.js"
import { errorCode } from "./errorCode.js"
import { type Signal, Signals, signalExitCode } from "./signals.js"

/** A command has this long to end; then it is killed, so that SIGTERM ends everything within a second. */
const graceMillis = 500

/**
 * Runs a command with the terminal of this process and waits for its end. Answers the command's own exit code; of one
 * that a signal has ended, 128 and the signal's number, as a shell does.
 */
export const runChild = (
  command: readonly [string, ...ReadonlyArray<string>],
  environment: Readonly<Record<string, string>>
): Effect.Effect<number, CommandFailed, Signals> =>
  Effect.gen(function* () {
    const signals = yield* Signals
    const ended = yield* Deferred.make<number, CommandFailed>()
    const [file, ...args] = command
    const child = yield* Effect.try({
      try: () => spawn(file, args, { stdio: "inherit", env: { ...process.env, ...environment } }),
      catch: (error) => notStarted(file, errorCode(error))
    })
    child.once("error", (error) => Deferred.unsafeDone(ended, Effect.fail(notStarted(file, errorCode(error)))))
    child.once("exit", (code, signal) =>
      Deferred.unsafeDone(ended, Effect.succeed(code ?? 128 + (signal === null ? 0 : constants.signals[signal])))
    )
    const kill = (signal: Signal) =>
      Effect.zipRight(
        Effect.sleep(graceMillis),
        Effect.sync(() => {
          child.kill("SIGKILL")
          Deferred.unsafeDone(ended, Effect.succeed(signalExitCode[signal]))
        })
      )
    const forward = (signal: Signal) =>
      Effect.gen(function* () {
        // Ctrl-C reaches the command from the terminal itself: a second one would be taken for impatience.
        if (signal === "SIGINT" && process.stdin.isTTY === true) return
        yield* Effect.sync(() => child.kill(signal))
        if (signal !== "SIGINT") yield* Effect.fork(kill(signal))
      })
    return yield* raceFirst(Deferred.await(ended), Effect.forever(Effect.flatMap(Queue.take(signals), forward)))
  })

const notStarted = (file: string, code: string | undefined): CommandFailed =>
  code === "ENOENT"
    ? new CommandFailed({ exitCode: exitCode.commandNotFound, lines: [`There is no command ${file}.`] })
    : new CommandFailed({
        exitCode: exitCode.commandNotRunnable,
        lines: [`The command ${file} cannot be run${code === undefined ? "" : ` (${code})`}.`]
      })
