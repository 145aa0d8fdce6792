/**
 * Finds what is wrong with `VIPPS_ENVIRONMENT`. The value may hold a password, so it is not repeated.
 */
import { filledInRule, quotesRule } from "../../../core/keyRules.js"
import { baseUrlRule } from "../../../core/serverUrl.js"
import type { KeyProblem } from "./keyProblems.js"
import { environmentVariable } from "./variableNames.js"

const choices = "Set it to test or production, or give --environment."

export const environmentProblem = (given: string | undefined): KeyProblem | undefined => {
  const value = (given ?? "").trim()
  if (value === "") return fail("is missing, and there is no default", choices)
  if (quotesRule(value) !== undefined) return fail("must not be in quotes", "Remove the quotes.")
  if (value === "test" || value === "production") return undefined
  if (/^(test|mt|apitest|sandbox|staging|dev|development)$/i.test(value)) {
    return fail("must be test, production or a URL", `Write test, in lower case.`)
  }
  if (/^(prod|live|production)$/i.test(value)) {
    return fail("must be test, production or a URL", "Write production, in lower case.")
  }
  if (!URL.canParse(value) || filledInRule(value) !== undefined)
    return fail("must be test, production or a URL", choices)
  return tokenPath.test(new URL(value).pathname)
    ? fail("is the address of a token endpoint", "Leave its path out: https://api.vipps.no, or production.")
    : undefined
}

/** Says of a URL what `VippsEnvironment` would, so that all problems can be told at once. */
export const isVippsHost = (value: string): boolean =>
  value === "test" ||
  value === "production" ||
  (baseUrlRule(value, "allow") === undefined && /(^|\.)vipps(mobilepay)?\.(no|com)$/.test(new URL(value).hostname))

const tokenPath = /\/(accesstoken\/get|(miami|authentication)\/v1\/token)\/?$/i

const fail = (rule: string, next: string): KeyProblem => ({
  variable: environmentVariable,
  outcome: "fail",
  rule,
  next
})
