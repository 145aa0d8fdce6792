/** Flags: what @effect/cli parses, and what help and errors say of them. */
import * as Options from "@effect/cli/Options"
import type * as Option from "effect/Option"

/**
 * A flag. One without a `placeholder` is a switch. No flag takes a secret: arguments show in `ps` and shell histories.
 */
export interface Flag<A> {
  readonly name: string
  readonly placeholder: string | undefined
  readonly help: string
  readonly choices: ReadonlyArray<string> | undefined
  readonly repeats: boolean
  readonly options: Options.Options<A>
}

export type Flags = Readonly<Record<string, Flag<unknown>>>

export const textFlag = (name: string, placeholder: string, help: string): Flag<Option.Option<string>> => ({
  name,
  placeholder,
  help,
  choices: undefined,
  repeats: false,
  options: Options.optional(Options.text(name)).pipe(Options.withDescription(help))
})

export const repeatedFlag = (name: string, placeholder: string, help: string): Flag<ReadonlyArray<string>> => ({
  name,
  placeholder,
  help,
  choices: undefined,
  repeats: true,
  options: Options.repeated(Options.text(name)).pipe(Options.withDescription(help))
})

export const choiceFlag = <Choice extends string>(
  name: string,
  choices: ReadonlyArray<Choice>,
  help: string
): Flag<Option.Option<Choice>> => ({
  name,
  placeholder: choices.join("|"),
  help,
  choices,
  repeats: false,
  options: Options.optional(Options.choice(name, choices)).pipe(Options.withDescription(help))
})

export const switchFlag = (name: string, help: string): Flag<boolean> => ({
  name,
  placeholder: undefined,
  help,
  choices: undefined,
  repeats: false,
  options: Options.boolean(name).pipe(Options.withDescription(help))
})

export const dotenvFlag = textFlag(
  "dotenv",
  "FILE",
  "read variables from a .env file; those that are set and not empty win"
)
export const environmentFlag = textFlag("environment", "test|production|URL", "the servers to ask; there is no default")
const flows = ["standard", "specialized"] as const

export const tokenFlowFlag = choiceFlag(
  "flow",
  flows,
  "the keys to use; by default those that are set, and standard if both are"
)
export const checkFlowFlag = choiceFlag("flow", flows, "the keys to check; by default all that are set")
export const keysFlag = textFlag("keys", "FILE|-", "read the keys from a JSON or .env file, or from standard input (-)")
export const prefixFlag = textFlag(
  "prefix",
  "NAME",
  "read the keys NAME_VIPPS_CLIENT_ID and so on, as Config.nested does"
)
export const timeoutFlag = textFlag("timeout", "DURATION", "how long to wait for an answer, such as 5s; by default 10s")
export const quietFlag = switchFlag("quiet", "say nothing on standard error but errors")
