/**
 * Paths that stay below the path of a base URL, however a gateway on the way may read them (F73).
 */

/**
 * Tells whether the path of a URL lies below a base path, which ends with a slash. The URL has been parsed, so its dot
 * segments are resolved as the client resolves them; what a gateway may decode further must hold none.
 */
export const isPathBelow = (pathname: string, basePath: string): boolean => {
  if (basePath === "/") return true
  if (`${pathname}/` === basePath) return true
  return pathname.startsWith(basePath) && !mayClimb(pathname.slice(basePath.length))
}

/** Gateways decode once or twice, read a backslash or an encoded slash as a slash, and drop parameters after `;`. */
const mayClimb = (path: string): boolean => {
  const decoded = fullyDecoded(path)
  // Bytes that are no UTF-8: an overlong dot, which some decode.
  if (decoded.includes("\ufffd")) return true
  return decoded
    .split(/[/\\\u2044\u2215]/)
    .some((segment) => /^\.\.(?:;|$)/.test(segment.replace(/[\p{Cc}\p{Cf}\s]/gu, "")))
}

/** Decoded until nothing changes: each round makes the text shorter. */
const fullyDecoded = (text: string): string => {
  const decoded = text
    .replace(/%u([0-9a-f]{4})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    .replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
      new TextDecoder().decode(Uint8Array.from(run.slice(1).split("%"), (hex) => Number.parseInt(hex, 16)))
    )
    // Full-width dots and slashes, for gateways that normalize.
    .normalize("NFKC")
  return decoded === text ? decoded : fullyDecoded(decoded)
}
