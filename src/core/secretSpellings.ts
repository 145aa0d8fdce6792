/** The spellings in which a server or a client may repeat a secret. */
import { percentDecoded, untilSettled } from "./escapes.js"
import { base64 } from "./tokenRequest.js"

/** A shorter secret protects nothing, and would occur in ordinary words. */
export const shortestSecret = 6

/**
 * A secret as a server may echo it: as it is, in Base64 of either alphabet without padding, percent-encoded as in a URL
 * or a form.
 */
export const spellings = (secret: string): ReadonlyArray<string> => {
  const wellFormed = secret.toWellFormed()
  const encoded = base64(wellFormed).replace(/=+$/, "")
  return [
    wellFormed,
    encoded,
    encoded.replaceAll("+", "-").replaceAll("/", "_"),
    encodeURIComponent(wellFormed),
    new URLSearchParams({ key: wellFormed }).toString().slice("key=".length)
  ]
}

/** The spellings to look for in squeezed texts: the secret, in hexadecimal digits, in Base64, and in Base64 twice. */
export const squeezedSpellings = (secret: string): ReadonlyArray<string> => {
  const wellFormed = secret.toWellFormed()
  return [wellFormed, hexadecimal(wellFormed), ...insideBase64(wellFormed), ...insideBase64(base64(wellFormed))]
    .map(squeezed)
    .filter((spelling) => spelling.length >= shortestSecret)
}

const hexadecimal = (text: string): string => {
  let digits = ""
  for (const byte of new TextEncoder().encode(text)) digits += byte.toString(16).padStart(2, "0")
  return digits
}

/** The digits that do not depend on what comes before and after the text: Base64 has one of three beginnings for it. */
const insideBase64 = (text: string): ReadonlyArray<string> =>
  ["", "x", "xx"].map((before) =>
    base64(before + text)
      .replace(/.?=+$/, "")
      .slice(before === "" ? 0 : before.length + 1)
  )

/**
 * Squeezes a text to its letters and digits in lower case, without escapes. Returns two texts if it may be
 * quoted-printable, where `=` is an escape as well.
 */
export const squeezedTexts = (text: string): ReadonlyArray<string> =>
  text.includes("=") ? [squeezed(text), squeezed(text.replace(/=([0-9a-f]{2})/gi, "%$1"))] : [squeezed(text)]

const squeezed = (text: string): string =>
  // An escape may be spaced out or wrapped as well.
  untilSettled(text.replace(/[\p{Cc}\p{Cf}\p{Z}\s]+/gu, ""), unescaped)
    .text.replace(/&(?:plus|sol|equals|lowbar|hyphen|dash|period|colon|quot|apos|lt|gt);/gi, "")
    .replace(/[^\p{L}\p{N}]+/gu, "")
    .toLowerCase()

/** Undoes one layer of escapes: of HTML, of JSON and JavaScript, of URLs. */
const unescaped = (text: string): string =>
  percentDecoded(
    text
      .replace(/&amp;/gi, "&")
      .replace(/&#(?:x([0-9a-f]{1,6})|([0-9]{1,7}));?/gi, (_, hex?: string, decimal?: string) =>
        character(hex === undefined ? Number(decimal) : Number.parseInt(hex, 16))
      )
      .replace(/\\u([0-9a-f]{4})/gi, "%u$1")
      .replace(/\\x([0-9a-f]{2})/gi, "%$1")
  )

const character = (code: number): string => (code <= 0x10ffff ? String.fromCodePoint(code) : "")
