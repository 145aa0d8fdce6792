/**
 * The shapes of refusals: the fields that are read, and the marks that tell Vipps' servers from a proxy
 * (docs/vipps-access-token.md §3.1: A to H are the shapes of Vipps' servers, I is whatever a proxy answers).
 */
import { jsonField } from "./jsonField.js"

/** The known fields of a refusal, whatever their types. */
export interface RefusalFields {
  readonly code: unknown
  readonly text: unknown
  readonly gatewayCode: unknown
  readonly traceId: unknown
  readonly correlationId: unknown
}

/** Reads the known fields of the shapes A to H; PascalCase is seen as well. All other fields are left unread. */
export const refusalFields = (body: unknown): RefusalFields => {
  const whole = firstError(body)
  const gateway = field(whole, "responseInfo")
  return {
    code: field(whole, "error"),
    text: [
      field(whole, "error_description"),
      field(whole, "message"),
      field(field(whole, "result"), "message"),
      field(gateway, "responseMessage"),
      field(whole, "detail"),
      field(whole, "title"),
      field(whole, "errorMessage")
    ].find(isText),
    gatewayCode: field(gateway, "responseCode"),
    traceId: field(whole, "trace_id") ?? field(whole, "traceId"),
    correlationId: field(whole, "correlation_id") ?? field(whole, "contextId")
  }
}

/**
 * Recognises the shapes A to H, in which Vipps' servers answer. A `message` alone is not one of them: gateways of many
 * makes send that.
 */
export const isOurShape = (body: unknown): boolean => {
  const whole = firstError(body)
  const has = (name: string, is: (value: unknown) => boolean) => is(field(whole, name))
  return (
    // A, D: Entra and OAuth.
    has("error", isOAuthCode) ||
    (has("error", isText) && has("error_description", isText)) ||
    // B, G, H: API Management, the Report API, and middleware.
    (has("message", isText) && (has("statusCode", isCode) || has("code", isCode))) ||
    // C: the gateway.
    has("responseInfo", (info) => isCode(field(info, "responseCode")) || isText(field(info, "responseMessage"))) ||
    // E: problem details.
    ((has("title", isText) || has("detail", isText)) && (has("status", isCode) || has("type", isText))) ||
    // F, G: an error code beside its message.
    (has("errorMessage", isText) && has("errorCode", isCode))
  )
}

/** The error codes of OAuth 2.0 (RFC 6749 §4.1.2.1 and §5.2, RFC 8707) and of Entra. */
export const isOAuthCode = (code: unknown): boolean => typeof code === "string" && oauthCodes.includes(code)

const oauthCodes: ReadonlyArray<string> = [
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
  "invalid_resource",
  "access_denied",
  "interaction_required",
  "temporarily_unavailable",
  "server_error"
]

/** The first of the errors in shape F, which is an array; else the body itself. */
const firstError = (body: unknown): unknown => (Array.isArray(body) ? body[0] : body)

/** Reads a field by its name or, if that is absent, its PascalCase. */
export const field = (json: unknown, name: string): unknown =>
  jsonField(json, name) ?? jsonField(json, name.charAt(0).toUpperCase() + name.slice(1))

const isText = (value: unknown): boolean => typeof value === "string" && value !== ""

const isCode = (value: unknown): boolean => typeof value === "number" || isText(value)
