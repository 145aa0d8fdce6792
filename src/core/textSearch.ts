/**
 * The search for secrets in hostile text, in linear time whatever their length and the text (F60): no regular
 * expression is built from a secret, and `indexOf` takes minutes for texts made against it.
 */

/** A part of a text, from its first character to the one after its last. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Finds the occurrences of a pattern that do not overlap, from left to right (Knuth, Morris, Pratt). */
export const occurrencesOf = (pattern: string, text: string): ReadonlyArray<Range> => {
  if (pattern === "" || pattern.length > text.length) return []
  const borders = bordersOf(pattern)
  const found: Array<Range> = []
  let matched = 0
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at)
    while (matched > 0 && pattern.charCodeAt(matched) !== unit) matched = borders[matched - 1] ?? 0
    if (pattern.charCodeAt(matched) === unit) matched += 1
    if (matched === pattern.length) {
      found.push({ from: at + 1 - matched, to: at + 1 })
      matched = 0
    }
  }
  return found
}

/** For each prefix of the pattern, the length of its longest proper prefix that is also its suffix. */
const bordersOf = (pattern: string): Uint32Array => {
  const borders = new Uint32Array(pattern.length)
  let length = 0
  for (let at = 1; at < pattern.length; at++) {
    const unit = pattern.charCodeAt(at)
    while (length > 0 && pattern.charCodeAt(length) !== unit) length = borders[length - 1] ?? 0
    if (pattern.charCodeAt(length) === unit) length += 1
    borders[at] = length
  }
  return borders
}

/** Replaces ranges of a text; those that overlap are replaced as one. */
export const replaceRanges = (text: string, ranges: ReadonlyArray<Range>, replacement: string): string => {
  const parts: Array<string> = []
  let kept = 0
  let to = 0
  for (const range of ranges.toSorted((a, b) => a.from - b.from || b.to - a.to)) {
    if (range.from < to) {
      to = Math.max(to, range.to)
      kept = to
      continue
    }
    parts.push(text.slice(kept, range.from), replacement)
    to = range.to
    kept = to
  }
  return parts.length === 0 ? text : parts.join("") + text.slice(kept)
}

/** A spelling of the same length in which upper and lower case are alike. */
export const caseFolded = (text: string): string =>
  // The only character whose lower case is longer, and the only one whose lower case depends on its neighbours.
  text.replaceAll("İ", "i").toLowerCase().replaceAll("ς", "σ")
