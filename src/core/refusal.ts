/**
 * What a refusal of the token endpoint means.
 *
 * Several servers may answer: the gateway in front (Azure API Management), Vipps' own, Microsoft Entra behind the
 * standard endpoint, an OAuth server behind the specialized one, and any proxy on the way; each in a shape of its own
 * (docs/vipps-access-token.md §3.1, A to I). The rules go by HTTP status and the OAuth `error` code; the AADSTS numbers
 * in Microsoft's texts are "never to be used by the client".
 */
import { retryAfterMillis } from "./retryAfter.js"
import { serverReader } from "./serverText.js"
import type { FlowName } from "./tokenRequest.js"

/** An answer other than a token. `body` is the parsed JSON, or undefined where it is none. */
export interface RefusedAnswer {
  readonly flow: FlowName
  readonly status: number
  readonly retryAfter: string | undefined
  readonly date: string | undefined
  readonly body: unknown
  /** The caller's own keys, to be blanked out of whatever the server says. */
  readonly keys: ReadonlyArray<string>
  readonly nowMillis: number
}

export type RefusedKey = "clientId" | "clientSecret" | "subscriptionKey" | "unknown"

export type Refusal =
  | {
      readonly kind: "invalidCredentials"
      readonly key: RefusedKey
      readonly status: number
      readonly code: string | undefined
      readonly description: string | undefined
      readonly hint: string
      readonly traceId: string | undefined
      readonly correlationId: string | undefined
    }
  | { readonly kind: "rateLimited"; readonly retryAfterMillis: number | undefined }
  | {
      readonly kind: "unavailable"
      readonly reason: "timeout" | "server"
      readonly status: number
      readonly retryAfterMillis: number | undefined
    }
  | {
      readonly kind: "requestRejected"
      readonly status: number
      readonly code: string | undefined
      readonly description: string | undefined
      readonly hint: string
    }

/** Total: any status and any body have a meaning, and none makes it throw. */
export const judgeRefusal = (answer: RefusedAnswer): Refusal => {
  const said = readBody(answer.body)
  const reader = serverReader(answer.keys)
  const code = reader.code(said.code)
  const wait = retryAfterMillis(answer.retryAfter, answer.date, answer.nowMillis)

  if (answer.status === 429) return { kind: "rateLimited", retryAfterMillis: wait }

  if (isPassing(answer.status, said)) {
    return {
      kind: "unavailable",
      reason: answer.status === 408 ? "timeout" : "server",
      status: answer.status,
      retryAfterMillis: wait
    }
  }

  const key = refusedKey(answer, said)
  const description = reader.text(said.text)
  if (key === undefined) {
    return {
      kind: "requestRejected",
      status: answer.status,
      code,
      description,
      hint: rejectionHint(answer.status, said.code)
    }
  }
  return {
    kind: "invalidCredentials",
    key,
    status: answer.status,
    code,
    description,
    hint: credentialsHint(answer.flow, key, said.code),
    traceId: reader.code(said.traceId),
    correlationId: reader.code(said.correlationId)
  }
}

/** Failures that time mends. `1000` is the gateway's "something went wrong" in an incident (docs/vipps-access-token.md §3.2). */
const isPassing = (status: number, { code, gatewayCode }: Said): boolean =>
  status >= 500 ||
  status === 408 ||
  status === 423 ||
  status === 425 ||
  code === "temporarily_unavailable" ||
  code === "server_error" ||
  gatewayCode === "1000" ||
  gatewayCode === 1000

/** Which of the keys is refused, if the refusal will not pass; nothing where it is not about keys. */
const refusedKey = (answer: RefusedAnswer, { code, text }: Said): RefusedKey | undefined => {
  if (answer.status < 400) return undefined
  if (code === "unauthorized_client") return "clientId"
  if (code === "invalid_client") return answer.flow === "standard" ? "clientSecret" : "unknown"
  // Entra says `invalid_request` where no client_id arrived at all: we always send one, so something took it away.
  if (code === "invalid_request" && answer.flow === "standard") return "clientId"
  if (answer.status !== 401) return undefined
  return isAboutSubscription(text) ? "subscriptionKey" : "unknown"
}

/** Azure API Management refuses subscription keys in its own words, before the token endpoint or an API is reached. */
const isAboutSubscription = (text: unknown): boolean =>
  typeof text === "string" && /subscription/i.test(text.slice(0, 300))

/**
 * Whether a 401 of an API is about the subscription key: shape B, from the gateway in front of it. No new token helps
 * then (docs/vipps-access-token.md §8).
 */
export const isSubscriptionKeyRefusal = (body: unknown): boolean =>
  field(body, "statusCode") === 401 && isAboutSubscription(field(body, "message"))

const credentialsHint = (flow: FlowName, key: RefusedKey, code: unknown): string => {
  if (flow === "specialized") {
    return key === "subscriptionKey"
      ? "This server asks for a subscription key, which the specialized flow never sends: check the base URL and the path."
      : "Check that the client id and secret belong together and are keys for the specialized endpoint (accounting, " +
          "donations or management keys), that the secret was not regenerated since, and that no proxy or HttpClient " +
          "on the way drops the form body or adds a subscription key."
  }
  switch (key) {
    case "subscriptionKey":
      return (
        "Check that the subscription key belongs to the same sales unit as the client id, and that keys and " +
        "environment match: production keys are refused by the test environment, and test keys by production."
      )
    case "clientId":
      return code === "invalid_request"
        ? "The client id did not arrive: look for a proxy on the way that drops headers with an underscore in their name."
        : "The client id is not known in this environment: check that keys and environment match. New keys can take " +
            "some minutes until they work."
    case "clientSecret":
      return (
        "The secret does not belong to this client id: it may have been regenerated in the portal, or a proxy on the " +
        "way drops headers with an underscore in their name."
      )
    case "unknown":
      return (
        "Check client id, client secret and subscription key: all three must belong to one sales unit (the one of the " +
        "merchant serial number, if one is sent) and to this environment."
      )
  }
}

const rejectionHint = (status: number, code: unknown): string => {
  if (code === "invalid_scope") return "The keys may not ask for this scope: check its spelling, or leave it out."
  if (status < 400)
    return "The answer is a redirect, and keys are never sent after one: check the base URL, and any proxy or login page on the way."
  switch (status) {
    case 403:
      return "The keys are known but not allowed here: check that the product is active for the sales unit, and that no firewall or proxy is in the way."
    case 404:
      return "There is no token endpoint at this address: check the base URL and the path. The specialized endpoint may be missing in the test environment."
    case 407:
      return "A proxy on the way asks for its own credentials."
    default:
      return "The request did not reach the token endpoint as it was sent: check the base URL, and any proxy or firewall on the way."
  }
}

interface Said {
  readonly code: unknown
  readonly text: unknown
  readonly gatewayCode: unknown
  readonly traceId: unknown
  readonly correlationId: unknown
}

/** The known fields of the shapes A to H; PascalCase is seen as well. All other fields are left unread. */
const readBody = (body: unknown): Said => {
  // Shape F is an array of errors: the first one speaks.
  const whole = Array.isArray(body) ? body[0] : body
  const gateway = field(whole, "responseInfo")
  return {
    code: field(whole, "error"),
    text: firstText(
      field(whole, "error_description"),
      field(whole, "message"),
      field(field(whole, "result"), "message"),
      field(gateway, "responseMessage"),
      field(whole, "detail"),
      field(whole, "title"),
      field(whole, "errorMessage")
    ),
    gatewayCode: field(gateway, "responseCode"),
    traceId: field(whole, "trace_id") ?? field(whole, "traceId"),
    correlationId: field(whole, "correlation_id") ?? field(whole, "contextId")
  }
}

const field = (value: unknown, name: string): unknown => {
  if (typeof value !== "object" || value === null) return undefined
  const pascalCase = name.charAt(0).toUpperCase() + name.slice(1)
  for (const key of [name, pascalCase]) {
    const own = Object.getOwnPropertyDescriptor(value, key)
    if (own !== undefined) return own.value
  }
  return undefined
}

const firstText = (...candidates: ReadonlyArray<unknown>): unknown =>
  candidates.find((candidate) => typeof candidate === "string" && candidate !== "")
