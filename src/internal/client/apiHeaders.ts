/** The headers of an API request: those that the flow adds, and those that the caller has set. */
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
import type { TokenFlow } from "../../TokenFlow.js"

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

/** A flow's headers, without `Authorization` and `Host`: those two are not a flow's to set (F36, F66, F68). */
export const flowHeaders = ({ apiHeaders }: TokenFlow): Headers.Headers =>
  apiHeaders === undefined
    ? Headers.empty
    : Headers.remove(Headers.fromInput(Redacted.value(apiHeaders)), ["authorization", "host"])

/**
 * Adds the token and the flow's headers to a request. A header that the caller has set stays, but for `Authorization`,
 * which is replaced, and `Host`, which is dropped: it would choose another server behind the same address (F66).
 */
export const withApiHeaders = (
  target: Request,
  token: AccessToken,
  ofFlow: Headers.Headers,
  options: RequestOptions
): Either.Either<Request, HttpClientError.RequestError> => {
  const merchant = options.merchantSerialNumber
  // Not typed where it comes from: a caller in JavaScript may pass anything (F68).
  if (merchant !== undefined && (typeof merchant !== "string" || merchantSerialNumberRule(merchant) !== undefined)) {
    const description = "the merchant serial number must be a text of 4 to 10 digits"
    return Either.left(new HttpClientError.RequestError({ request: target, reason: "Encode", description }))
  }
  const ofMerchant = merchant === undefined ? ofFlow : Headers.set(ofFlow, headerName.merchantSerialNumber, merchant)
  const added =
    options.withoutSubscriptionKey === true ? Headers.remove(ofMerchant, headerName.subscriptionKey) : ofMerchant
  const all = Headers.setAll(added, target.headers)
  const headers = Headers.has(all, "host") ? Headers.remove(all, "host") : all
  return Either.right(withHeaders(target, Headers.set(headers, "authorization", Redacted.value(token.authorization))))
}

/** The merchant serial number that a request is sent with; empty for one without. */
export const merchantOf = (request: Request): string => request.headers[headerName.merchantSerialNumber] ?? ""

/** A copy of the request with these headers alone: the combinators of `HttpClientRequest` take none away. */
const withHeaders = (request: Request, headers: Headers.Headers): Request =>
  Object.assign(Object.create(Object.getPrototypeOf(request)), request, { headers })
