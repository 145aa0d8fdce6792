/** Faults that refuse the keys or the request. Sources: docs/vipps-access-token.md §3.2, §3.3, §8. */
import { base64, secretHeaderNames } from "../../../core/tokenRequest.js"
import {
  apiManagement,
  apiManagementRefusal,
  type EntraRefusal,
  entra,
  entraRefusal,
  notFound as gatewayNotFound,
  gatewayRefusal,
  oauthRefusal,
  problem,
  somethingWentWrong
} from "../tokens/refusals.js"
import { basicPair } from "../tokens/tokenEndpoints.js"
import { jsonAnswer } from "../wire/exchange.js"
import { EntraError } from "../wire/tokenContract.js"
import { type Fault, type FaultyExchange, instead } from "./fault.js"

/** A refusal in the shape of the endpoint. */
const refusal = (name: string, refused: EntraRefusal): Fault =>
  instead(name, ({ flow, occasion }) =>
    flow === "specialized" ? oauthRefusal(refused.status, refused.error, refused.text) : entraRefusal(refused, occasion)
  )

/**
 * 401: the subscription key is missing.
 *
 * @since 0.1.0
 * @category keys
 */
export const missingSubscriptionKey: Fault = instead("missingSubscriptionKey", () =>
  apiManagementRefusal(401, apiManagement.missingSubscriptionKey)
)

/**
 * 401: the subscription key is wrong, suspended, or belongs to the other environment.
 *
 * @since 0.1.0
 * @category keys
 */
export const invalidSubscriptionKey: Fault = instead("invalidSubscriptionKey", () =>
  apiManagementRefusal(401, apiManagement.invalidSubscriptionKey)
)

/**
 * 401: "Subscription not found."
 *
 * @since 0.1.0
 * @category keys
 */
export const subscriptionNotFound: Fault = instead("subscriptionNotFound", () =>
  apiManagementRefusal(401, apiManagement.subscriptionNotFound)
)

/**
 * 400 `unauthorized_client`: the client id is unknown, or belongs to the other environment.
 *
 * @since 0.1.0
 * @category keys
 */
export const unauthorizedClient: Fault = refusal("unauthorizedClient", entra.unknownClientId)

/**
 * 401 `invalid_client`: the client secret is wrong. The specialized endpoint also answers malformed requests with it.
 *
 * @since 0.1.0
 * @category keys
 */
export const invalidClient: Fault = refusal("invalidClient", entra.wrongSecret)

/**
 * 400 `invalid_request`: the client id is missing.
 *
 * @since 0.1.0
 * @category keys
 */
export const invalidRequest: Fault = refusal("invalidRequest", entra.missingClientId)

/**
 * 400 `invalid_scope`: the keys do not include the requested scope.
 *
 * @since 0.1.0
 * @category keys
 */
export const invalidScope: Fault = instead("invalidScope", () =>
  oauthRefusal(400, "invalid_scope", "The requested scope is invalid, unknown, or malformed")
)

/**
 * 401 from the gateway, as APIs answer to a bad token.
 *
 * @since 0.1.0
 * @category keys
 */
export const unauthorized: Fault = instead("unauthorized", () =>
  gatewayRefusal(401, "Unauthorized", somethingWentWrong)
)

/**
 * 401 with problem details, as newer APIs answer to a bad token.
 *
 * @since 0.1.0
 * @category keys
 */
export const unauthorizedProblem: Fault = instead("unauthorizedProblem", ({ occasion }) =>
  problem(401, "Unauthorized", "The access token is invalid or has expired.", occasion)
)

/**
 * 403 from the gateway: the product is not active, or a firewall is in the way.
 *
 * @since 0.1.0
 * @category keys
 */
export const forbidden: Fault = instead("forbidden", () => gatewayRefusal(403, "Forbidden", somethingWentWrong))

/**
 * 404 from the gateway: the path does not exist. The test environment may answer the specialized flow like this.
 *
 * @since 0.1.0
 * @category keys
 */
export const notFound: Fault = instead("notFound", () => gatewayNotFound)

/**
 * 401 `invalid_client` with hostile texts: control characters, a description of 10,000 characters, and the caller's own
 * keys, raw, in Base64 and percent-encoded.
 *
 * @since 0.1.0
 * @category keys
 */
export const hostileText: Fault = instead("hostileText", (exchange) => {
  const echo = secretsOf(exchange)
  const attack = `\u001b[2J\u001b[31m\u0000\u202e</script>\r\nlevel=INFO forged=true ${echo}`
  return jsonAnswer(401, EntraError, {
    error: "invalid_client",
    error_description: `${attack} ${"A".repeat(10_000)}`,
    error_codes: [7000215],
    timestamp: attack,
    trace_id: attack,
    correlation_id: `${echo}\n`,
    error_uri: "javascript:alert(1)"
  })
})

/** Every key of the request, in each spelling in which it could leak. */
const secretsOf = ({ request }: FaultyExchange): string =>
  secretHeaderNames
    .flatMap((name) => request.headers[name] ?? [])
    .flatMap((value) => [value, value.replace(/^(Basic|Bearer) /, ""), ...(basicPair(value) ?? [])])
    .flatMap((value) => [value, base64(value), encodeURIComponent(value)])
    .join(" ")
