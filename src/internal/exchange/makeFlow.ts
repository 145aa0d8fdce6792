/** Makes a flow of either kind from checked keys and options. */
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Encoding from "effect/Encoding"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import { type FingerprintParts, fingerprintText } from "../../core/fingerprint.js"
import { isClientId } from "../../core/misplacedKeys.js"
import { defaultTokenPath, type SystemHeaders, systemHeaders, type TokenRequest } from "../../core/tokenRequest.js"
import { type TokenFlow, type TokenFlowOptions, TokenKey } from "../../TokenFlow.js"
import { checkedOptions } from "../configuration/flowOptions.js"
import { exchange } from "./tokenExchange.js"

/** Makes a flow. Throws immediately if an option is malformed. */
export const makeFlow = (
  options: TokenFlowOptions,
  parts: Omit<FingerprintParts, "baseUrl">,
  tokenRequest: (system: SystemHeaders | undefined) => TokenRequest,
  apiHeaders: Readonly<Record<string, string>>
): Effect.Effect<TokenFlow, never, HttpClient.HttpClient> => {
  const { baseUrl, path, requestTimeout, system, ...checked } = checkedOptions(options)
  const label = checked.label ?? defaultLabel(parts)
  const url = endpointUrl(baseUrl, path ?? defaultTokenPath[parts.flow])
  const { clientId, clientSecret, subscriptionKey } = parts
  const secrets = [clientId, clientSecret, subscriptionKey, `${clientId}:${clientSecret}`].filter(
    Predicate.isNotUndefined
  )
  return Effect.gen(function* () {
    const client = yield* HttpClient.HttpClient
    return {
      name: parts.flow,
      label,
      key: yield* fingerprint({ ...parts, baseUrl: baseUrl.href }),
      /** A copy each time: whoever changes it moves no request to another server. */
      get baseUrl() {
        return new URL(baseUrl)
      },
      request: exchange(client, {
        name: parts.flow,
        label,
        request: httpRequest(url, tokenRequest(system)),
        requestTimeout,
        secrets
      }),
      apiHeaders: Redacted.make({ ...apiHeaders, ...systemHeaders(system) }),
      secrets: Redacted.make(secrets)
    }
  })
}

/** Labels are in every log line, and a client id that does not look like one may be a misplaced secret (F54). */
const defaultLabel = ({ clientId, flow }: Pick<FingerprintParts, "clientId" | "flow">): string =>
  isClientId(clientId) ? `${flow} ${clientId.slice(0, 8)}` : flow

/** Setting the path of a URL can never change its host, whatever the path. */
const endpointUrl = (baseUrl: URL, path: string): URL => {
  const url = new URL(baseUrl)
  url.pathname = `${baseUrl.pathname.replace(/\/$/, "")}${path}`
  return url
}

const httpRequest = (url: URL, { form, headers }: TokenRequest): HttpClientRequest.HttpClientRequest =>
  HttpClientRequest.post(url.href, {
    // Servers that compress anyway are handled by `contentCoding` (F50).
    headers: { "accept-encoding": "identity", ...headers },
    acceptJson: true,
    body: form === undefined ? HttpBody.empty : HttpBody.text(form, "application/x-www-form-urlencoded; charset=utf-8")
  })

const fingerprint = (parts: FingerprintParts): Effect.Effect<TokenKey> =>
  Effect.promise(() => crypto.subtle.digest("SHA-256", new TextEncoder().encode(fingerprintText(parts)))).pipe(
    Effect.map((digest) => TokenKey(Encoding.encodeBase64Url(new Uint8Array(digest))))
  )
