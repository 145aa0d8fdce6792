/**
 * Rules for a base URL that secrets are sent to: TLS everywhere, plain `http:` to this machine alone unless the user
 * allows it, and nothing in the URL that could hide another host or a secret of its own.
 */

/** Tells whether a host name means this machine. For names below `localhost` Node asks DNS: anybody may answer. */
export const isLoopback = (hostname: string): boolean => /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/.test(hostname)

const insecure =
  "must begin with https://: over http:// everybody on the way can read keys and tokens. In a network that you trust, " +
  'such as a Compose file\'s, allow it with VIPPS_INSECURE_HTTP=allow, or in code with { insecureHttp: "allow" }'

/** The rule that the text breaks as a base URL, or nothing. */
export const baseUrlRule = (text: string, insecureHttp: "allow" | undefined): string | undefined => {
  if (!URL.canParse(text)) return "must be a URL such as https://api.vipps.no"
  const url = new URL(text)
  if (url.protocol !== "https:" && url.protocol !== "http:") return "must begin with https://"
  if (url.protocol === "http:" && insecureHttp !== "allow" && !isLoopback(url.hostname)) return insecure
  if (url.username !== "" || url.password !== "") return "must not contain a user name or password"
  // An empty query or fragment leaves its sign in the URL.
  if (/[?#]/.test(url.href)) return "must not contain a query or fragment"
  return basePathRule(new URL(normalizedBaseUrl(text)).pathname)
}

/** A base path that servers read in two ways would not hold requests below it (F73). */
const basePathRule = (path: string): string | undefined =>
  path.includes("//")
    ? "must not contain an empty path segment (//)"
    : /%2f|%5c|%00/i.test(path)
      ? "must not contain an encoded slash"
      : undefined

/** One spelling for one server: no trailing slash, so that paths and fingerprints agree. */
export const normalizedBaseUrl = (text: string): string => new URL(text).href.replace(/\/+$/, "")
