/**
 * Keys and tokens are masked in all that the server shows or logs: in headers, paths, bodies and answers, as they are and
 * in the spellings in which they could leak. Names are matched by patterns, values by plain text search.
 */
import { base64, headerName, secretHeaderNames } from "../../../core/tokenRequest.js"
import type { KeySet } from "../tokens/acceptedKeys.js"
import { basicPair } from "../tokens/tokenEndpoints.js"
import type { RequestHeaders } from "../wire/exchange.js"

/** Stands for a key or a token. */
export const mask = "••••"

/** Eight characters of a client id. What does not look like one may be a secret in the wrong place: nothing of it. */
export const clientLabel = (clientId: string): string =>
  guidPattern.test(clientId) ? `${clientId.slice(0, 8)}…` : "not-a-guid"

const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Headers whose values are nobody's secret. */
const openHeaders = new Set([
  "accept",
  "accept-encoding",
  "cache-control",
  "connection",
  "content-encoding",
  "content-length",
  "content-type",
  "date",
  "expires",
  "host",
  "idempotency-key",
  "location",
  "merchant-serial-number",
  "pragma",
  "psp-id",
  "request-context",
  "retry-after",
  "strict-transport-security",
  "transfer-encoding",
  "user-agent",
  "vipps-system-name",
  "vipps-system-plugin-name",
  "vipps-system-plugin-version",
  "vipps-system-version",
  "www-authenticate",
  "x-content-type-options"
])

/** Masks the values that are not known to be open, and what is secret in those that are. */
export const maskHeaders = (
  headers: RequestHeaders,
  maskText: (text: string) => string
): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, maskHeader(name.toLowerCase(), value, maskText)]]
    )
  )

const maskHeader = (name: string, value: string, maskText: (text: string) => string): string => {
  if (value === "") return ""
  if (name === headerName.clientId) return clientLabel(value)
  if (name === "authorization") return `${/^(Basic|Bearer) /i.exec(value)?.[1] ?? ""} ${mask}`.trim()
  return openHeaders.has(name) ? maskText(value) : mask
}

/** The secrets that came with a request, as they were sent; what stands for a client id and is none, may be one. */
const secretsOf = (headers: RequestHeaders): ReadonlyArray<string> =>
  secretHeaderNames
    .flatMap((name) => headers[name] ?? [])
    .filter((value) => !guidPattern.test(value))
    .flatMap((value) => [value, value.replace(/^(Basic|Bearer) +/i, ""), ...(basicPair(value)?.slice(1) ?? [])])

/** A function that masks these secrets, client ids, and whatever stands where secrets stand. */
export const masker = (headers: RequestHeaders, accepted: ReadonlyArray<KeySet>): ((text: string) => string) => {
  const secrets = [
    ...secretsOf(headers),
    ...accepted.flatMap(({ secret, subscriptionKey }) => [secret, subscriptionKey ?? ""])
  ]
  const clientIds = [headers[headerName.clientId] ?? "", basicPair(headers.authorization ?? "")?.[0] ?? ""]
  const replaced = [
    ...secrets.flatMap(spellings).map((text) => [text, mask] as const),
    ...[...clientIds, ...accepted.map((keys) => keys.clientId)].flatMap((id) =>
      spellings(id).map((text) => [text, clientLabel(id)] as const)
    )
  ]
    .filter(([text]) => text.length >= shortestSecret)
    .sort(([a], [b]) => b.length - a.length)
  return (text) => {
    let masked = text
    for (const [secret, replacement] of replaced) masked = masked.replaceAll(secret, () => replacement)
    return maskNamed(masked)
  }
}

/** Shorter ones occur in any text; they are masked where secrets stand. */
const shortestSecret = 4

const spellings = (secret: string): ReadonlyArray<string> => [
  secret,
  base64(secret),
  encodeURIComponent(secret),
  new URLSearchParams([["", secret]]).toString().slice(1),
  JSON.stringify(secret).slice(1, -1)
]

/** Names that secrets have in queries, forms and JSON. */
const secretNames =
  "client[_-]?id|client[_-]?secret|ocp-apim-subscription-key|subscription[_-]?key|access[_-]?token|refresh[_-]?token|client[_-]?assertion|authorization|password|secret"

const inForm = new RegExp(`((?:^|[?&;\\s])(?:${secretNames})=)[^&\\s"]+`, "gi")

const inJson = new RegExp(`("(?:${secretNames})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, "gi")

/** A token wherever it stands, whole or cut off. */
const aToken = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g

const maskNamed = (text: string): string =>
  text.replace(inForm, `$1${mask}`).replace(inJson, `$1${mask}`).replace(aToken, mask)
