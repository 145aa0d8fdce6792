/**
 * Finds what is wrong with a flow's keys before anything is sent: all problems at once, each with its variable, the
 * rule that it breaks and the next step. The rules are the library's; here are the next steps, and warnings.
 */
import {
  basicClientIdRule,
  basicSecretRule,
  headerKeyRule,
  merchantSerialNumberRule,
  quotesRule,
  type Rule,
  requestedScopeRule,
  subscriptionKeyRule
} from "../../../core/keyRules.js"
import { foreignKeys, isClientId, misplacedKeys, type Problem } from "../../../core/misplacedKeys.js"
import type { FlowName } from "../../../core/tokenRequest.js"
import {
  hasSchemeBefore,
  hasStrayQuote,
  isFromDocumentation,
  isStandIn,
  isSubscriptionKey,
  withoutQuotes
} from "./keyShapes.js"
import { type KeyVariable, keyVariables, keyVariablesOf } from "./variableNames.js"

export interface KeyProblem {
  readonly variable: string
  readonly outcome: "warn" | "fail"
  /** Continues a sentence that begins with the variable's name. */
  readonly rule: string
  readonly next: string
}

export type KeyValues = Readonly<Record<string, string>>

export interface KeyContext {
  readonly flow: FlowName
  /** Whether the keys are Vipps' own, whose shapes are known. Another server may use anything. */
  readonly isVipps: boolean
  /** The file that the keys were read from, if they can be nowhere else. */
  readonly keysSource?: string | undefined
}

const portal = "Copy it again from business.vippsmobilepay.com, under Developer."

export const keyProblems = (given: KeyValues, context: KeyContext): ReadonlyArray<KeyProblem> => {
  const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()]))
  const missing = missingKeys(values, context)
  const misplaced = misplacedProblems(values, context)
  const each = keyVariablesOf(context.flow).flatMap((key) => {
    const value = values[key.name] ?? ""
    return value === "" ? [] : (valueProblem(key, value, context) ?? [])
  })
  return [...missing, ...misplaced, ...each].filter(
    ({ variable }, index, all) => all.findIndex((one) => one.variable === variable) === index
  )
}

const fail = (variable: string, rule: string, next: string): KeyProblem => ({ variable, outcome: "fail", rule, next })
const warn = (variable: string, rule: string, next: string): KeyProblem => ({ variable, outcome: "warn", rule, next })

// ----- Missing -------------------------------------------------------------------------------------------------------

const missingKeys = (values: KeyValues, { flow, keysSource }: KeyContext): ReadonlyArray<KeyProblem> => {
  const missing = keyVariablesOf(flow).filter(({ name, required }) => required && (values[name] ?? "") === "")
  return missing.map(({ name }) =>
    name === keyVariables.standard.subscriptionKey.name && missing.length === 1
      ? fail(
          name,
          "is missing",
          "Set it to the Ocp-Apim-Subscription-Key of the same sales unit. Accounting and donations keys have none: " +
            "set those as VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET."
        )
      : fail(
          name,
          "is missing",
          keysSource === undefined
            ? "Set it in the environment, in a file for --dotenv, or by --keys."
            : `Add it to ${keysSource}.`
        )
  )
}

// ----- Misplaced -----------------------------------------------------------------------------------------------------

/** Keys in each other's variables, also if quotes hide it. */
const misplacedProblems = (values: KeyValues, { flow }: KeyContext): ReadonlyArray<KeyProblem> =>
  misplacedKeys(textsOf(values, flow)).map((problem) => {
    const variable = variableOf(problem, flow)
    const [, own, other] = swap.exec(problem.rule) ?? []
    return own === undefined
      ? fail(variable, problem.rule, compare)
      : fail(variable, `does not look like a ${own}`, `The ${own} and the ${other} seem to be swapped. ${compare}`)
  })

const compare = "Compare each variable with the key of its name in the portal."

/** The library's rule for a swap is for its own errors, which have one sentence. */
const swap = /^must be the (.+): what looks like it is in the (.+), so the two seem to be swapped$/

const textsOf = (values: KeyValues, flow: FlowName) => {
  const text = ({ name }: KeyVariable) => withoutQuotes(values[name] ?? "")
  const { clientId, clientSecret } = keyVariables[flow]
  return {
    clientId: text(clientId),
    clientSecret: text(clientSecret),
    subscriptionKey: flow === "standard" ? text(keyVariables.standard.subscriptionKey) : undefined
  }
}

const variableOf = ({ setting }: Problem, flow: FlowName): string =>
  keyVariablesOf(flow).find(({ field }) => field === setting)?.name ?? setting

// ----- Malformed -----------------------------------------------------------------------------------------------------

const rules: Readonly<Record<string, Rule>> = {
  [keyVariables.standard.clientId.name]: headerKeyRule,
  [keyVariables.standard.clientSecret.name]: headerKeyRule,
  [keyVariables.standard.subscriptionKey.name]: subscriptionKeyRule,
  [keyVariables.standard.merchantSerialNumber.name]: merchantSerialNumberRule,
  [keyVariables.specialized.clientId.name]: basicClientIdRule,
  [keyVariables.specialized.clientSecret.name]: basicSecretRule,
  [keyVariables.specialized.scope.name]: requestedScopeRule
}

const valueProblem = ({ field, name }: KeyVariable, value: string, context: KeyContext): KeyProblem | undefined => {
  const broken = rules[name]?.(value)
  if (quotesRule(value) !== undefined) {
    return fail(name, "must not be in quotes", "Remove the quotes: not every reader of .env files takes them away.")
  }
  const isKey = advice[field] === undefined
  if (isKey && isStandIn(value)) return fail(name, "must be the real value, not a placeholder", portal)
  if (broken !== undefined) return fail(name, broken, advice[field] ?? portal)
  if (!isKey) return undefined
  if (hasStrayQuote(value)) {
    const told = context.flow === "standard" ? fail : warn
    return told(name, "begins or ends with a quote, which no key does", "Remove it.")
  }
  if (hasSchemeBefore(value)) return fail(name, "must be the key alone, without a scheme before it", portal)
  if (context.isVipps && isFromDocumentation(value)) {
    return fail(name, "must not be the example of Vipps' documentation, which is nobody's key", portal)
  }
  return shapeProblem(field, name, value, context)
}

/** Fields that are no keys. */
const advice: Readonly<Record<string, string>> = {
  scope: "Separate scopes by single spaces, as in: donations:read.",
  merchantSerialNumber: "Copy it from the portal: it is the number of the sales unit."
}

const shapeProblem = (
  field: string,
  name: string,
  value: string,
  { flow, isVipps }: KeyContext
): KeyProblem | undefined => {
  if (field === "clientSecret" && isClientId(value)) {
    return fail(name, "must be the secret: it is a GUID, as client ids and the ids of secrets are", portal)
  }
  if (field === "clientId" && isVipps) {
    const [problem] = foreignKeys({ clientId: value, clientSecret: "", subscriptionKey: undefined })
    if (problem !== undefined) return fail(name, problem.rule, portal)
  }
  if (field === "subscriptionKey" && isClientId(value)) {
    return fail(name, "must be the subscription key: it is a GUID, as client ids are", portal)
  }
  if (field === "subscriptionKey" && isVipps && !isSubscriptionKey(value)) {
    return warn(name, "does not look like a subscription key (32 hexadecimal digits)", portal)
  }
  if (field === "clientSecret" && flow === "standard" && isSubscriptionKey(value)) {
    return warn(name, "looks like a subscription key (32 hexadecimal digits)", portal)
  }
  return undefined
}
