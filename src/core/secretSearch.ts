/** Finding secrets in text, whatever its length and theirs. No regular expression is built from a secret (F60). */
import { oneLine, shortened } from "./oneLine.js"
import { shortestSecret, squeezedSpellings, squeezedTexts } from "./secretSpellings.js"
import { caseFolded } from "./textSearch.js"

/** No text worth keeping is longer. */
const longestText = 64 * 1024

/** Tells whether a text holds one of the secrets: raw, escaped, in Base64, in any case, spaced out. */
export type SecretSearch = (text: string) => boolean

/**
 * Makes the search for these secrets. Their spellings are worked out with the first text that is long enough for one.
 */
export const secretSearch = (secrets: ReadonlyArray<string>): SecretSearch => {
  const searched = secrets.filter((secret) => secret.length >= shortestSecret)
  const raw = searched.map(caseFolded)
  // Between the letters and digits, all else may be gone.
  const shortest = Math.min(...searched.map((secret) => secret.replace(/[^\p{L}\p{N}]+/gu, "").length))
  let spellings: ReadonlyArray<string> | undefined
  return (text) => {
    if (text.length < shortest) return false
    if (text.length > longestText) return true
    spellings ??= searched.flatMap(squeezedSpellings)
    const hidden = spellings
    const folded = caseFolded(text)
    // Not in linear time as in `serverText`, but quicker for the headers of every answer, and the text is limited.
    return (
      raw.some((secret) => folded.includes(secret)) ||
      squeezedTexts(text).some((squeezed) => hidden.some((spelling) => squeezed.includes(spelling)))
    )
  }
}

/** Repeats a text in one line of at most 300 characters, or says that it holds a secret. */
export const withoutSecrets = (text: string, holdsSecret: SecretSearch): string =>
  holdsSecret(text) ? "<redacted: the text repeats a secret>" : shortened(oneLine(text))
