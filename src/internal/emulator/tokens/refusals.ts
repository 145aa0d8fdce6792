/** Refusals in the shapes of the real servers: A to E and G of docs/vipps-access-token.md §3.1. */
import * as DateTime from "effect/DateTime"
import * as Schema from "effect/Schema"
import { type Answer, jsonAnswer } from "../wire/exchange.js"
import { ApiManagementError, EntraError, GatewayError, OAuthError, Problem } from "../wire/tokenContract.js"

/** The time of an answer, and its unique number. */
export interface Occasion {
  readonly nowMillis: number
  readonly sequence: number
}

/** A GUID that is unique for each answer and stable across runs. */
const guid = (family: string, sequence: number): string =>
  `${family}-4b1c-4d7e-9a35-${sequence.toString(16).padStart(12, "0")}`

export interface EntraRefusal {
  readonly status: number
  readonly error: string
  readonly code: number
  readonly text: string
}

/** Shape A: Microsoft Entra. The description repeats the ids on separate lines (docs/vipps-access-token.md §3.1). */
export const entraRefusal = (refusal: EntraRefusal, { nowMillis, sequence }: Occasion): Answer => {
  const traceId = guid("9f3c1d20", sequence)
  const correlationId = guid("0d6a7be4", sequence)
  const timestamp = DateTime.formatIso(DateTime.unsafeMake(nowMillis))
    .replace("T", " ")
    .replace(/\.\d+Z$/, "Z")
  return jsonAnswer(refusal.status, EntraError, {
    error: refusal.error,
    error_description: [
      `AADSTS${refusal.code}: ${refusal.text}`,
      `Trace ID: ${traceId}`,
      `Correlation ID: ${correlationId}`,
      `Timestamp: ${timestamp}`
    ].join("\r\n"),
    error_codes: [refusal.code],
    timestamp,
    trace_id: traceId,
    correlation_id: correlationId,
    error_uri: `https://login.windows.net/error?code=${refusal.code}`
  })
}

export const entra = {
  missingClientId: {
    status: 400,
    error: "invalid_request",
    code: 900144,
    text: "The request body must contain the following parameter: 'client_id'."
  },
  unknownClientId: {
    status: 400,
    error: "unauthorized_client",
    code: 700016,
    text: "Application with this identifier was not found in the directory 'VIPPS-TEST'. You may have sent your authentication request to the wrong tenant."
  },
  missingSecret: {
    status: 401,
    error: "invalid_client",
    code: 7000218,
    text: "The request body must contain the following parameter: 'client_assertion' or 'client_secret'."
  },
  wrongSecret: {
    status: 401,
    error: "invalid_client",
    code: 7000215,
    text: "Invalid client secret provided. Ensure the secret being sent in the request is the client secret value, not the client secret ID."
  },
  temporarilyUnavailable: {
    status: 503,
    error: "temporarily_unavailable",
    code: 90033,
    text: "A transient error has occurred. Please try again."
  }
} satisfies Record<string, EntraRefusal>

/** Shape B: Azure API Management. */
export const apiManagementRefusal = (
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {}
): Answer => jsonAnswer(status, ApiManagementError, { statusCode: status, message }, headers)

export const apiManagement = {
  missingSubscriptionKey:
    "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API.",
  invalidSubscriptionKey:
    "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription.",
  subscriptionNotFound: "Subscription not found."
}

/** Shape C: Vipps' gateway. */
export const gatewayRefusal = (
  status: number,
  responseMessage: string,
  message: string | undefined,
  responseCode: number | string = status
): Answer =>
  jsonAnswer(status, GatewayError, {
    responseInfo: { responseCode, responseMessage },
    ...(message === undefined ? {} : { result: { message } })
  })

export const somethingWentWrong = "Something went wrong, please try again later."

/** The path or the method does not exist (docs/vipps-access-token.md §3.2). */
export const notFound: Answer = gatewayRefusal(404, "APIM Resource Not Found", somethingWentWrong)

/** Shape D: OAuth 2.0. A 401 names the authentication scheme (RFC 6749 §5.2). */
export const oauthRefusal = (status: number, error: string, description: string): Answer =>
  jsonAnswer(
    status,
    OAuthError,
    { error, error_description: description },
    { ...noStore, ...(status === 401 ? { "www-authenticate": 'Basic realm="VippsMobilePay"' } : {}) }
  )

/** The path, and the fields or the error code, of a problem. */
export interface ProblemDetails {
  readonly instance?: string
  readonly extraDetails?: ReadonlyArray<{ readonly name: string; readonly reason: string }>
}

/** Shape E: problem details. */
export const problem = (
  status: number,
  title: string,
  detail: string,
  { sequence }: Occasion,
  details: ProblemDetails = {}
): Answer =>
  jsonAnswer(
    status,
    Problem,
    {
      type: "https://developer.vippsmobilepay.com/docs/knowledge-base/errors",
      title,
      status,
      detail,
      traceId: `00-4bf92f3577b34da6${sequence.toString(16).padStart(16, "0")}-00f067aa0ba902b7-01`,
      ...details
    },
    { "content-type": "application/problem+json" }
  )

/** Shape G: the Report API. */
export const reportRefusal: Answer = jsonAnswer(401, Schema.Struct({ code: Schema.String, message: Schema.String }), {
  code: "Unauthorized",
  message: "Please check your API keys"
})

/** Tells the author of a test that a token request went to another host. Vipps has no such answer. */
export const misdirected = (asked: URL, baseUrl: URL): Answer =>
  jsonAnswer(421, ApiManagementError, {
    statusCode: 421,
    message:
      `The emulator answers at ${baseUrl.origin} alone, and this token request went to ${asked.origin}. ` +
      "Provide VippsEmulator.layerConfigProvider(), or give the flow the emulator's environment."
  })

/** Headers of an answer that caches must not store. */
export const noStore = { "cache-control": "no-store, no-cache", pragma: "no-cache", expires: "-1" }
