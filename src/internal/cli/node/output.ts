/**
 * Standard output and standard error. Standard output has the value or nothing; everything else is for people and goes
 * to standard error.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { CommandFailed, exitCode } from "../commandFailed.js"

export interface OutputService {
  /** Writes a line to standard output, and fails if nobody can read it. */
  readonly value: (line: string) => Effect.Effect<void, CommandFailed>
  /** Writes lines to standard error. A standard error that is closed is no reason to fail. */
  readonly note: (...lines: ReadonlyArray<string>) => Effect.Effect<void>
  /** Whether colour may be used on standard output. */
  readonly isColourful: boolean
}

export class Output extends Context.Tag("effect-vipps-token/cli/Output")<Output, OutputService>() {
  static readonly layer: Layer.Layer<Output> = Layer.sync(this, () => ({
    value: (line) =>
      Effect.mapError(
        write(process.stdout, `${line}\n`),
        (code) =>
          new CommandFailed({
            exitCode: exitCode.outputFailed,
            lines: [`Standard output cannot be written (${code}): nobody reads it any more, or its disk is full.`]
          })
      ),
    note: (...lines) => Effect.ignore(write(process.stderr, lines.map((line) => `${line}\n`).join(""))),
    isColourful: process.stdout.isTTY === true && (process.env.NO_COLOR ?? "") === ""
  }))
}

/** Writes a text and waits until it has left the process: one that exits earlier would lose it. */
const write = (stream: NodeJS.WriteStream, text: string): Effect.Effect<void, string> =>
  Effect.async((resume) => {
    stream.write(text, (error) =>
      resume(
        error === null || error === undefined
          ? Effect.void
          : Effect.fail("code" in error ? String(error.code) : "error")
      )
    )
  })
