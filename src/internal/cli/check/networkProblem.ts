/** What the code of a network failure means, in words. What never passes has its advice in core/transportFailure. */
import type { TransportFailure } from "../../../core/transportFailure.js"

export interface NetworkProblem {
  /** Returns a sentence about a host, without its full stop. */
  readonly what: (host: string) => string
  readonly next: string
}

const network = "Check the network, DNS, proxy and firewall on the way."

/** `what` continues a sentence that begins with the host. */
const problem = (what: string, next = network): NetworkProblem => ({ what: (host) => `${host} ${what}`, next })

const unresolved: NetworkProblem = {
  what: (host) => `The name ${host.replace(/:\d+$/, "")} cannot be resolved`,
  next: "Check the spelling of VIPPS_ENVIRONMENT, then DNS and whether this machine may reach the internet."
}
const refused = problem(
  "refuses the connection: nothing listens there",
  "Check host and port of VIPPS_ENVIRONMENT; if it is an emulator, start it."
)
const closed = problem("closed the connection before it answered")
const unreachable = problem("cannot be reached: there is no route to it")
const silent = problem("did not answer in time", `${network} A longer --timeout may help.`)

const problems: Readonly<Record<string, NetworkProblem>> = {
  ENOTFOUND: unresolved,
  EAI_AGAIN: unresolved,
  EAI_NODATA: unresolved,
  EAI_NONAME: unresolved,
  ENODATA: unresolved,
  ECONNREFUSED: refused,
  ConnectionRefused: refused,
  ECONNRESET: closed,
  EPIPE: closed,
  UND_ERR_SOCKET: closed,
  ConnectionClosed: closed,
  ConnectionReset: closed,
  EHOSTUNREACH: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  ETIMEDOUT: silent,
  UND_ERR_CONNECT_TIMEOUT: silent,
  UND_ERR_HEADERS_TIMEOUT: silent,
  CERT_HAS_EXPIRED: problem("presented a certificate that has expired"),
  CERT_NOT_YET_VALID: problem("presented a certificate that is not valid yet"),
  CERT_REVOKED: problem("presented a certificate that was revoked"),
  DEPTH_ZERO_SELF_SIGNED_CERT: problem("shows a self-signed certificate"),
  SELF_SIGNED_CERT_IN_CHAIN: problem("presented a certificate chain that ends in a self-signed certificate"),
  UNABLE_TO_GET_ISSUER_CERT: problem("presented a certificate whose issuer is unknown here"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: problem("presented a certificate whose issuer is unknown here"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: problem("presented a certificate that cannot be verified"),
  ERR_TLS_CERT_ALTNAME_INVALID: problem("presented a certificate for another host")
}

/** Total: a code that is not known counts as unreachable. */
export const networkProblem = (failure: TransportFailure): NetworkProblem => {
  const code = failure.code ?? ""
  const known = Object.hasOwn(problems, code) ? problems[code] : undefined
  const told = known ?? problem(code.startsWith("ERR_SSL_") ? "does not speak TLS as expected" : "cannot be reached")
  return failure.kind === "terminal" ? { what: told.what, next: failure.hint } : told
}
