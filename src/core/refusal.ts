/**
 * The meaning of a refusal by the token endpoint.
 *
 * Several servers may answer: the gateway in front (Azure API Management), Vipps' own, Microsoft Entra behind the
 * standard endpoint, an OAuth server behind the specialized one, and any proxy on the way; each in a shape of its own
 * (docs/vipps-access-token.md §3.1, A to I). The rules go by HTTP status and the OAuth `error` code; the AADSTS numbers
 * in Microsoft's texts are "never to be used by the client".
 */
import { credentialsHint, intermediaryHint, type RefusedKey, rejectionHint } from "./refusalHints.js"
import { field, isOAuthCode, isOurShape, type RefusalFields, refusalFields } from "./refusalShapes.js"
import { retryAfterMillis } from "./retryAfter.js"
import { serverReader } from "./serverText.js"
import type { FlowName } from "./tokenRequest.js"

/** An answer other than a token. `body` is the parsed JSON; undefined if it is not JSON. */
export interface RefusedAnswer {
  readonly flow: FlowName
  readonly status: number
  /** By name in lower case, each with all its values, separated by commas. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: unknown
  /** The caller's own keys, to be blanked out of the server's words. */
  readonly secrets: ReadonlyArray<string>
  readonly receivedAtMillis: number
}

export type Refusal = {
  readonly status: number
  /** The wait that the server asks for; it is obeyed whatever the status (F44). */
  readonly retryAfterMillis: number | undefined
} & (
  | {
      readonly kind: "invalidCredentials"
      readonly key: RefusedKey
      readonly code: string | undefined
      readonly description: string | undefined
      readonly hint: string
      readonly traceId: string | undefined
      readonly correlationId: string | undefined
    }
  | { readonly kind: "rateLimited" }
  | {
      readonly kind: "unavailable"
      readonly reason: "timeout" | "server" | "intermediary"
      readonly hint: string | undefined
    }
  | {
      readonly kind: "requestRejected"
      readonly code: string | undefined
      readonly description: string | undefined
      readonly hint: string
    }
)

/** Judges a refusal. Total: any status and any body have a meaning, and none makes it throw. */
export const judgeRefusal = (answer: RefusedAnswer): Refusal => {
  const { flow, status } = answer
  const fields = refusalFields(answer.body)
  const source = { status, retryAfterMillis: retryAfterIn(answer) }

  if (isRateLimit(status, fields)) return { ...source, kind: "rateLimited" }

  if (isPassing(status, fields)) {
    return { ...source, kind: "unavailable", reason: status === 408 ? "timeout" : "server", hint: undefined }
  }

  if (isIntermediary(answer)) {
    return {
      ...source,
      kind: "unavailable",
      reason: "intermediary",
      hint: intermediaryHint(challengesIn(answer) !== undefined)
    }
  }

  const reader = serverReader(answer.secrets)
  const key = refusedKey(flow, status, fields)
  const words = { code: reader.code(fields.code), description: reader.text(fields.text) }
  if (key === undefined) {
    return { ...source, ...words, kind: "requestRejected", hint: rejectionHint(flow, status, fields.code) }
  }
  return {
    ...source,
    ...words,
    kind: "invalidCredentials",
    key,
    hint: credentialsHint(flow, key, fields.code),
    traceId: reader.code(fields.traceId),
    correlationId: reader.code(fields.correlationId)
  }
}

/** Recognises a rate limit: a 429, or the 403 of API Management when a quota is used up (F44). */
const isRateLimit = (status: number, { text }: RefusalFields): boolean =>
  status === 429 || (status === 403 && matches(text, /\bout of (?:call volume|bandwidth) quota\b/i))

/** Recognises a failure that passes by itself. `1000` is the gateway's "something went wrong" in an incident (§3.2). */
const isPassing = (status: number, { code, gatewayCode }: RefusalFields): boolean =>
  status >= 500 ||
  status === 408 ||
  status === 423 ||
  status === 425 ||
  code === "temporarily_unavailable" ||
  code === "server_error" ||
  gatewayCode === "1000" ||
  gatewayCode === 1000

/**
 * Recognises the answer of a proxy or firewall: the sender is judged before the content. A 401 or 403 is about the keys
 * only in one of Vipps' own shapes, and without a challenge that Vipps never sends (F51).
 */
const isIntermediary = (answer: RefusedAnswer): boolean =>
  (answer.status === 401 || answer.status === 403) &&
  (!isOurShape(answer.body) ||
    (!isOAuthError(answer.body) && foreignChallenges[answer.flow].test(challengesIn(answer) ?? "")))

const challengesIn = ({ headers }: RefusedAnswer): string | undefined => headers["www-authenticate"]

/** The wait that an answer asks for, whatever its status (F44). */
export const retryAfterIn = ({
  headers,
  receivedAtMillis
}: Pick<RefusedAnswer, "headers" | "receivedAtMillis">): number | undefined =>
  retryAfterMillis(headers["retry-after"], headers.date, receivedAtMillis)

/** Only the specialized flow logs in by Basic. */
const foreignChallenges: Readonly<Record<FlowName, RegExp>> = {
  standard: /(?:^|,)\s*(?:NTLM|Negotiate|Kerberos|Digest|Basic)\b/i,
  specialized: /(?:^|,)\s*(?:NTLM|Negotiate|Kerberos|Digest)\b/i
}

/** The key that is refused; undefined if the refusal is not about keys. */
const refusedKey = (flow: FlowName, status: number, { code, text }: RefusalFields): RefusedKey | undefined => {
  if (code === "unauthorized_client") return "clientId"
  if (code === "invalid_client") return flow === "standard" ? "clientSecret" : "unknown"
  // Entra says `invalid_request` if no client_id arrived at all: we always send one, so something took it away.
  if (code === "invalid_request" && flow === "standard") return "clientId"
  if (status !== 401) return undefined
  return isAboutSubscriptionKey(text) ? "subscriptionKey" : "unknown"
}

/** Recognises an OAuth error (RFC 6749 §5.2), which counts with any status. */
export const isOAuthError = (body: unknown): boolean => isOAuthCode(refusalFields(body).code)

/** Recognises the sentences with which Azure API Management refuses a subscription key. */
const isAboutSubscriptionKey = (text: unknown): boolean =>
  matches(text, /^(?:access denied due to (?:missing|invalid) subscription key\b|subscription not found\.?$)/i)

/**
 * Recognises a 401 of an API that is about the subscription key: shape B, from the gateway in front of it. No new token
 * helps then (docs/vipps-access-token.md §8).
 */
export const isSubscriptionKeyRefusal = (body: unknown): boolean =>
  field(body, "statusCode") === 401 && isAboutSubscriptionKey(field(body, "message"))

const matches = (text: unknown, pattern: RegExp): boolean =>
  typeof text === "string" && pattern.test(text.slice(0, 300).trim())
