/**
 * Text from a server, which is hostile until shown otherwise: it may have control characters, our own keys, or a
 * megabyte. Everything that an error repeats of it passes through here.
 */
import { oneLine, shortened } from "./oneLine.js"
import { spellings, squeezedSpellings, squeezedTexts } from "./secretSpellings.js"
import { caseFolded, occurrencesOf, replaceRanges } from "./textSearch.js"

/** A reader of one caller's answers, which knows the caller's secrets and keeps them out. */
export interface ServerReader {
  /** One line of at most 300 characters, without control characters and without any of the secrets. */
  readonly text: (value: unknown) => string | undefined
  /** The text, if it can be repeated unchanged. */
  readonly unchanged: (value: string) => string | undefined
  /** An id or an OAuth error code, if it looks like one and is none of the secrets. */
  readonly code: (value: unknown) => string | undefined
}

export const serverReader = (secrets: ReadonlyArray<string>): ServerReader => {
  const echoes = secrets
    .filter((secret) => secret !== "")
    .flatMap(spellings)
    .map(caseFolded)
  const hidden = secrets.flatMap(squeezedSpellings)

  const blankOut = (line: string): string => {
    const folded = caseFolded(line)
    return replaceRanges(
      line,
      echoes.flatMap((echo) => occurrencesOf(echo, folded)),
      blank
    )
  }

  const text = (value: unknown): string | undefined => {
    if (typeof value !== "string") return undefined
    // Blanked before it is cut, or the cut could leave the front half of a key.
    const blanked = blankOut(oneLine(value))
    // A key that is still there in disguise cannot be cut out: all of the text goes.
    const isHidden = squeezedTexts(blanked.replaceAll(blank, "")).some((rest) =>
      hidden.some((spelling) => occurrencesOf(spelling, rest).length > 0)
    )
    return blanked === "" || isHidden ? undefined : shortened(blanked)
  }

  const unchanged = (value: string): string | undefined => (text(value) === value ? value : undefined)

  const code = (value: unknown): string | undefined =>
    typeof value === "string" && /^[A-Za-z0-9_-]{1,64}$/.test(value) ? unchanged(value) : undefined

  return { text, unchanged, code }
}

const blank = "<redacted>"
