/**
 * Masks keys and tokens in everything that the server shows or logs: headers, paths, bodies and answers, in each
 * spelling in which they could leak. Patterns match names; values are found by plain text search.
 */
import { base64, headerName, secretHeaderNames } from "../../../core/tokenRequest.js"
import type { KeySet } from "../tokens/acceptedKeys.js"
import { basicPair } from "../tokens/tokenEndpoints.js"
import type { RequestHeaders } from "../wire/exchange.js"

/** Replaces a key or a token. */
export const mask = "••••"

/**
 * The first eight characters of a client id. Anything but a GUID may be a misplaced secret, so nothing of it is
 * shown.
 */
export const clientLabel = (clientId: string): string =>
  guidPattern.test(clientId) ? `${clientId.slice(0, 8)}…` : "not-a-guid"

const guidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** A mask for a subscription key that tells whose it is. */
export const maskSubscriptionKey = (owners: ReadonlyArray<KeySet>): string => {
  const labels = new Set(owners.slice(0, namedOwners).map(ownerLabel))
  return `${mask} (of ${labels.size === 0 ? "unknown keys" : [...labels].join(", ")})`
}

/** How many clients with the same subscription key are named. */
const namedOwners = 3

const ownerLabel = ({ clientId, merchantSerialNumber, merchants }: KeySet): string =>
  merchants === undefined && merchantSerialNumber !== undefined
    ? `sales unit ${merchantSerialNumber}`
    : `${merchants === undefined ? "client" : "partner"} ${clientLabel(clientId)}`

/** Headers whose values are not secret. */
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

/** Masks all values but those of open headers, and masks secrets within those. */
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

/** The secrets of a request, as sent. A client id that is not a GUID may be a misplaced secret. */
const secretsOf = (headers: RequestHeaders): ReadonlyArray<string> =>
  secretHeaderNames
    .flatMap((name) => headers[name] ?? [])
    .filter((value) => !guidPattern.test(value))
    .flatMap((value) => [value, value.replace(/^(Basic|Bearer) +/i, ""), ...(basicPair(value)?.slice(1) ?? [])])

/** Creates a function that masks known secrets and client ids, and whatever stands in the place of a secret. */
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

/** Shorter secrets occur in any text, and are masked only in the place of a secret. */
const shortestSecret = 4

const spellings = (secret: string): ReadonlyArray<string> => [
  secret,
  base64(secret),
  encodeURIComponent(secret),
  new URLSearchParams([["", secret]]).toString().slice(1),
  JSON.stringify(secret).slice(1, -1)
]

/** Names of secrets in queries, forms and JSON. */
const secretNames =
  "client[_-]?(?:id|secret|assertion)|(?:ocp-apim-)?subscription[_-]?key|(?:access|refresh)[_-]?token|authorization|" +
  "password|secret"

const inForm = new RegExp(`((?:^|[?&;\\s])(?:${secretNames})=)[^&\\s"]+`, "gi")

const inJson = new RegExp(`("(?:${secretNames})"\\s*:\\s*")(?:[^"\\\\]|\\\\.)*`, "gi")

/** A token anywhere, complete or cut off. */
const aToken = /eyJ[\w-]{8,}(?:\.[\w-]*){0,2}/g

const maskNamed = (text: string): string =>
  text.replace(inForm, `$1${mask}`).replace(inJson, `$1${mask}`).replace(aToken, mask)
