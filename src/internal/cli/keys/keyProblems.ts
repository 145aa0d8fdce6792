/**
 * Finds what is wrong with a flow's keys before anything is sent: all problems at once, each with its variable, the rule
 * that it breaks and the next step. No value is repeated.
 */

import {
  basicClientIdRule,
  basicSecretRule,
  headerKeyRule,
  merchantSerialNumberRule,
  type Rule,
  scopeRule
} from "../../../core/keyRules.js"
import type { FlowName } from "../../../core/tokenRequest.js"
import {
  hasNameBefore,
  isFromDocumentation,
  isGuid,
  isInQuotes,
  isPlaceholder,
  isSubscriptionKey,
  isTooLong,
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
}

const portal = "Copy it again from business.vippsmobilepay.com, under Developer."

export const keyProblems = (given: KeyValues, context: KeyContext): ReadonlyArray<KeyProblem> => {
  const values = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, value.trim()]))
  const missing = missingKeys(values, context.flow)
  const mixedUp = mixedUpKeys(values, context.flow)
  const told = new Set(mixedUp.flatMap(({ variables }) => variables))
  const malformed = keyVariablesOf(context.flow).flatMap((key) => {
    const value = values[key.name] ?? ""
    return value === "" || told.has(key.name) ? [] : (valueProblem(key, value, context) ?? [])
  })
  return [...missing, ...mixedUp.map(({ problem }) => problem), ...malformed]
}

const fail = (variable: string, rule: string, next: string): KeyProblem => ({ variable, outcome: "fail", rule, next })
const warn = (variable: string, rule: string, next: string): KeyProblem => ({ variable, outcome: "warn", rule, next })

// ---------------------------------------------------------------------------------------------------------------------
// Missing
// ---------------------------------------------------------------------------------------------------------------------

const missingKeys = (values: KeyValues, flow: FlowName): ReadonlyArray<KeyProblem> => {
  const missing = keyVariablesOf(flow).filter(({ name, required }) => required && (values[name] ?? "") === "")
  return missing.map(({ name }) =>
    name === keyVariables.standard.subscriptionKey.name && missing.length === 1
      ? fail(
          name,
          "is missing",
          "Set it to the Ocp-Apim-Subscription-Key of the same sales unit. Accounting and donations keys have none: " +
            "set those as VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET."
        )
      : fail(name, "is missing", "Set it in the environment, in a file for --env-file, or by --keys.")
  )
}

// ---------------------------------------------------------------------------------------------------------------------
// Swapped
// ---------------------------------------------------------------------------------------------------------------------

interface Slot {
  readonly name: string
  readonly value: string
  readonly expects: "clientId" | "clientSecret" | "subscriptionKey"
}

/** One mistake with two variables. */
interface MixUp {
  readonly variables: ReadonlyArray<string>
  readonly problem: KeyProblem
}

/** Two keys of which one looks like what belongs in the other's variable, and one key in two variables. */
const mixedUpKeys = (values: KeyValues, flow: FlowName): ReadonlyArray<MixUp> => {
  const slots = slotsOf(values, flow)
  return slots.flatMap((slot, index) =>
    slots.slice(index + 1).flatMap((other): ReadonlyArray<MixUp> => {
      const variables = [slot.name, other.name]
      if (slot.value === other.value) return [{ variables, problem: sameValue(slot, other) }]
      if (belongsIn(slot, other)) return [{ variables, problem: swap(slot, other, slot) }]
      return belongsIn(other, slot) ? [{ variables, problem: swap(slot, other, other) }] : []
    })
  )
}

/** Whether a key looks like what the other variable is for, while the one that stands there does not. */
const belongsIn = (slot: Slot, other: Slot): boolean =>
  looksLike(slot.value, other.expects) && !looksLike(other.value, other.expects)

const slotsOf = (values: KeyValues, flow: FlowName): ReadonlyArray<Slot> => {
  const slot = (key: KeyVariable, expects: Slot["expects"]): ReadonlyArray<Slot> => {
    const value = withoutQuotes(values[key.name] ?? "")
    return value === "" || isPlaceholder(value) ? [] : [{ name: key.name, value, expects }]
  }
  const { clientId, clientSecret } = keyVariables[flow]
  return [
    ...slot(clientId, "clientId"),
    ...slot(clientSecret, "clientSecret"),
    ...(flow === "standard" ? slot(keyVariables.standard.subscriptionKey, "subscriptionKey") : [])
  ]
}

/** A client secret has no shape of its own (docs/vipps-access-token.md §7), so nothing looks like one. */
const looksLike = (value: string, kind: Slot["expects"]): boolean =>
  kind === "clientId" ? isGuid(value) : kind === "subscriptionKey" && isSubscriptionKey(value)

const inWords = {
  clientId: "a client id (a GUID)",
  clientSecret: "a client secret",
  subscriptionKey: "a subscription key"
}

const swap = (slot: Slot, other: Slot, sign: Slot): KeyProblem =>
  fail(
    slot.name,
    `and ${other.name} look swapped: ${sign.name} holds what looks like ${inWords[sign === slot ? other.expects : slot.expects]}`,
    `Exchange the values of ${slot.name} and ${other.name}.`
  )

const sameValue = (slot: Slot, other: Slot): KeyProblem =>
  fail(slot.name, `and ${other.name} have the same value`, `Two keys are never the same. ${portal}`)

// ---------------------------------------------------------------------------------------------------------------------
// Malformed
// ---------------------------------------------------------------------------------------------------------------------

const rules: Readonly<Record<string, Rule>> = {
  [keyVariables.standard.clientId.name]: headerKeyRule,
  [keyVariables.standard.clientSecret.name]: headerKeyRule,
  [keyVariables.standard.subscriptionKey.name]: headerKeyRule,
  [keyVariables.standard.merchantSerialNumber.name]: merchantSerialNumberRule,
  [keyVariables.specialized.clientId.name]: basicClientIdRule,
  [keyVariables.specialized.clientSecret.name]: basicSecretRule,
  [keyVariables.specialized.scope.name]: scopeRule
}

const valueProblem = ({ field, name }: KeyVariable, value: string, context: KeyContext): KeyProblem | undefined => {
  if (isInQuotes(value)) {
    return fail(name, "is in quotes, which are taken as a part of it", "Remove the quotes around the value.")
  }
  if (isPlaceholder(value)) return fail(name, "holds a placeholder, not a key", `Put the key in its place. ${portal}`)
  if (hasNameBefore(value)) {
    return fail(name, "begins with a name or a scheme that is no part of the key", "Leave only the key itself.")
  }
  if (isTooLong(value)) return fail(name, "is longer than any key (1,000 characters)", portal)
  const broken = rules[name]?.(value)
  if (broken !== undefined) return fail(name, broken, field === "scope" ? scopeAdvice : portal)
  if (context.isVipps && isFromDocumentation(value)) {
    return fail(name, "is the example of Vipps' documentation, and nobody's key", portal)
  }
  return shapeProblem(field, name, value, context)
}

const scopeAdvice = "Separate scopes by single spaces, as in: donations:read."

const shapeProblem = (
  field: string,
  name: string,
  value: string,
  { flow, isVipps }: KeyContext
): KeyProblem | undefined => {
  if (field === "clientSecret" && isGuid(value)) {
    return fail(
      name,
      "is a GUID, as client ids are and no client secret is",
      `Copy the secret itself, not its id: business.vippsmobilepay.com, under Developer.`
    )
  }
  if (field === "clientId" && isVipps && !isGuid(value)) {
    return fail(name, "is no GUID, as every client id is", portal)
  }
  if (field === "subscriptionKey" && isGuid(value)) {
    return fail(name, "is a GUID, as client ids are; subscription keys have no hyphens", portal)
  }
  if (field === "subscriptionKey" && isVipps && !isSubscriptionKey(value)) {
    return warn(name, "does not look like a subscription key (32 hexadecimal digits)", portal)
  }
  if (field === "clientSecret" && flow === "standard" && isSubscriptionKey(value)) {
    return warn(name, "looks like a subscription key (32 hexadecimal digits)", portal)
  }
  return undefined
}
