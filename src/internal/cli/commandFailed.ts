/** Failures of a command: one sentence or several for standard error, and the exit code. No secret is in either. */
import * as Data from "effect/Data"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import type { TokenRequestError } from "../../TokenError.js"

/** The exit codes. 74 and 75 are those of `sysexits.h`, 126 and up those of a shell. */
export const exitCode = {
  done: 0,
  defect: 1,
  wrongUsage: 2,
  badVariables: 3,
  refusedKeys: 4,
  rejected: 5,
  outputFailed: 74,
  passing: 75,
  commandNotRunnable: 126,
  commandNotFound: 127
} as const

export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly exitCode: number
  /** Lines for standard error; none if everything has been said already. */
  readonly lines: ReadonlyArray<string>
  /** Whether the usage of the command would help. */
  readonly showsUsage?: boolean
}> {
  override get message(): string {
    return this.lines.join("\n")
  }
}

export const wrongUsage = (...lines: ReadonlyArray<string>): CommandFailed =>
  new CommandFailed({ exitCode: exitCode.wrongUsage, lines, showsUsage: true })

/** What was asked for is well said, and cannot be had on this machine: a file, a port, an address. */
export const notToBeHad = (line: string): CommandFailed =>
  new CommandFailed({ exitCode: exitCode.wrongUsage, lines: [line] })

export const badVariables = (lines: ReadonlyArray<string>): CommandFailed =>
  new CommandFailed({ exitCode: exitCode.badVariables, lines })

/** Returns the exit code of a failed token request. */
export const exitCodeOf = (error: TokenRequestError): number => {
  switch (error._tag) {
    case "InvalidCredentials":
      return exitCode.refusedKeys
    case "RequestRejected":
      return exitCode.rejected
    default:
      return exitCode.passing
  }
}

/** The pause before the next try if the server names none. */
const defaultWait = Duration.seconds(30)

/** Says how long to wait; nothing for a failure that does not pass by itself. */
export const waitLine = (error: TokenRequestError): string | undefined => {
  if (exitCodeOf(error) !== exitCode.passing) return undefined
  const asked = "retryAfter" in error ? error.retryAfter : Option.none<Duration.Duration>()
  const wait = Option.getOrElse(asked, () => defaultWait)
  return `Wait ${Duration.format(Duration.seconds(Math.ceil(Duration.toSeconds(wait))))} before the next try.`
}

export const tokenRequestFailed = (error: TokenRequestError): CommandFailed => {
  const wait = waitLine(error)
  return new CommandFailed({
    exitCode: exitCodeOf(error),
    lines: wait === undefined ? [error.message] : [error.message, wait]
  })
}
