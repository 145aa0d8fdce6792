/**
 * Tokens that look like Vipps' own: three parts, over 1,000 characters, the claims of a Microsoft Entra v1 token. They
 * are not signed: the third part is random, and the emulator looks up the tokens that it issued.
 *
 * Source: docs/vipps-access-token.md §8.
 */
import type { FlowName } from "../../../core/tokenRequest.js"

export interface Claims {
  readonly clientId: string
  readonly flow: FlowName
  readonly issuedAtSeconds: number
  readonly expiresAtSeconds: number
  /** Unique for each token (`uti`). */
  readonly id: string
}

const audience: Record<FlowName, string> = {
  standard: "00000002-0000-0000-c000-000000000000",
  specialized: "vipps-mobilepay"
}

const tenant = "f6b7f9d3-1a44-4f1c-9c6f-0e6d5a2b8c31"

/** Claims without a meaning here, which make a token as long as a real one. */
const ballast = {
  aio: "E2ZgYJhUqbl5zoH1rO0iWTlHTnmkHXnKrZ4b6e1vGhr5fdGvpRq7eK1fT0nW3cQzX8mLw5sUyVbDpAoJhKtRgNeIxC2".repeat(3),
  appidacr: "1",
  idp: `https://sts.windows.net/${tenant}/`,
  rh: "0.AVgA0_m39kQaHE-cbw5tWiuMMQIAAAAAAAAAwAAAAAAAAABYAAA.",
  tenant_region_scope: "EU",
  tid: tenant,
  ver: "1.0",
  xms_tdbr: "EU"
}

/** Base64url of ASCII text; `effect/Encoding` is thirty times slower: noticeable with 100,000 tokens. */
const base64Url = (ascii: string): string =>
  btoa(ascii).replace(/[+/=]/g, (char) => (char === "+" ? "-" : char === "/" ? "_" : ""))

const keyId = "dmlwcHMtZW11bGF0b3Ita2V5"

const header = base64Url(JSON.stringify({ typ: "JWT", alg: "RS256", x5t: keyId, kid: keyId }))

/** A unique third part: 32 random bytes. */
export const randomPart = (): string => base64Url(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))))

/** The part after the last dot, or the whole text if it has none. */
export const lastPart = (token: string): string => token.slice(token.lastIndexOf(".") + 1)

/** Builds a token from its claims and its third part. */
export const makeToken = (
  { clientId, expiresAtSeconds, flow, id, issuedAtSeconds }: Claims,
  thirdPart: string
): string => {
  const payload = {
    aud: audience[flow],
    iss: `https://sts.windows.net/${tenant}/`,
    iat: issuedAtSeconds,
    nbf: issuedAtSeconds,
    exp: expiresAtSeconds,
    appid: clientId,
    ...ballast,
    uti: id
  }
  return `${header}.${base64Url(JSON.stringify(payload))}.${thirdPart}`
}
