/** Hints: the next thing to look at after a refusal. All are constants, so that nothing of an answer is in them. */
import type { FlowName } from "./tokenRequest.js"

export type RefusedKey = "clientId" | "clientSecret" | "subscriptionKey" | "unknown"

/** The hint for refused keys. `code` is the OAuth error of the answer. */
export const credentialsHint = (flow: FlowName, key: RefusedKey, code: unknown): string => {
  if (flow === "specialized") return key === "subscriptionKey" ? subscriptionKeyNotSent : specializedKeys
  switch (key) {
    case "subscriptionKey":
      return subscriptionKey
    case "clientId":
      return code === "invalid_request" ? lostClientId : unknownClientId
    case "clientSecret":
      return clientSecret
    case "unknown":
      return standardKeys
  }
}

const subscriptionKeyNotSent =
  "This server asks for a subscription key, which the specialized flow never sends: check the base URL and the path."

// Management keys are deprecated: the Management API takes sales unit and partner keys (docs/vipps-access-token.md §2).
const specializedKeys =
  "Check that the client id and secret belong together and are accounting or donations keys (sales unit and partner " +
  "keys belong to the standard flow), that the secret was not regenerated since, and that no proxy or HttpClient on the " +
  "way drops the form body or adds a subscription key."

const subscriptionKey =
  "Check that the subscription key belongs to the same sales unit as the client id, and that keys and environment " +
  "match: production keys are refused by the test environment, and test keys by production."

const lostClientId =
  "The client id did not arrive: look for a proxy on the way that drops headers with an underscore in their name."

const unknownClientId =
  "The client id is not known in this environment: check that keys and environment match. New keys can take some minutes " +
  "until they work."

const clientSecret =
  "The secret does not belong to this client id: it may have been regenerated in the portal, or a proxy on the way drops " +
  "headers with an underscore in their name."

const standardKeys =
  "Check client id, client secret and subscription key: all three must belong to one sales unit (the one of the merchant " +
  "serial number, if one is sent) and to this environment."

/** The hint for an answer in Vipps' place. `challenged` says that it asks for credentials of its own. */
export const intermediaryHint = (challenged: boolean): string =>
  challenged
    ? "The server that answered wants a login that Vipps does not have: a proxy, firewall or staging server is in the " +
      "way. Check the base URL and the proxy settings of the HttpClient. The keys have not been judged."
    : "The answer has none of the forms that Vipps uses: look for a proxy, firewall or login page on the way, and check " +
      "the base URL. The keys have not been judged."

/** The hint for a request that is refused as such. `code` is the OAuth error of the answer. */
export const rejectionHint = (flow: FlowName, status: number, code: unknown): string => {
  if (code === "invalid_scope") return "The keys may not ask for this scope: check its spelling, or leave it out."
  if (status < 400) return redirect
  switch (status) {
    case 403:
      return "The keys are known but not allowed here: check that the product is active for the sales unit."
    case 404:
      return flow === "standard" ? noEndpoint : `${noEndpoint} ${noSpecializedEndpoint}`
    case 407:
      return "A proxy on the way asks for its own credentials."
    default:
      return notAsSent
  }
}

const redirect =
  "The answer is a redirect, and keys are never sent after one: check the base URL, and any proxy or login page on the way."

const noEndpoint = "There is no token endpoint at this address: check the base URL and the path."

const noSpecializedEndpoint = "The specialized endpoint may be missing in the test environment."

const notAsSent =
  "The request did not reach the token endpoint as it was sent: check the base URL, and any proxy or firewall on the way."
