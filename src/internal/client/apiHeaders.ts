/**
 * The headers of an API request: those that the flow adds, and those that the caller has set.
 */
import * as Headers from "@effect/platform/Headers"
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Either from "effect/Either"
import * as FiberRef from "effect/FiberRef"
import { globalValue } from "effect/GlobalValue"
import * as Redacted from "effect/Redacted"
import type { AccessToken } from "../../AccessToken.js"
import { merchantSerialNumberRule } from "../../core/keyRules.js"
import { headerName } from "../../core/tokenRequest.js"

type Request = HttpClientRequest.HttpClientRequest

/** What an effect says of the requests within it. */
export interface RequestOptions {
  /** The sales unit, in place of the one that the keys came with. */
  readonly merchantSerialNumber?: string
  readonly withoutSubscriptionKey?: boolean
}

export const currentRequestOptions = globalValue("effect-vipps-token/currentRequestOptions", () =>
  FiberRef.unsafeMake<RequestOptions>({})
)

/**
 * A flow's headers, which a flow of the user's own may have named in capitals. Without `Authorization` and `Host`:
 * those two are not a flow's to set (F36, F66, F68).
 */
export const namedInLowerCase = (apiHeaders: Readonly<Record<string, string>>): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(apiHeaders)
      .map(([name, value]) => [name.toLowerCase(), value] as const)
      .filter(([name]) => name !== "authorization" && name !== "host")
  )

/**
 * Adds the token and the flow's headers to a request. A header that the caller has set stays, but for `Authorization`,
 * which is replaced, and `Host`, which is dropped: it would choose another server behind the same address (F66).
 */
export const withApiHeaders = (
  target: Request,
  token: AccessToken,
  apiHeaders: Readonly<Record<string, string>>,
  options: RequestOptions
): Either.Either<Request, HttpClientError.RequestError> => {
  const merchant = options.merchantSerialNumber
  // Not typed where it comes from: a caller in JavaScript may pass anything (F68).
  if (merchant !== undefined && (typeof merchant !== "string" || merchantSerialNumberRule(merchant) !== undefined)) {
    const description = "the merchant serial number must be a text of 4 to 10 digits"
    return Either.left(new HttpClientError.RequestError({ request: target, reason: "Encode", description }))
  }
  const headers: Record<string, string> = { ...apiHeaders }
  if (merchant !== undefined) headers[headerName.merchantSerialNumber] = merchant
  if (options.withoutSubscriptionKey === true) delete headers[headerName.subscriptionKey]
  for (const [name, value] of Object.entries(target.headers)) headers[name.toLowerCase()] = value
  delete headers.host
  headers.authorization = Redacted.value(token.authorization)
  return Either.right(withHeaders(target, Headers.unsafeFromRecord(headers)))
}

/** The merchant serial number that a request is sent with; empty for one without. */
export const merchantOf = (request: Request): string => request.headers[headerName.merchantSerialNumber] ?? ""

/** A copy of the request with these headers alone: the combinators of `HttpClientRequest` take none away. */
const withHeaders = (request: Request, headers: Headers.Headers): Request =>
  Object.assign(Object.create(Object.getPrototypeOf(request)), request, { headers })
