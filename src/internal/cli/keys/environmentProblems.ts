/** Finds what is wrong with `VIPPS_ENVIRONMENT`. The value may hold a password, so it is not repeated. */
import { filledInRule, quotesRule } from "../../../core/keyRules.js"
import { baseUrlRule } from "../../../core/serverUrl.js"
import type { KeyProblem } from "./keyProblems.js"
import { environmentVariable } from "./variableNames.js"

export const environmentProblem = (given: string | undefined): KeyProblem | undefined => {
  const value = (given ?? "").trim()
  if (value === "")
    return fail("is missing, and there is no default", "Set it to test or production, or give --environment.")
  if (quotesRule(value) !== undefined) return fail("must not be in quotes", "Remove the quotes.")
  if (value === "test" || value === "production") return undefined
  if (/^(test|mt|apitest|sandbox|staging|dev|development)$/i.test(value)) {
    return fail("must be test, production or a URL", "Did you mean test?")
  }
  if (/^(prod|live|production)$/i.test(value)) {
    return fail("must be test, production or a URL", "Did you mean production?")
  }
  if (bareHost.test(value)) return fail("must be test, production or a URL", `Put ${schemeFor(value)}.`)
  if (!URL.canParse(value) || filledInRule(value) !== undefined)
    return fail("must be test, production or a URL", "Use test or production.")
  return urlProblem(new URL(value))
}

/**
 * A host that somebody has typed as one: with a dot, with a port, or this machine. No key looks so, and it is repeated.
 */
const bareHost = /^(?=[^:]*\.|.*:|localhost$)[a-z0-9]([a-z0-9-]{0,62})(\.[a-z0-9]([a-z0-9-]{0,62}))*(:\d{2,5})?$/i

/** Public servers have names of several words, and TLS. */
const schemeFor = (host: string): string => {
  const scheme = /^[^:]*\.[a-z]{2,}$/i.test(host) ? "https" : "http"
  return `${scheme}:// in front: ${scheme}://${host}`
}

/** The next step is the origin, which holds no password. */
const urlProblem = (url: URL): KeyProblem | undefined => {
  if (!/^https?:$/.test(url.protocol)) return undefined
  const next = `Use ${url.origin}.`
  if (tokenPath.test(url.pathname)) return fail("is the address of a token endpoint", next)
  if (url.pathname.startsWith("/__emulator")) return fail("is the address of the emulator's page", next)
  const broken = baseUrlRule(url.href, "allow")
  return broken === undefined ? undefined : fail(broken, next)
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
