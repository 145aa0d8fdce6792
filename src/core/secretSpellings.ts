/**
 * The spellings in which a server or a client may repeat a secret.
 */
import { base64 } from "./tokenRequest.js"

/** A secret as it is, and in Base64 of either alphabet without padding. */
export const encodedSpellings = (secret: string): ReadonlyArray<string> => {
  const wellFormed = secret.toWellFormed()
  const encoded = base64(wellFormed).replace(/=+$/, "")
  return [wellFormed, encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")]
}

/** The common form of all spellings of a text: percent-decoded, in lower case, without white space and the like. */
export const squeezed = (text: string): string =>
  withoutSpaces(
    withoutSpaces(text).replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)))
    )
  ).toLowerCase()

const withoutSpaces = (text: string): string => text.replace(/[+\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, "")
