/** Options of a flow, checked: as values, which throw if one is malformed, and as `Config`s, which fail. */
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import { CredentialsError } from "../../Credentials.js"
import { labelRule, pathRule, timeoutRule } from "../../core/flowRules.js"
import type { Rule } from "../../core/keyRules.js"
import type { TokenFlow, TokenFlowConfig, TokenFlowOptions } from "../../TokenFlow.js"
import { SystemInfo, VippsEnvironment, VippsEnvironmentError } from "../../VippsEnvironment.js"
import { optional, type Problems } from "./settings.js"
import { fromVariables, ruledText, type VariablePaths } from "./variables.js"

/** The value, or the error that a flow throws for malformed options. */
const orThrow = <A>(read: Either.Either<A, Problems>): A =>
  Either.getOrThrowWith(read, (problems) => new RangeError(CredentialsError.of(problems).message))

/** Checks the options and fills in the defaults. Throws if one is malformed: types are no guard in JavaScript (F68). */
export const checkedOptions = (options: TokenFlowOptions) => ({
  baseUrl: VippsEnvironment.from(options.environment).baseUrl,
  system: options.system === undefined ? undefined : orThrow(SystemInfo.check(options.system)),
  label: textOption("label", options.label, labelRule),
  path: textOption("path", options.path, pathRule),
  requestTimeout: timeoutOption(options.requestTimeout ?? "10 seconds")
})

/** Checks a text, untrimmed. Throws if it breaks the rule. */
export const textOption = (setting: string, value: string | undefined, rule: Rule): string | undefined => {
  if (value === undefined) return undefined
  const broken = typeof value === "string" ? rule(value) : "must be a string"
  return broken === undefined ? value : orThrow(Either.left([{ setting, rule: broken }]))
}

const timeoutOption = (timeout: Duration.DurationInput): Duration.Duration => {
  const duration = Option.getOrElse(Duration.decodeUnknown(timeout), () => Duration.zero)
  const rule = timeoutRule(Duration.toMillis(duration))
  return rule === undefined ? duration : orThrow(Either.left([{ setting: "requestTimeout", rule }]))
}

// ----- As configs ----------------------------------------------------------------------------------------------------

/** Environment, system and label, each from its own config or from the default variables. */
export const flowConfigs = (config: TokenFlowConfig) => ({
  environment: Config.mapOrFail(asConfig(config.environment ?? VippsEnvironment.config), (environment) =>
    Either.try({
      try: () => VippsEnvironment.from(environment),
      catch: (error) =>
        invalid(
          config.environment === undefined || Config.isConfig(config.environment) ? [] : ["environment"],
          error instanceof VippsEnvironmentError ? error.rule : "must be an environment"
        )
    })
  ),
  system: Config.mapOrFail(
    asConfig<SystemInfo | Option.Option<SystemInfo>>(config.system ?? SystemInfo.config),
    (system) => {
      const given = Option.isOption(system) ? Option.getOrUndefined(system) : system
      return given === undefined
        ? Either.right(undefined)
        : Either.mapLeft(SystemInfo.check(given), (problems) => configError(problems))
    }
  ),
  label: config.label === undefined ? Config.succeed(undefined) : ruledText(asConfig(config.label), labelRule)
})

/** A value that is there, as a config like those that are read. */
export const asConfig = <A>(given: A | Config.Config<A>): Config.Config<A> =>
  Config.isConfig(given) ? (given as Config.Config<A>) : Config.succeed(given as A)

/** A text in a variable that may be unset or blank. */
export const optionalVariable = (name: string, rule: Rule): Config.Config<string | undefined> =>
  fromVariables({ [name]: name }, (row) => Either.map(optional(row, name, rule), Option.getOrUndefined))

/** Problems found after the variables were read, each with the full name of its variable if it came from one. */
const configError = (problems: Problems, variables: VariablePaths = {}): ConfigError.ConfigError => {
  const [first, ...others] = problems
  const error = ({ rule, setting }: Problems[0]) => invalid(variables[setting] ?? [setting], rule)
  return others.map(error).reduce((all, next) => ConfigError.And(all, next), error(first))
}

const invalid = (path: ReadonlyArray<string>, rule: string): ConfigError.ConfigError =>
  ConfigError.InvalidData([...path], rule)

/** Makes a flow of the options that a config reads; each problem of its keys has the name of its variable. */
export const configuredFlow = <Options extends { readonly credentials: Keys }, Keys, R>(
  options: Config.Config<Options>,
  flowOf: (options: Options) => Either.Either<Effect.Effect<TokenFlow, never, R>, Problems>,
  variablesOf: (keys: Keys) => VariablePaths
): Effect.Effect<TokenFlow, ConfigError.ConfigError, R> =>
  Effect.flatMap(options, (given) =>
    Effect.flatten(Either.mapLeft(flowOf(given), (problems) => configError(problems, variablesOf(given.credentials))))
  )
