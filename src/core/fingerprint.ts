/**
 * The identity of a set of keys: the text whose SHA-256 is a `TokenKey`.
 *
 * Every part is written with its length, so that parts cannot run together, and an absent part differs from an empty
 * one (F30). A rotated secret makes another key, so it never finds the old token. The merchant serial number is not in
 * it: one token of a partner serves many merchants.
 */
import type { FlowName } from "./tokenRequest.js"

export interface FingerprintParts {
  readonly baseUrl: string
  readonly flow: FlowName
  readonly clientId: string
  readonly clientSecret: string
  readonly subscriptionKey: string | undefined
  readonly scope: string | undefined
}

export const fingerprintText = (parts: FingerprintParts): string =>
  [parts.baseUrl, parts.flow, parts.clientId, parts.clientSecret, parts.subscriptionKey, parts.scope]
    .map((part) => (part === undefined ? "-" : `${part.length}:${part}`))
    .join("")
