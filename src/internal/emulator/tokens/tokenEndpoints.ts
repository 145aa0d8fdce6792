/**
 * The two token endpoints: their checks, in order, and their grants.
 *
 * Source: docs/vipps-access-token.md §1, §2, §3.2, §3.3, §10.
 */
import * as Either from "effect/Either"
import * as Encoding from "effect/Encoding"
import { scopeRule } from "../../../core/keyRules.js"
import { type FlowName, headerName } from "../../../core/tokenRequest.js"
import { type Answer, type EmulatorRequest, jsonAnswer } from "../wire/exchange.js"
import { SpecializedGrant, StandardGrant } from "../wire/tokenContract.js"
import type { AcceptedKeys } from "./acceptedKeys.js"
import { type IssuedToken, notBeforeSeconds } from "./issuedTokens.js"
import {
  apiManagement,
  apiManagementRefusal,
  entra,
  entraRefusal,
  noStore,
  type Occasion,
  oauthRefusal
} from "./refusals.js"

/**
 * The form of numbers in a grant: JSON numbers, or strings of digits like the real standard endpoint sends.
 *
 * @see `VippsEmulatorService.setNumberForm`
 *
 * @since 0.1.0
 * @category models
 */
export type NumberForm = "numbers" | "strings"

export interface TokenEndpoint {
  readonly keys: AcceptedKeys
  /** Issues the token once all checks have passed. */
  readonly tokenFor: (clientId: string, nowMillis: number) => IssuedToken
  readonly numberForm: NumberForm
}

/** `POST /accesstoken/get`: checks subscription key, client id and secret, and ignores body and other headers. */
const standardEndpoint = (endpoint: TokenEndpoint, request: EmulatorRequest, occasion: Occasion): Answer => {
  const refused = subscriptionKeyRefusal(endpoint.keys, request)
  if (refused !== undefined) return refused
  const clientId = request.headers[headerName.clientId] ?? ""
  if (clientId === "") return entraRefusal(entra.missingClientId, occasion)
  const secret = request.headers[headerName.clientSecret] ?? ""
  const checked = endpoint.keys.check("standard", clientId, secret)
  if (checked === "unknown") return entraRefusal(entra.unknownClientId, occasion)
  if (secret === "") return entraRefusal(entra.missingSecret, occasion)
  if (checked === "wrong") return entraRefusal(entra.wrongSecret, occasion)
  const token = endpoint.tokenFor(clientId, occasion.nowMillis)
  return grantOf(token, request, endpoint.numberForm, occasion)
}

/** The refusal of API Management, which comes first at the APIs and at the token endpoint. */
export const subscriptionKeyRefusal = (keys: AcceptedKeys, request: EmulatorRequest): Answer | undefined => {
  const key = request.headers[headerName.subscriptionKey] ?? ""
  if (key === "") return apiManagementRefusal(401, apiManagement.missingSubscriptionKey)
  return keys.hasSubscriptionKey(key) ? undefined : apiManagementRefusal(401, apiManagement.invalidSubscriptionKey)
}

/** `POST /miami/v1/token`: answers malformed requests with `invalid_client` too, as documented. */
const specializedEndpoint = (endpoint: TokenEndpoint, request: EmulatorRequest, occasion: Occasion): Answer => {
  const form = new URLSearchParams(request.body)
  const clientId = authenticatedClient(endpoint.keys, request, form)
  if (clientId === undefined) return oauthRefusal(401, "invalid_client", "Client authentication failed")
  const scope = scopeOf(form)
  if (scope !== undefined && scopeRule(scope) !== undefined) {
    return oauthRefusal(400, "invalid_scope", "The requested scope is invalid")
  }
  const token = endpoint.tokenFor(clientId, occasion.nowMillis)
  return grantOf(token, request, endpoint.numberForm, occasion)
}

const authenticatedClient = (
  keys: AcceptedKeys,
  request: EmulatorRequest,
  form: URLSearchParams
): string | undefined => {
  if (request.headers[headerName.subscriptionKey] !== undefined) return undefined
  if (form.get("grant_type") !== "client_credentials") return undefined
  const pair = basicPair(request.headers.authorization ?? "")
  return pair !== undefined && keys.check("specialized", ...pair) === "right" ? pair[0] : undefined
}

/** Decodes the raw pair like Vipps: no percent-decoding, and the secret may contain a colon. */
export const basicPair = (authorization: string): readonly [clientId: string, secret: string] | undefined => {
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/i.exec(authorization)?.[1] ?? ""
  const pair = Either.getOrElse(Encoding.decodeBase64String(encoded), () => "")
  const colon = pair.indexOf(":")
  return colon < 0 ? undefined : [pair.slice(0, colon), pair.slice(colon + 1)]
}

/** The requested scope, which is granted and echoed. An empty one counts as none. */
const scopeOf = (form: URLSearchParams): string | undefined => form.get("scope") || undefined

/** The grant of a token that was issued now, or earlier by a server that repeats itself. */
const grantOf = (token: IssuedToken, request: EmulatorRequest, form: NumberForm, { nowMillis }: Occasion): Answer => {
  const now = Math.floor(nowMillis / 1000)
  const secondsLeft = Math.floor((token.expiresAtMillis - nowMillis) / 1000)
  const number = (value: number) => wireNumber(Math.max(0, value), form)
  if (token.flow === "specialized") {
    const scope = scopeOf(new URLSearchParams(request.body))
    return jsonAnswer(
      200,
      SpecializedGrant,
      {
        access_token: token.value,
        token_type: "Bearer",
        expires_in: number(secondsLeft),
        ...(scope === undefined ? {} : { scope })
      },
      noStore
    )
  }
  return jsonAnswer(
    200,
    StandardGrant,
    {
      token_type: "Bearer",
      expires_in: number(secondsLeft - 1),
      ext_expires_in: number(secondsLeft - 1),
      expires_on: number(now + secondsLeft - 1),
      not_before: number(now - notBeforeSeconds),
      resource: "00000002-0000-0000-c000-000000000000",
      access_token: token.value
    },
    recordedHeaders
  )
}

const wireNumber = (value: number, form: NumberForm): number | string => (form === "numbers" ? value : String(value))

/** The headers of a recorded answer (docs/vipps-access-token.md §1.2). */
const recordedHeaders = {
  ...noStore,
  "strict-transport-security": "max-age=31536000; includeSubDomains",
  "x-content-type-options": "nosniff",
  "request-context": "appId=cid-v1:0d6a7be4-4b1c-4d7e-9a35-5c2f8e1b7a90"
}

export const tokenEndpoints = { standard: standardEndpoint, specialized: specializedEndpoint }

export const defaultNumberForm: Record<FlowName, NumberForm> = { standard: "strings", specialized: "numbers" }
