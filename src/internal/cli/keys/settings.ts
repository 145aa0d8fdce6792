/** From variables to the settings of a token request: which flow, which keys, which servers. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as Config from "effect/Config"
import type * as ConfigError from "effect/ConfigError"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import manifest from "../../../../package.json" with { type: "json" }
import { isClientId } from "../../../core/misplacedKeys.js"
import type { FlowName } from "../../../core/tokenRequest.js"
import { SpecializedCredentials } from "../../../specialized/SpecializedCredentials.js"
import { SpecializedFlow } from "../../../specialized/SpecializedFlow.js"
import { StandardCredentials } from "../../../standard/StandardCredentials.js"
import { StandardFlow } from "../../../standard/StandardFlow.js"
import type { TokenFlow } from "../../../TokenFlow.js"
import { SystemInfo, VippsEnvironment } from "../../../VippsEnvironment.js"
import { commandLineSystem } from "../../emulator/control/commandLineSystem.js"
import { environmentProblem, isVippsHost } from "./environmentProblems.js"
import { type KeyProblem, keyProblems } from "./keyProblems.js"
import { misspelledVariables } from "./misspelledVariables.js"
import { environmentVariable, keyVariables, keyVariablesOf, systemVariables } from "./variableNames.js"
import { configProviderOf, type GivenVariables, type Variables } from "./variables.js"

/** The flows of which at least one key is set. A merchant serial number or a scope alone is no key. */
export const flowsOf = (variables: Variables): ReadonlyArray<FlowName> => {
  const values = Redacted.value(variables)
  return flowNames.filter((flow) => keyVariablesOf(flow).some(({ name, required }) => required && name in values))
}

const flowNames: ReadonlyArray<FlowName> = ["standard", "specialized"]

/** The message if no flow has any key. */
export const noKeysSet = ({ keysSource, prefixHints }: GivenVariables) => ({
  what: keysSource === undefined ? "No keys are set." : `${keysSource} holds no keys.`,
  next: [
    ...prefixHints,
    "Set VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and VIPPS_SUBSCRIPTION_KEY, or, for accounting and donations keys,",
    "VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET:",
    keysSource === undefined ? "in the environment, in a file for --dotenv, or by --keys." : `in ${keysSource}.`,
    "They are at business.vippsmobilepay.com, under Developer."
  ].join(" ")
})

/** What is wrong with the variables of a flow and with the environment: all of it, each variable once. */
export const settingProblems = (
  { keysSource, variables }: GivenVariables,
  flow: FlowName
): ReadonlyArray<KeyProblem> => {
  const values = Redacted.value(variables)
  const environment = environmentProblem(values[environmentVariable])
  const isVipps = isVippsHost((values[environmentVariable] ?? "test").trim())
  const found = [
    ...(environment === undefined ? [] : [environment]),
    ...keyProblems(values, { flow, isVipps, keysSource })
  ]
  const named = new Set(found.map(({ variable }) => variable))
  return [
    ...found,
    ...configProblems(variables, flow).filter(({ variable }) => !named.has(variable)),
    ...misspelledVariables(values)
  ]
}

/** What the library itself says of the variables. */
const configProblems = (variables: Variables, flow: FlowName): ReadonlyArray<KeyProblem> =>
  [
    flow === "standard" ? StandardCredentials.config : SpecializedCredentials.config,
    VippsEnvironment.config,
    SystemInfo.config
  ].flatMap((config) => {
    const read = Effect.runSync(Effect.either(configProviderOf(variables).load<unknown>(config)))
    return Either.match(read, { onLeft: (error) => problemsOf(error, variables), onRight: () => [] })
  })

/** What a `ConfigError` says, variable by variable. */
export const problemsOf = (error: ConfigError.ConfigError, variables: Variables): ReadonlyArray<KeyProblem> => {
  if (error._op === "And" || error._op === "Or") {
    return [...problemsOf(error.left, variables), ...problemsOf(error.right, variables)]
  }
  const variable = error.path.join("_")
  return error._op === "MissingData" || error.message === "is missing"
    ? [{ variable, outcome: "fail", rule: "is missing", next: stepForMissing(variable, variables) }]
    : [{ variable, outcome: "fail", rule: error.message, next: allowedForm(variable) }]
}

/** The name of a system needs its version, and the other way round. */
const stepForMissing = (variable: string, variables: Variables): string => {
  const companions = systemVariables.filter((name) => name in Redacted.value(variables))
  return variable.startsWith("VIPPS_SYSTEM_") && companions.length > 0
    ? `Set it, or unset ${companions.join(" and ")}: ${companions.length === 1 ? "the two" : "they"} go together.`
    : "Set it."
}

const allowedForm = (variable: string): string => {
  if (variable === environmentVariable) return "Set it to test, production or a URL such as http://127.0.0.1:8787."
  if (variable === "VIPPS_INSECURE_HTTP") return "Set it to allow, or unset it."
  return variable.startsWith("VIPPS_SYSTEM_")
    ? "Use 1 to 30 visible ASCII characters, such as acme-shop."
    : "Copy it again from business.vippsmobilepay.com, under Developer."
}

export const sentenceOf = ({ next, rule, variable }: KeyProblem): string => `${variable} ${rule}. ${next}`

/** Vipps asks every caller to say who it is. */
const ownSystem = SystemInfo.make({ systemName: commandLineSystem, systemVersion: manifest.version })

/** The flow of variables without problems. Its label shows no more of the client id than 8 characters of a GUID. */
export const makeFlow = (
  variables: Variables,
  flow: FlowName,
  options: { readonly requestTimeout: Duration.Duration; readonly environment?: VippsEnvironment }
): Effect.Effect<TokenFlow, ConfigError.ConfigError, HttpClient.HttpClient> => {
  const label = labelOf(variables, flow)
  const common = Config.all({
    environment: options.environment === undefined ? VippsEnvironment.config : Config.succeed(options.environment),
    system: Config.map(
      SystemInfo.config,
      Option.getOrElse(() => ownSystem)
    )
  })
  const made =
    flow === "standard"
      ? Effect.flatMap(Config.zip(common, StandardCredentials.config), ([rest, credentials]) =>
          StandardFlow.make({ ...rest, credentials, label, requestTimeout: options.requestTimeout })
        )
      : Effect.flatMap(Config.zip(common, SpecializedCredentials.config), ([rest, credentials]) =>
          SpecializedFlow.make({ ...rest, credentials, label, requestTimeout: options.requestTimeout })
        )
  return Effect.withConfigProvider(made, configProviderOf(variables))
}

export const labelOf = (variables: Variables, flow: FlowName): string => {
  const clientId = (Redacted.value(variables)[keyVariables[flow].clientId.name] ?? "").trim()
  return isClientId(clientId) ? `${flow} ${clientId.slice(0, 8)}` : flow
}

/** The name of the servers as the user knows them. */
export const environmentName = ({ baseUrl, name }: VippsEnvironment): string =>
  name === "custom" ? baseUrl.origin : name

export const readEnvironment = (variables: Variables): Effect.Effect<VippsEnvironment, ConfigError.ConfigError> =>
  configProviderOf(variables).load(VippsEnvironment.config)
