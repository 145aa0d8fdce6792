/**
 * Finding secrets in text, whatever its length and theirs. No regular expression is built from a secret (F60).
 */
import { base64 } from "./tokenRequest.js"

/** A shorter text protects nothing, and would be found in ordinary words. */
const shortestSecret = 6

/** No text of ours or of a server that is worth keeping is longer. */
const longestText = 64 * 1024

/** Tells whether a text holds one of the secrets: raw, percent-encoded, in Base64, in any case, spaced out. */
export type SecretSearch = (text: string) => boolean

/** Makes the search for these secrets. Their spellings are worked out with the first text that is long enough for one. */
export const secretSearch = (secrets: ReadonlyArray<string>): SecretSearch => {
  const searched = secrets.filter((secret) => secret.length >= shortestSecret)
  const shortest = Math.min(...searched.map((secret) => secret.length))
  let spellings: ReadonlyArray<string> | undefined
  return (text) => {
    if (text.length < shortest) return false
    if (text.length > longestText) return true
    spellings ??= searched.flatMap(spellingsOf)
    const plain = squeezed(text)
    return spellings.some((spelling) => plain.includes(spelling))
  }
}

/** Repeats a text in one line of at most 300 characters, or says that it holds a secret. */
export const withoutSecrets = (text: string, holdsSecret: SecretSearch): string => {
  if (holdsSecret(text)) return "<redacted: the text repeats a secret>"
  const line = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()
  return line.length <= 300 ? line : `${line.slice(0, 299).toWellFormed()}…`
}

const spellingsOf = (secret: string): ReadonlyArray<string> => {
  const wellFormed = secret.toWellFormed()
  const encoded = base64(wellFormed).replace(/=+$/, "")
  return [wellFormed, encoded, encoded.replaceAll("+", "-").replaceAll("/", "_")].map(squeezed)
}

/** What all spellings of one text have in common: percent-decoded, in lower case, without white space and the like. */
const squeezed = (text: string): string =>
  withoutSpaces(
    withoutSpaces(text).replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)))
    )
  ).toLowerCase()

const withoutSpaces = (text: string): string => text.replace(/[+\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, "")
