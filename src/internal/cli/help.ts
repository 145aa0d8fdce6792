/** Help texts, made of the flags. */
import type * as Effect from "effect/Effect"
import type { Flags } from "./flags.js"

export const programName = "effect-vipps-token"

export interface CommandHelp {
  readonly name: string
  readonly summary: string
  /** What follows the flags in the usage line. */
  readonly rest?: string
  readonly flags: Flags
  readonly notes: Effect.Effect<ReadonlyArray<string>>
}

/** The usage with all flags, for whoever has typed one wrong. */
export const usageOf = ({ flags, name, rest }: CommandHelp): string => {
  const words = Object.values(flags).map((flag) => `[${spelled(flag)}]${flag.repeats ? "…" : ""}`)
  const indent = " ".repeat(`Usage: ${programName} `.length)
  return [
    `Usage: ${programName} ${name}`,
    ...wrapped([...words, ...(rest === undefined ? [] : [rest])], " ").map((line) => indent + line)
  ].join("\n")
}

const spelled = ({ name, placeholder }: Flags[string]): string =>
  `--${name}${placeholder === undefined ? "" : ` ${placeholder}`}`

export const helpOf = (help: CommandHelp, notes: ReadonlyArray<string>): string =>
  [
    `Usage: ${programName} ${help.name} [flags]${help.rest === undefined ? "" : ` ${help.rest}`}`,
    "",
    help.summary,
    "",
    "Flags:",
    ...aligned([
      ...Object.values(help.flags).map((flag): Row => [spelled(flag), flag.help]),
      ["--help", "show this text"]
    ]),
    ...notes.flatMap((note) => ["", note])
  ].join("\n")

export const rootUsage = `Usage: ${programName} COMMAND [flags]`

export const rootHelp = (commands: ReadonlyArray<CommandHelp>): string =>
  [
    rootUsage,
    "",
    "Access tokens for the Vipps MobilePay APIs, and an emulator of their servers.",
    "",
    "Commands:",
    ...aligned(
      commands.map(({ name, rest, summary }): Row => [rest === undefined ? name : `${name} ${rest}`, summary])
    ),
    "",
    "Flags:",
    ...aligned([
      ["--help", "show this text; after a command, its own"],
      ["--version", "show the version"],
      ["--completions bash|zsh|fish", "print completions for a shell"]
    ]),
    "",
    keyNote,
    "",
    exitCodeNote
  ].join("\n")

export const keyNote =
  "Keys come from the variables VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and VIPPS_SUBSCRIPTION_KEY, or\n" +
  "VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET; the servers from VIPPS_ENVIRONMENT.\n" +
  "A flag beats a variable, and a variable that is set and not empty beats --dotenv. No flag takes a key."

export const exitCodeNote = [
  "Exit codes: 0 done, 1 a bug in this program, 2 wrong usage, 3 variables missing or malformed,",
  "4 keys refused, 5 request rejected, 74 output cannot be written, 75 temporary failure: try again later,",
  "129, 130, 143 ended by SIGHUP, SIGINT (Ctrl-C), SIGTERM."
].join("\n")

export const commandExitCodeNote = [
  "With -- CMD the exit code is CMD's own, or 126 if CMD cannot be run, 127 if it does not exist,",
  "128+n if signal n ended it."
].join("\n")

type Row = readonly [left: string, right: string]

const aligned = (rows: ReadonlyArray<Row>): ReadonlyArray<string> => {
  const width = Math.max(...rows.map(([left]) => left.length))
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`)
}

/** Words in lines of at most 100 characters. */
export const wordList = (words: ReadonlyArray<string>): string => wrapped(words, ", ").join(",\n")

const wrapped = (words: ReadonlyArray<string>, separator: string): ReadonlyArray<string> => {
  const lines: Array<string> = []
  for (const word of words) {
    const line = lines.at(-1)
    if (line === undefined || line.length + word.length > 88) lines.push(word)
    else lines[lines.length - 1] = `${line}${separator}${word}`
  }
  return lines
}
