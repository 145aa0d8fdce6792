/**
 * The failures that processes share: only what Vipps said of the keys. Anything else may be this process's own network,
 * proxy, certificate or timeout, so another process makes its own request (F72).
 */
import * as Option from "effect/Option"
import type { TokenRequestError } from "../../TokenError.js"

export const isShareable = (error: TokenRequestError): boolean => {
  switch (error._tag) {
    case "InvalidCredentials":
    case "RateLimited":
      return true
    case "RequestRejected":
      return error.status === 400 && Option.exists(error.code, (code) => tokenEndpointCodes.has(code))
    default:
      return false
  }
}

/** The error codes of a token endpoint (RFC 6749 §5.2). */
const tokenEndpointCodes: ReadonlySet<string> = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope"
])
