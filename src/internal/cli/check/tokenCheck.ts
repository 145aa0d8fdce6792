/** One token request for a flow, told as a step of `check`. The token is thrown away. */
import type * as HttpClient from "@effect/platform/HttpClient"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../../AccessToken.js"
import type { FlowName } from "../../../core/tokenRequest.js"
import type { InvalidCredentials, TokenRequestError } from "../../../TokenError.js"
import { VippsEnvironment } from "../../../VippsEnvironment.js"
import { withoutIds } from "../../errors/sentence.js"
import { exitCodeOf, waitLine } from "../commandFailed.js"
import { environmentName, makeFlow } from "../keys/settings.js"
import { keyVariables } from "../keys/variableNames.js"
import type { Variables } from "../keys/variables.js"
import { type CheckResult, fail, ok, skipped, warn } from "./checkResult.js"

export interface TokenCheckOptions {
  readonly flow: FlowName
  readonly environment: VippsEnvironment
  readonly timeout: Duration.Duration
  readonly otherEnvironment: boolean
}

export const checkToken = (
  variables: Variables,
  options: TokenCheckOptions
): Effect.Effect<ReadonlyArray<CheckResult>, never, HttpClient.HttpClient> =>
  Effect.gen(function* () {
    const { environment, flow } = options
    const here = yield* request(variables, options)
    if (here._tag === "Right")
      return [accepted(flow, environment, here.right), ...(yield* elsewhere(variables, options, true))]
    const isOtherFlows = yield* areKeysOfOtherFlow(variables, options, here.left)
    return [refused(flow, environment, here.left, isOtherFlows), ...(yield* elsewhere(variables, options, false))]
  })

const request = (variables: Variables, { environment, flow, timeout }: Omit<TokenCheckOptions, "otherEnvironment">) =>
  makeFlow(variables, flow, { environment, requestTimeout: timeout }).pipe(
    // The variables were checked before.
    Effect.orDie,
    Effect.flatMap((made) => Effect.either(made.request))
  )

const accepted = (flow: FlowName, environment: VippsEnvironment, token: AccessToken): CheckResult =>
  ok(
    `${flow}.token`,
    `The keys of the ${flow} flow are accepted by ${environmentName(environment)}: ` +
      `the token works until ${DateTime.formatIso(token.expiresAt)}.`
  )

const refused = (
  flow: FlowName,
  environment: VippsEnvironment,
  error: TokenRequestError,
  isOtherFlows: boolean
): CheckResult => {
  const id = `${flow}.token`
  if (error._tag === "InvalidCredentials") {
    return fail(id, refusal(flow, environment, error), isOtherFlows ? otherFlowAdvice : error.hint, exitCodeOf(error))
  }
  const wait = waitLine(error)
  const hint = "hint" in error && typeof error.hint === "string" ? error.hint : undefined
  return fail(id, error.message, wait ?? hint ?? "", exitCodeOf(error))
}

const refusal = (flow: FlowName, environment: VippsEnvironment, error: InvalidCredentials): string => {
  const said = Option.match(error.description, {
    onNone: () => "",
    onSome: (text) => ` The server says: "${withoutIds(text)}"`
  })
  return (
    `${refusedVariable(flow, error.key)} is refused by ${environmentName(environment)} (HTTP ${error.status}` +
    `${Option.match(error.code, { onNone: () => "", onSome: (code) => ` ${code}` })}).${said}`
  )
}

const refusedVariable = (flow: FlowName, key: InvalidCredentials["key"]): string => {
  const { clientId, clientSecret } = keyVariables[flow]
  switch (key) {
    case "clientId":
      return clientId.name
    case "clientSecret":
      return clientSecret.name
    case "subscriptionKey":
      return flow === "standard" ? keyVariables.standard.subscriptionKey.name : "A missing subscription key"
    case "unknown":
      return flow === "standard"
        ? "One of VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and VIPPS_SUBSCRIPTION_KEY"
        : `${clientId.name} or ${clientSecret.name}`
  }
}

// ----- Keys of the other flow ----------------------------------------------------------------------------------------

const otherFlowAdvice =
  "The specialized endpoint accepts them: these are accounting or donations keys. Set them as " +
  "VIPPS_SPECIALIZED_CLIENT_ID and VIPPS_SPECIALIZED_CLIENT_SECRET, and clear VIPPS_CLIENT_ID, VIPPS_CLIENT_SECRET and " +
  "VIPPS_SUBSCRIPTION_KEY."

/** A client id that the standard endpoint does not know may be known to the other endpoint of the same servers. */
const areKeysOfOtherFlow = (
  variables: Variables,
  options: TokenCheckOptions,
  error: TokenRequestError
): Effect.Effect<boolean, never, HttpClient.HttpClient> => {
  if (options.flow !== "standard" || error._tag !== "InvalidCredentials" || error.key !== "clientId") {
    return Effect.succeed(false)
  }
  const { specialized, standard } = keyVariables
  const asSpecialized = Redacted.make({
    ...Redacted.value(variables),
    [specialized.clientId.name]: Redacted.value(variables)[standard.clientId.name] ?? "",
    [specialized.clientSecret.name]: Redacted.value(variables)[standard.clientSecret.name] ?? "",
    [specialized.scope.name]: ""
  })
  return Effect.map(request(asSpecialized, { ...options, flow: "specialized" }), (answer) => answer._tag === "Right")
}

// ----- The other environment -----------------------------------------------------------------------------------------

const elsewhere = (
  variables: Variables,
  options: TokenCheckOptions,
  acceptedHere: boolean
): Effect.Effect<ReadonlyArray<CheckResult>, never, HttpClient.HttpClient> => {
  if (!options.otherEnvironment) return Effect.succeed([])
  const id = `${options.flow}.otherEnvironment`
  const other = otherEnvironment(options.environment)
  if (other === undefined) {
    return Effect.succeed([skipped(id, "Only test and production are each other's other environment.")])
  }
  return Effect.map(request(variables, { ...options, environment: other }), (answer) => [
    answer._tag === "Right" ? acceptedElsewhere(id, other, acceptedHere) : refusedElsewhere(id, other, answer.left)
  ])
}

const otherEnvironment = (environment: VippsEnvironment): VippsEnvironment | undefined => {
  const { origin } = environment.baseUrl
  if (origin === VippsEnvironment.test.baseUrl.origin) return VippsEnvironment.production
  return origin === VippsEnvironment.production.baseUrl.origin ? VippsEnvironment.test : undefined
}

const acceptedElsewhere = (id: string, other: VippsEnvironment, acceptedHere: boolean): CheckResult =>
  acceptedHere
    ? ok(id, `The same keys are accepted by ${other.name} as well.`)
    : warn(
        id,
        `The same keys are accepted by ${other.name}: they are keys of ${other.name}.`,
        `Set VIPPS_ENVIRONMENT=${other.name}, or use the keys of the other environment.`
      )

const refusedElsewhere = (id: string, other: VippsEnvironment, error: TokenRequestError): CheckResult =>
  error._tag === "InvalidCredentials"
    ? ok(id, `${capitalised(other.name)} refuses the same keys.`)
    : skipped(id, `${capitalised(other.name)} gives no answer about the keys: ${error._tag}.`)

const capitalised = (word: string): string => word.charAt(0).toUpperCase() + word.slice(1)
