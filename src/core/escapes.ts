/** Escapes that servers and gateways undo, or put in, more than once. */

/** Real text is never escaped this deep; the limit bounds the cost of hostile text. */
const mostRounds = 8

/** Applies a round until the text no longer changes; unsettled if the last round still changes it. */
export const untilSettled = (
  text: string,
  round: (text: string) => string
): { readonly text: string; readonly isSettled: boolean } => {
  let settling = text
  for (let rounds = 0; rounds < mostRounds; rounds++) {
    const next = round(settling)
    if (next === settling) return { text: settling, isSettled: true }
    settling = next
  }
  return { text: settling, isSettled: false }
}

/** Undoes one layer of percent-encoding, and full-width characters, which some servers normalize. */
export const percentDecoded = (text: string): string =>
  text
    .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)))
    )
    .normalize("NFKC")
