/**
 * The two token requests as they go over the wire, in plain data.
 *
 * Source: Access token API 2.0.0. The standard flow puts its keys into headers of an empty POST; the specialized flow
 * is OAuth 2.0 client credentials with the *raw* `client_id:client_secret` in Basic: Vipps does not percent-encode them
 * first, as RFC 6749 §2.3.1 would.
 */

export type FlowName = "standard" | "specialized"

/** The path of each flow's token endpoint, below the base URL. */
export const defaultTokenPath: Readonly<Record<FlowName, string>> = {
  standard: "/accesstoken/get",
  specialized: "/miami/v1/token"
}

/** The path to which Vipps has announced that it will rename `/miami/v1/token`. */
export const announcedSpecializedPath = "/authentication/v1/token"

/** The names of the request headers, in lower case as HTTP/2 sends them. */
export const headerName = {
  clientId: "client_id",
  clientSecret: "client_secret",
  subscriptionKey: "ocp-apim-subscription-key",
  merchantSerialNumber: "merchant-serial-number",
  pspId: "psp-id",
  systemName: "vipps-system-name",
  systemVersion: "vipps-system-version",
  systemPluginName: "vipps-system-plugin-name",
  systemPluginVersion: "vipps-system-plugin-version"
} as const

/** The headers whose values are secret, on token requests and on API requests alike. */
export const secretHeaderNames: ReadonlyArray<string> = [
  headerName.clientId,
  headerName.clientSecret,
  headerName.subscriptionKey,
  "authorization"
]

export interface StandardKeys {
  readonly clientId: string
  readonly clientSecret: string
  readonly subscriptionKey: string
  readonly merchantSerialNumber: string | undefined
}

export interface SpecializedKeys {
  readonly clientId: string
  readonly clientSecret: string
  readonly scope: string | undefined
}

export interface SystemHeaders {
  readonly systemName: string
  readonly systemVersion: string
  readonly pluginName?: string | undefined
  readonly pluginVersion?: string | undefined
}

/** A token request: always a POST. `form` is absent if the body is empty. */
export interface TokenRequest {
  readonly headers: Readonly<Record<string, string>>
  readonly form: string | undefined
}

export const standardTokenRequest = (keys: StandardKeys, system: SystemHeaders | undefined): TokenRequest => ({
  headers: {
    [headerName.clientId]: keys.clientId,
    [headerName.clientSecret]: keys.clientSecret,
    [headerName.subscriptionKey]: keys.subscriptionKey,
    ...merchantHeaders(keys.merchantSerialNumber),
    ...systemHeaders(system)
  },
  form: undefined
})

/** The subscription key has no place in `SpecializedKeys`: sending it here makes the server refuse the keys. */
export const specializedTokenRequest = (keys: SpecializedKeys, system: SystemHeaders | undefined): TokenRequest => {
  const form = new URLSearchParams({ grant_type: "client_credentials" })
  if (keys.scope !== undefined) form.set("scope", keys.scope)
  return {
    headers: { authorization: basicAuthorization(keys.clientId, keys.clientSecret), ...systemHeaders(system) },
    form: form.toString()
  }
}

/** The headers of API requests beside a token of the standard flow; one of the specialized flow goes alone. */
export const standardApiHeaders = (keys: StandardKeys): Readonly<Record<string, string>> => ({
  [headerName.subscriptionKey]: keys.subscriptionKey,
  ...merchantHeaders(keys.merchantSerialNumber)
})

export const merchantHeaders = (merchantSerialNumber: string | undefined): Record<string, string> =>
  merchantSerialNumber === undefined ? {} : { [headerName.merchantSerialNumber]: merchantSerialNumber }

export const systemHeaders = (system: SystemHeaders | undefined): Record<string, string> =>
  system === undefined
    ? {}
    : {
        [headerName.systemName]: system.systemName,
        [headerName.systemVersion]: system.systemVersion,
        ...(system.pluginName === undefined ? {} : { [headerName.systemPluginName]: system.pluginName }),
        ...(system.pluginVersion === undefined ? {} : { [headerName.systemPluginVersion]: system.pluginVersion })
      }

/** `Basic` over the raw pair in UTF-8 (RFC 7617). */
export const basicAuthorization = (clientId: string, clientSecret: string): string =>
  `Basic ${base64(`${clientId}:${clientSecret}`)}`

/** Base64 of a text's UTF-8 bytes. */
export const base64 = (text: string): string => {
  let binary = ""
  for (const byte of new TextEncoder().encode(text)) binary += String.fromCharCode(byte)
  return btoa(binary)
}
