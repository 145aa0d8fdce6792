/** Text of others, as logs and errors repeat it: one line of at most 300 characters. */

/** Puts a text into one line, without control characters. */
export const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, " ")
    .trim()

const longest = 300

/** Cuts a text at 300 characters, counted as people count them. */
export const shortened = (text: string): string => {
  const characters = Array.from(text.slice(0, 2 * longest + 1))
  return characters.length <= longest ? text : `${characters.slice(0, longest - 1).join("")}…`
}
