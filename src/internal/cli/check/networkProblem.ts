/**
 * What the code of a network failure means. Of the failure itself nothing but its code is read.
 */

export interface NetworkProblem {
  /** Continues a sentence that begins with the server's address. */
  readonly what: string
  readonly next: string
  /** Whether time may end it. A certificate does not mend by itself. */
  readonly passes: boolean
}

const network = "Check the network, DNS, proxy and firewall on the way."

const passing = (what: string, next: string): NetworkProblem => ({ what, next, passes: true })
const lasting = (what: string, next: string): NetworkProblem => ({ what, next, passes: false })

const trust =
  "A proxy or virus scanner that opens TLS has a certificate of its own: give Node its root certificate by " +
  "NODE_EXTRA_CA_CERTS=FILE. Never turn the check off."

const unresolved = passing(
  "has a name that cannot be resolved",
  "Check the spelling of VIPPS_ENVIRONMENT, then DNS and whether this machine may reach the internet."
)
const refused = passing(
  "refuses the connection: nothing listens there",
  "Check host and port of VIPPS_ENVIRONMENT; if it is an emulator, start it."
)
const closed = passing("closed the connection before it answered", network)
const unreachable = passing("cannot be reached: there is no route to it", network)
const silent = passing("did not answer in time", `${network} A longer --timeout may help.`)
const noTls = lasting(
  "does not speak TLS as expected",
  "Check that the URL begins with https:// only if the server speaks TLS there, and that no proxy answers in its place."
)

const problems: Readonly<Record<string, NetworkProblem>> = {
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  EAI_NODATA: unresolved,
  EAI_NONAME: unresolved,
  ENODATA: unresolved,
  DNSException: unresolved,
  ECONNREFUSED: refused,
  ConnectionRefused: refused,
  ECONNRESET: closed,
  EPIPE: closed,
  UND_ERR_SOCKET: closed,
  ConnectionClosed: closed,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  ETIMEDOUT: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
  UND_ERR_HEADERS_TIMEOUT: silent,
  CERT_HAS_EXPIRED: lasting(
    "shows a certificate that has expired",
    "Check this machine's clock, then tell the server's owner."
  ),
  CERT_NOT_YET_VALID: lasting("shows a certificate that is not valid yet", "Check this machine's clock."),
  CERT_REVOKED: lasting("shows a certificate that was revoked", "Tell the server's owner, and send nothing there."),
  DEPTH_ZERO_SELF_SIGNED_CERT: lasting("shows a self-signed certificate", trust),
  SELF_SIGNED_CERT_IN_CHAIN: lasting("shows a certificate chain that ends in a self-signed certificate", trust),
  UNABLE_TO_GET_ISSUER_CERT: lasting("shows a certificate whose issuer is unknown here", trust),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: lasting("shows a certificate whose issuer is unknown here", trust),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: lasting("shows a certificate that cannot be verified", trust),
  ERR_TLS_CERT_ALTNAME_INVALID: lasting(
    "shows a certificate of another host",
    "Check the spelling of VIPPS_ENVIRONMENT, and that no proxy or login page answers in its place."
  ),
  EPROTO: noTls
}

/** Total: a code that is not known is named. */
export const networkProblem = (code: string | undefined): NetworkProblem => {
  if (code === undefined) return passing("cannot be reached", network)
  const known =
    (Object.hasOwn(problems, code) ? problems[code] : undefined) ?? (code.startsWith("ERR_SSL_") ? noTls : undefined)
  return known ?? passing("cannot be reached", network)
}
