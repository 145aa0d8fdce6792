/** Paths that stay below the path of a base URL, however a gateway on the way may read them (F73). */

import { percentDecoded, untilSettled } from "./escapes.js"

/**
 * Tells whether the path of a URL lies below a base path, which ends with a slash. The URL has been parsed, so its dot
 * segments are resolved as the client resolves them; what a gateway may decode further must hold none.
 */
export const isPathBelow = (pathname: string, basePath: string): boolean => {
  if (basePath === "/") return true
  if (`${pathname}/` === basePath) return true
  return pathname.startsWith(basePath) && !mayClimb(pathname.slice(basePath.length))
}

/**
 * Gateways decode once or twice, read a backslash or an encoded slash as a slash, drop parameters after `;`, and may
 * take what is encoded for the end of the path.
 */
const mayClimb = (path: string): boolean => {
  const { isSettled, text } = untilSettled(path, percentDecoded)
  // Bytes that are no UTF-8: an overlong dot, which some decode.
  if (!isSettled || text.includes("\ufffd")) return true
  return text
    .split(/[/\\\u2044\u2215]/)
    .flatMap((segment) => [segment, segment.replace(/\0.*/s, "")])
    .some((segment) => /^\.\.(?:[;?#]|$)/.test(segment.replace(/[\p{Cc}\p{Cf}\s]/gu, "")))
}
