/** One test for every row of docs/vipps-access-token.md §3.1 to §3.3, through the real flows. */
import { assert, describe, it } from "@effect/vitest"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type { TokenRequestError } from "../../src/TokenError.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { type Answer, recordingClient } from "../fixtures/recordingClient.js"

const refusalOf = (flow: "standard" | "specialized", answer: Answer): Effect.Effect<TokenRequestError, unknown> => {
  const { client } = recordingClient(answer)
  return Effect.flatMap(flow === "standard" ? standardFlowOver(client) : specializedFlowOver(client), ({ request }) =>
    Effect.flip(request)
  )
}

const absent = {
  code: undefined,
  description: undefined,
  traceId: undefined,
  correlationId: undefined,
  retryAfter: undefined
}

/** The fields that matter of an error: Options opened, durations in seconds, nothing of the flow. */
const essence = (error: TokenRequestError): Record<string, unknown> => ({
  ...absent,
  ...Object.fromEntries(
    Object.entries(error)
      .filter(([name]) => !["flow", "label", "nextAttemptAt", "hint", "message"].includes(name))
      .map(([name, value]) => [name, Option.isOption(value) ? Option.getOrUndefined(value) : value])
      .map(([name, value]) => [name, Duration.isDuration(value) ? Duration.toSeconds(value) : value])
  )
})

const hintOf = (error: TokenRequestError): string =>
  !("hint" in error) ? "" : typeof error.hint === "string" ? error.hint : Option.getOrElse(error.hint, () => "")

interface Row {
  readonly situation: string
  readonly answer: Answer
  readonly error: Record<string, unknown>
  readonly hint?: RegExp
}

const tests = (flow: "standard" | "specialized", rows: ReadonlyArray<Row>) => {
  for (const row of rows) {
    it.effect(row.situation, () =>
      Effect.gen(function* () {
        const error = yield* refusalOf(flow, row.answer)
        assert.deepInclude(essence(error), row.error)
        assert.strictEqual(error.flow, flow)
        if (row.hint !== undefined) assert.match(hintOf(error), row.hint)
        assert.include(error.message, error.label)
      })
    )
  }
}

const traceId = "0282e4c3-1bb8-44eb-9e8e-1a0e1c2d8a00"
const correlationId = "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d"

const entra = (error: string, code: number, text: string) => ({
  error,
  error_description: `AADSTS${code}: ${text}\r\nTrace ID: ${traceId}\r\nCorrelation ID: ${correlationId}\r\nTimestamp: 2022-11-17 11:37:08Z`,
  error_codes: [code],
  timestamp: "2022-11-17 11:37:08Z",
  trace_id: traceId,
  correlation_id: correlationId,
  error_uri: `https://login.windows.net/error?code=${code}`
})

const described = (code: number, text: string) =>
  `AADSTS${code}: ${text} Trace ID: ${traceId} Correlation ID: ${correlationId} Timestamp: 2022-11-17 11:37:08Z`

const json = { "content-type": "application/json; charset=utf-8" }
const apim = (statusCode: number, message: string, headers: Record<string, string> = {}): Answer => ({
  status: statusCode,
  headers: { "content-type": "application/json", ...headers },
  body: { statusCode, message }
})

const missingKey =
  "Access denied due to missing subscription key. Make sure to include subscription key when making requests to an API."
const invalidKey =
  "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
const notFound = "Application with identifier was not found in the directory 'VIPPS-TEST'."

describe("docs/vipps-access-token.md §3.2: POST /accesstoken/get", () => {
  tests("standard", [
    {
      situation: "subscription key missing: 401 B",
      answer: apim(401, missingKey),
      error: {
        _tag: "InvalidCredentials",
        key: "subscriptionKey",
        status: 401,
        code: undefined,
        description: missingKey
      },
      hint: /subscription key/
    },
    {
      situation: "subscription key wrong, suspended or of the other environment: 401 B, and the hint says environment",
      answer: apim(401, invalidKey),
      error: { _tag: "InvalidCredentials", key: "subscriptionKey", status: 401, description: invalidKey },
      hint: /environment/
    },
    {
      situation: "the same family: 401 Subscription not found",
      answer: apim(401, "Subscription not found."),
      error: { _tag: "InvalidCredentials", key: "subscriptionKey", status: 401 },
      hint: /environment/
    },
    {
      situation: "client id unknown, of the other environment, or not yet provisioned: 400 A",
      answer: { status: 400, headers: json, body: entra("unauthorized_client", 700016, notFound) },
      error: {
        _tag: "InvalidCredentials",
        key: "clientId",
        status: 400,
        code: "unauthorized_client",
        description: described(700016, notFound),
        traceId,
        correlationId
      },
      hint: /environment.*minutes/
    },
    {
      situation: "client id unknown, as in 2017: 400 A without error_uri",
      answer: { status: 400, body: { ...entra("unauthorized_client", 70001, notFound), error_uri: undefined } },
      error: { _tag: "InvalidCredentials", key: "clientId", status: 400, traceId, correlationId }
    },
    {
      situation: "client secret wrong or regenerated: 401 A",
      answer: { status: 401, headers: json, body: entra("invalid_client", 7000215, "Invalid client secret provided.") },
      error: {
        _tag: "InvalidCredentials",
        key: "clientSecret",
        status: 401,
        code: "invalid_client",
        description: described(7000215, "Invalid client secret provided."),
        traceId,
        correlationId
      },
      hint: /regenerated/
    },
    {
      situation: "client secret expired: 401 A",
      answer: { status: 401, headers: json, body: entra("invalid_client", 7000222, "The provided keys are expired.") },
      error: { _tag: "InvalidCredentials", key: "clientSecret", status: 401, code: "invalid_client" }
    },
    {
      situation: "client id header lost on the way: 400 A invalid_request, and the hint names underscores",
      answer: { status: 400, headers: json, body: entra("invalid_request", 900144, "must contain: 'client_id'.") },
      error: { _tag: "InvalidCredentials", key: "clientId", status: 400, code: "invalid_request", traceId },
      hint: /proxy.*underscore/
    },
    {
      situation: "client secret header lost on the way: 401 A invalid_client, and the hint names underscores",
      answer: { status: 401, headers: json, body: entra("invalid_client", 7000218, "must contain: 'client_secret'.") },
      error: { _tag: "InvalidCredentials", key: "clientSecret", status: 401, code: "invalid_client" },
      hint: /proxy.*underscore/
    },
    {
      situation:
        "keys of another sales unit than the MSN: 401 with correct-looking keys, and the hint says one sales unit",
      answer: { status: 401, body: { responseInfo: { responseCode: 401, responseMessage: "Unauthorized" } } },
      error: { _tag: "InvalidCredentials", key: "unknown", status: 401, description: "Unauthorized" },
      hint: /one sales unit/
    },
    {
      situation: "wrong path: 404 C, and the hint names base URL and path",
      answer: {
        status: 404,
        body: {
          responseInfo: { responseCode: 404, responseMessage: "APIM Resource Not Found" },
          result: { message: "Something went wrong, please try again later." }
        }
      },
      error: {
        _tag: "RequestRejected",
        status: 404,
        code: undefined,
        description: "Something went wrong, please try again later."
      },
      hint: /base URL and the path/
    },
    {
      situation: "GET in place of POST: 404 B",
      answer: apim(404, "Unable to match incoming request to an operation."),
      error: { _tag: "RequestRejected", status: 404, description: "Unable to match incoming request to an operation." }
    },
    {
      situation: "F28 rate limited by API Management: 429 B with Retry-After in seconds",
      answer: apim(429, "Rate limit is exceeded. Try again in 7 seconds.", { "retry-after": "7" }),
      error: { _tag: "RateLimited", retryAfter: 7 }
    },
    {
      situation: "F28 throttled by Entra: 429 in plain text, Retry-After: 60",
      answer: {
        status: 429,
        headers: { "content-type": "text/plain", "retry-after": "60" },
        body: "Too Many Requests"
      },
      error: { _tag: "RateLimited", retryAfter: 60 }
    },
    {
      situation: "F28 a Retry-After date is measured by the answer's own Date",
      answer: apim(429, "Rate limit is exceeded.", {
        date: "Thu, 15 Jan 2026 12:00:00 GMT",
        "retry-after": "Thu, 15 Jan 2026 12:01:30 GMT"
      }),
      error: { _tag: "RateLimited", retryAfter: 90 }
    },
    {
      situation: "F28 a Retry-After date without Date is measured by our clock",
      answer: apim(429, "Rate limit is exceeded.", { "retry-after": "Thu, 01 Jan 1970 00:00:25 GMT" }),
      error: { _tag: "RateLimited", retryAfter: 25 }
    },
    {
      situation: "F28 429 without Retry-After says so",
      answer: apim(429, "Rate limit is exceeded."),
      error: { _tag: "RateLimited", retryAfter: undefined }
    },
    {
      situation: "Entra in passing trouble: 4xx A temporarily_unavailable",
      answer: { status: 400, headers: { "retry-after": "5" }, body: entra("temporarily_unavailable", 90033, "Busy.") },
      error: { _tag: "Unavailable", reason: "server", status: 400, retryAfter: 5 }
    },
    {
      situation: "Entra in passing trouble: 5xx A",
      answer: { status: 503, body: entra("temporarily_unavailable", 90024, "Busy.") },
      error: { _tag: "Unavailable", reason: "server", status: 503, retryAfter: undefined }
    },
    {
      situation: "internal error: 500 without a body",
      answer: { status: 500 },
      error: { _tag: "Unavailable", reason: "server", status: 500 }
    },
    {
      situation: "internal error of the test environment: SQL glitch, retry",
      answer: { status: 500, body: { message: "SQL glitch, retry" } },
      error: { _tag: "Unavailable", reason: "server", status: 500 }
    },
    ...[502, 503, 504].map((status) => ({
      situation: `Vipps is busy: ${status} in HTML`,
      answer: { status, headers: { "content-type": "text/html" }, body: "<html><h1>Bad Gateway</h1></html>" },
      error: { _tag: "Unavailable", reason: "server", status }
    })),
    {
      situation: "F28 503 with Retry-After",
      answer: { status: 503, headers: { "retry-after": "120" } },
      error: { _tag: "Unavailable", reason: "server", status: 503, retryAfter: 120 }
    },
    {
      situation: "incident: the gateway's code 1000 passes, whatever the status",
      answer: {
        status: 400,
        body: {
          responseInfo: { responseCode: "1000", responseMessage: "Something went wrong. Please try again later." }
        }
      },
      error: { _tag: "Unavailable", reason: "server", status: 400 }
    }
  ])
})

describe("docs/vipps-access-token.md §3.3: POST /miami/v1/token", () => {
  const causes = /client id and secret.*form body.*subscription key/
  const headers = { "www-authenticate": "Basic" }
  tests("specialized", [
    {
      situation:
        "grant_type missing, a subscription key sent, or wrong keys: 400 invalid_client, the hint names all three",
      answer: { status: 400, body: { error: "invalid_client" } },
      error: {
        _tag: "InvalidCredentials",
        key: "unknown",
        status: 400,
        code: "invalid_client",
        description: undefined,
        traceId: undefined,
        correlationId: undefined
      },
      hint: causes
    },
    {
      situation: "wrong id or secret: 401 invalid_client",
      answer: { status: 401, headers, body: { error: "invalid_client", error_description: "Client failed." } },
      error: { _tag: "InvalidCredentials", key: "unknown", status: 401, description: "Client failed." },
      hint: causes
    },
    {
      situation: "unknown scope: 400 invalid_scope, and the hint names the scope",
      answer: { status: 400, body: { error: "invalid_scope", error_description: "Unknown scope." } },
      error: { _tag: "RequestRejected", status: 400, code: "invalid_scope", description: "Unknown scope." },
      hint: /scope/
    },
    {
      situation: "F51 401 without a body is nobody's refusal of keys: an intermediary's",
      answer: { status: 401, headers },
      error: { _tag: "Unavailable", reason: "intermediary", status: 401 },
      hint: /proxy/
    },
    {
      situation: "400 without a body is about the request",
      answer: { status: 400 },
      error: { _tag: "RequestRejected", status: 400 }
    },
    {
      situation: "500 without a body passes",
      answer: { status: 500 },
      error: { _tag: "Unavailable", reason: "server", status: 500 }
    },
    {
      situation: "a server that asks for a subscription key is the wrong server: never send one",
      answer: apim(401, missingKey),
      error: { _tag: "InvalidCredentials", key: "subscriptionKey", status: 401 },
      hint: /never sends.*base URL/
    },
    {
      situation: "no such endpoint in the test environment: 404, and the hint says so",
      answer: { status: 404, body: { responseInfo: { responseCode: 404, responseMessage: "Not Found" } } },
      error: { _tag: "RequestRejected", status: 404 },
      hint: /test environment/
    }
  ])
})

describe("docs/vipps-access-token.md §3.1: every shape is read", () => {
  const text = "What the server says."
  const shapes: ReadonlyArray<readonly [string, unknown, Record<string, unknown>]> = [
    ["A Azure AD", entra("invalid_client", 7000215, "No."), { code: "invalid_client", traceId, correlationId }],
    ["B API Management", { statusCode: 401, message: text }, { description: text }],
    ["C gateway", { responseInfo: { responseCode: 401 }, result: { message: text } }, { description: text }],
    ["C gateway, no result", { responseInfo: { responseCode: "401", responseMessage: text } }, { description: text }],
    ["B API Management, PascalCase", { StatusCode: 401, Message: text }, { description: text }],
    ["C gateway, PascalCase", { ResponseInfo: { ResponseMessage: text } }, { description: text }],
    ["D OAuth", { error: "invalid_client", error_description: text }, { code: "invalid_client", description: text }],
    [
      "E problem",
      { type: "about:blank", title: "Unauthorized", status: "401", detail: text, traceId: "00-4bf92f35-00f067aa-01" },
      { description: text, traceId: "00-4bf92f35-00f067aa-01" }
    ],
    ["E problem, title alone", { title: text, status: 401 }, { description: text }],
    [
      "F legacy array",
      [{ errorGroup: "Authentication", errorCode: "44", errorMessage: text, contextId: correlationId }],
      { description: text, correlationId }
    ],
    ["G Report API", { code: "Unauthorized", message: text }, { description: text }],
    [
      "G Report API, contextId",
      { errorCode: 100001, errorMessage: text, contextId: traceId },
      { correlationId: traceId }
    ],
    ["H middleware", { code: 400, message: text }, { description: text }]
  ]
  for (const [name, body, found] of shapes) {
    it.effect(name, () =>
      Effect.map(refusalOf("standard", { status: 401, body }), (error) => {
        assert.deepInclude(essence(error), { _tag: "InvalidCredentials", status: 401, ...found })
      })
    )
  }
})

describe("F51 shape I is not Vipps', but that of a proxy or firewall", () => {
  const html = { "content-type": "text/html" }
  const answers: ReadonlyArray<readonly [string, Answer]> = [
    [
      "401 in HTML that asks for NTLM",
      { status: 401, headers: { ...html, "www-authenticate": "NTLM" }, body: "<html>" }
    ],
    ["401, empty, that asks for Basic", { status: 401, headers: { "www-authenticate": 'Basic realm="Staging"' } }],
    ["401, empty", { status: 401 }],
    ["401 in plain text", { status: 401, headers: { "content-type": "text/plain" }, body: "Unauthorized" }],
    ["401 of JSON that is no object", { status: 401, body: "7" }],
    ["401 of another gateway", { status: 401, body: { message: "No API key found in request" } }],
    ["403 in HTML", { status: 403, headers: html, body: "<html>Blocked by policy</html>" }],
    ["403, empty", { status: 403 }],
    ["403 of a web application firewall", { status: 403, body: { message: "Forbidden" } }]
  ]
  for (const [name, answer] of answers) {
    it.effect(name, () =>
      Effect.gen(function* () {
        for (const flow of ["standard", "specialized"] as const) {
          const error = yield* refusalOf(flow, answer)
          assert.deepInclude(essence(error), { _tag: "Unavailable", reason: "intermediary", status: answer.status })
          assert.match(
            error.message,
            /^\S.*: Something other than Vipps answered the token request \(HTTP 40[13]\)\. .*proxy/
          )
        }
      })
    )
  }
})

describe("F51 an OAuth error counts as what it says, whatever the status", () => {
  it.effect("200 and others", () =>
    Effect.gen(function* () {
      const body = { error: "invalid_client", error_description: "Client failed." }
      for (const status of [200, 201, 302, 403, 404]) {
        const error = yield* refusalOf("standard", { status, body })
        assert.deepInclude(essence(error), {
          _tag: "InvalidCredentials",
          key: "clientSecret",
          status,
          code: "invalid_client",
          description: "Client failed."
        })
      }
      const passing = yield* refusalOf("standard", { body: { error: "temporarily_unavailable" } })
      assert.deepInclude(essence(passing), { _tag: "Unavailable", reason: "server", status: 200 })
    })
  )
})

describe("F44 a Retry-After is told of every status", () => {
  const quota = apim(403, "Out of call volume quota. Quota will be replenished in 00:59:12.", { "retry-after": "3552" })
  tests("standard", [
    {
      situation: "F44 a 403 where API Management's quota is used up is a rate limit",
      answer: quota,
      error: { _tag: "RateLimited", status: 403, retryAfter: 3552 }
    },
    {
      situation: "F44 a fraction of a second is rounded up",
      answer: apim(429, "Rate limit is exceeded.", { "retry-after": "299.997" }),
      error: { _tag: "RateLimited", status: 429, retryAfter: 300 }
    },
    {
      situation: "F44 of a repeated one the largest counts",
      answer: apim(429, "Rate limit is exceeded.", { "retry-after": "300, 300" }),
      error: { _tag: "RateLimited", retryAfter: 300 }
    },
    {
      situation: "F44 400",
      answer: apim(400, "No.", { "retry-after": "300" }),
      error: { _tag: "RequestRejected", status: 400, retryAfter: 300 }
    },
    {
      situation: "F44 401 that refuses a key",
      answer: { status: 401, headers: { "retry-after": "300" }, body: { error: "invalid_client" } },
      error: { _tag: "InvalidCredentials", status: 401, retryAfter: 300 }
    },
    {
      situation: "F44 403 of an intermediary",
      answer: { status: 403, headers: { "retry-after": "300" }, body: "<html>" },
      error: { _tag: "Unavailable", reason: "intermediary", retryAfter: 300 }
    }
  ])
})

describe("every other status is RequestRejected, with a hint of its own", () => {
  it.effect("403 in one of Vipps' shapes", () =>
    Effect.map(refusalOf("standard", apim(403, "Forbidden")), (error) => {
      assert.deepInclude(essence(error), { _tag: "RequestRejected", status: 403, description: "Forbidden" })
      assert.match(hintOf(error), /product is active/)
    })
  )

  const hints: ReadonlyArray<readonly [number, RegExp]> = [
    [301, /redirect/],
    [302, /redirect/],
    [307, /redirect/],
    [308, /redirect/],
    [400, /proxy or firewall/],
    [404, /no token endpoint/],
    [405, /proxy or firewall/],
    [407, /proxy on the way asks/],
    [415, /proxy or firewall/],
    [451, /proxy or firewall/]
  ]
  for (const [status, hint] of hints) {
    it.effect(String(status), () =>
      Effect.map(refusalOf("standard", { status, body: "<html>" }), (error) => {
        assert.deepInclude(essence(error), { _tag: "RequestRejected", status, code: undefined, description: undefined })
        assert.match(hintOf(error), hint)
      })
    )
  }
})
