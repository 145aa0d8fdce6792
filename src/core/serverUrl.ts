/**
 * Which base URL may be sent secrets: TLS everywhere, plain `http:` to this machine alone, and nothing in the URL that
 * could hide another host or a secret of its own.
 */

const loopback = /^(localhost|.+\.localhost|127(\.\d{1,3}){3}|\[::1\])$/

/** The rule that the text breaks as a base URL, or nothing. */
export const baseUrlRule = (text: string): string | undefined => {
  if (!URL.canParse(text)) return "must be a URL such as https://api.vipps.no"
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must begin with https://"
  if (url.protocol === "http:" && !loopback.test(url.hostname))
    return "must begin with https:// (http:// is for loopback hosts)"
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password"
  // An empty query or fragment leaves its sign in the URL.
  if (/[?#]/.test(url.href)) return "must not contain a query or fragment"
  return undefined
}

/** One spelling for one server: no trailing slash, so that paths and fingerprints agree. */
export const normalizedBaseUrl = (text: string): string => new URL(text).href.replace(/\/+$/, "")
