/**
 * Requests that brought no answer: failures that may pass, and failures that will not.
 *
 * Each runtime reports them in its own way: codes of Node's TLS and of undici, codes of Bun, sentences of Deno. The one
 * that counts may lie anywhere in the chain of causes. Nothing but a code leaves this module: the errors of HTTP
 * clients repeat URLs, headers and bodies.
 */
import { isLoopback } from "./serverUrl.js"

export type TransportFailure =
  /** The network, which may be back at the next attempt. */
  | { readonly kind: "passing"; readonly code: string | undefined }
  /** The server had closed the connection before it answered, as it does with one that was idle too long (F58). */
  | { readonly kind: "closed"; readonly code: string | undefined }
  /** Will fail again until somebody changes something (F52). */
  | { readonly kind: "terminal"; readonly code: string | undefined; readonly hint: string }

/** Judges what an HTTP client failed with, whatever that is. */
export const judgeTransportFailure = (error: unknown): TransportFailure => {
  const links = linksOf(error)
  for (const link of links) {
    const hint = hintFor(link)
    if (hint !== undefined) return { kind: "terminal", code: link.code ?? codeIn(links), hint }
  }
  return { kind: links.some(isClosed) ? "closed" : "passing", code: codeIn(links) }
}

/** The hint for a server that cannot be reached. */
export const unreachableHint = (url: string, code: string | undefined): string => {
  const { host, hostname } = new URL(url)
  return code === "ECONNREFUSED" && isLoopback(hostname)
    ? `Nothing listens on ${host}: start it, if it is an emulator, or check VIPPS_ENVIRONMENT.`
    : `Check that ${host} can be reached: the network, DNS, proxy and firewall on the way. Or try again later.`
}

// ----- The chain of causes -------------------------------------------------------------------------------------------

interface Link {
  readonly code: string | undefined
  readonly text: string
  readonly syscall: unknown
}

const longestChain = 16

/** An error and its causes; if it stands for several addresses that were tried, the error of each as well. */
const linksOf = (error: unknown): ReadonlyArray<Link> => {
  const found = [error]
  for (let index = 0; index < found.length && index < longestChain; index++) {
    const value = found[index]
    if (typeof value !== "object" || value === null) continue
    if ("cause" in value) found.push(value.cause)
    if ("errors" in value && Array.isArray(value.errors)) found.push(...value.errors.slice(0, longestChain))
  }
  return found.slice(0, longestChain).map(linkOf)
}

const linkOf = (value: unknown): Link => {
  if (typeof value !== "object" || value === null) return { code: undefined, text: "", syscall: undefined }
  return {
    code: "code" in value && typeof value.code === "string" && looksLikeCode(value.code) ? value.code : undefined,
    text: "message" in value && typeof value.message === "string" ? value.message.slice(0, 2000) : "",
    syscall: "syscall" in value ? value.syscall : undefined
  }
}

const looksLikeCode = (text: string): boolean => /^[A-Z][A-Z0-9_]{1,63}$/.test(text) || bunCodes.has(text)

const bunCodes: ReadonlySet<string> = new Set([
  "ConnectionClosed",
  "ConnectionRefused",
  "ConnectionReset",
  "FailedToOpenSocket",
  "InvalidURL",
  "Timeout",
  "TooManyRedirects",
  "UnsupportedProxyProtocol"
])

const codeIn = (links: ReadonlyArray<Link>): string | undefined => links.find(({ code }) => code !== undefined)?.code

// ----- Failures that may pass ----------------------------------------------------------------------------------------

const isClosed = ({ code, syscall, text }: Link): boolean => {
  // A connection that was never established was not idle.
  if (syscall === "connect" || syscall === "getaddrinfo" || text.includes("before secure TLS connection")) return false
  return (
    closedCodes.has(code ?? "") ||
    (code === "UND_ERR_SOCKET" && /^(other side )?closed$/.test(text)) ||
    closedWords.test(text)
  )
}

const closedCodes: ReadonlySet<string> = new Set(["ECONNRESET", "EPIPE", "ConnectionClosed", "ConnectionReset"])

const closedWords =
  /socket hang up|connection closed before message completed|socket connection was closed unexpectedly/

// ----- Failures that will not pass -----------------------------------------------------------------------------------

const hintFor = (link: Link): string | undefined => {
  const { code = "", text } = link
  for (const [codes, words, hint] of terminalFailures) {
    if (codes.test(code) || words.test(text)) return hint
  }
  return undefined
}

const expired =
  "The certificate of the server, or of a proxy on the way, is not valid at this time. Check the clock of this machine; " +
  "if it is right, the certificate must be renewed."
const wrongName =
  "The certificate is for another host name. Check the base URL, and any proxy or DNS entry that leads elsewhere."
const untrusted =
  "The certificate of the server, or of a proxy on the way, does not lead to an authority that this process trusts. " +
  "Behind a proxy that inspects TLS, trust its authority (on Node NODE_EXTRA_CA_CERTS, or the TLS options of the " +
  "HttpClient). Do not switch the check of certificates off: the keys would go to whoever answers."
const refusedByServer =
  "The server, or a proxy on the way, asks for a certificate of the client, or refuses the one it was given. Check the " +
  "TLS options of the HttpClient."
const noCommonTls =
  "The server, or a proxy on the way, does not speak a version of TLS that this process speaks, or no TLS at all. Check " +
  "the scheme and the port of the base URL and of the proxy."
const invalidAddress =
  "The URL of the request or of a proxy is invalid, or its protocol is not one that the HttpClient speaks. Check the base " +
  "URL, the proxy options of the HttpClient, and HTTPS_PROXY."
const invalidRequest =
  "The HttpClient refuses to send the request as it is. Check what the HttpClient below adds to requests: headers, " +
  "options, a dispatcher or an agent."

/** Codes of OpenSSL as Node, undici and Bun hand them on; sentences of OpenSSL and, for Deno, of rustls. */
const terminalFailures: ReadonlyArray<readonly [codes: RegExp, words: RegExp, hint: string]> = [
  [
    /^(CERT|CRL)_(HAS_EXPIRED|NOT_YET_VALID)$|^ERROR_IN_CERT_NOT_(BEFORE|AFTER)_FIELD$/,
    /invalid peer certificate: (Expired|NotValidYet|certificate (expired|not valid yet))/,
    expired
  ],
  [
    /^(ERR_TLS_CERT_ALTNAME_(INVALID|FORMAT)|(HOSTNAME|EMAIL|IP_ADDRESS)_MISMATCH|ERR_SSL_\w*UNRECOGNIZED_NAME)$/,
    /invalid peer certificate: (NotValidForName|certificate not valid for name)/,
    wrongName
  ],
  [
    new RegExp(
      "^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_GET_ISSUER_CERT(_LOCALLY)?|" +
        "UNABLE_TO_VERIFY_LEAF_SIGNATURE|UNABLE_TO_DECRYPT_CERT_SIGNATURE|UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY|" +
        "CERT_(SIGNATURE_FAILURE|CHAIN_TOO_LONG|REVOKED|UNTRUSTED|REJECTED)|INVALID_CA|INVALID_PURPOSE|" +
        "PATH_LENGTH_EXCEEDED|UNABLE_TO_GET_CRL\\w*|SUBJECT_ISSUER_MISMATCH|" +
        "(ERR_SSL_)?(CA|EE)_(KEY_TOO_SMALL|MD_TOO_WEAK)|ERR_SSL_CERTIFICATE_VERIFY_FAILED|ERR_SSL_BAD_ECC_CERT)$"
    ),
    /invalid peer certificate|self[- ]signed certificate|unable to verify the first certificate/,
    untrusted
  ],
  [
    /^ERR_SSL_\w*ALERT_(\w*CERTIFICATE\w*|UNKNOWN_CA|ACCESS_DENIED)$/,
    /alert (certificate required|bad certificate|certificate unknown|unknown ca|certificate expired|access denied)/,
    refusedByServer
  ],
  [
    new RegExp(
      "^ERR_SSL_((WRONG|UNKNOWN|UNSUPPORTED|UNSAFE|NO)_\\w+|DH_KEY_TOO_SMALL|" +
        "HTTP_REQUEST|HTTPS_PROXY_REQUEST|PACKET_LENGTH_TOO_LONG|VERSION_TOO_LOW|" +
        "\\w*ALERT_(PROTOCOL_VERSION|HANDSHAKE_FAILURE|INSUFFICIENT_SECURITY))$"
    ),
    new RegExp(
      "SSL routines.*(wrong version number|unknown protocol|unsupported protocol|packet length too long|http request|" +
        "alert (protocol version|handshake failure|insufficient security))|" +
        "received corrupt message of type InvalidContentType|peer is incompatible"
    ),
    noCommonTls
  ],
  [
    /^(ERR_INVALID_URL|ERR_INVALID_PROTOCOL|ERR_PROXY_INVALID_CONFIG|InvalidURL|UnsupportedProxyProtocol|ERR_SOCKET_BAD_PORT)$/,
    /^(Invalid URL( protocol)?\b|Proxy URL|invalid url\b|bad port$|(unknown|unsupported) scheme\b|.*url scheme .* not supported)/i,
    invalidAddress
  ],
  [
    /^(UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED|ERR_INVALID_ARG_(TYPE|VALUE)|ERR_INVALID_CHAR|ERR_INVALID_HTTP_TOKEN|ERR_UNESCAPED_CHARACTERS|ERR_HTTP_INVALID_HEADER_VALUE|ERR_TLS_INVALID_PROTOCOL_VERSION|ERR_TLS_PROTOCOL_VERSION_CONFLICT)$|^ERR_OSSL_(PEM|X509)_/,
    /^(?!)/,
    invalidRequest
  ]
]
