/** Findings: mistakes of the client, found by a pure function over the facts about its requests. */
import * as Arr from "effect/Array"
import * as Struct from "effect/Struct"
import { apiRoutes } from "../apis/apis.js"
import type { RequestFacts } from "./requestFacts.js"

/** A kind of mistake, with the requests that made it. */
export interface Finding {
  readonly id: FindingId
  /** `error`: it fails now or later. `advice`: it works, but Vipps recommends otherwise. */
  readonly severity: "error" | "advice"
  readonly title: string
  /** The remedy. */
  readonly next: string
  readonly count: number
  /** The ids of the requests, newest last, at most 100. */
  readonly requests: ReadonlyArray<number>
}

interface Rule {
  readonly severity: Finding["severity"]
  readonly title: string
  readonly next: string
  /** The number of mistakes of one client that make a finding. Default: 1. */
  readonly atLeast?: number
  /** Judges a request by the earlier ones of the same client, oldest first. */
  readonly isMistake: (request: RequestFacts, earlier: ReadonlyArray<RequestFacts>) => boolean
}

/** The shortest acceptable wait before refused keys are tried again. */
export const refusedKeysPauseMillis = 1000

/** Clocks and timers are inexact: a client that is this much early has waited long enough. */
const earlyMillis = 50

const isApi = ({ flow, path }: RequestFacts): boolean => flow === undefined && apiPath.test(path)

const apiPath = /^\/(epayment|recurring|checkout|report|settlement|management|webhooks|order-management|login)\b/i

const paymentPath = /^\/(epayment\/v1\/payments|recurring\/v\d\/agreements)\b/i

const isGranted = ({ answer, flow }: RequestFacts): boolean => flow !== undefined && answer?.grantedMillis !== undefined

const findLast = <A>(list: ReadonlyArray<A>, holds: (one: A) => boolean): A | undefined => {
  for (let index = list.length - 1; index >= 0; index--) {
    const one = list[index]
    if (one !== undefined && holds(one)) return one
  }
  return undefined
}

/**
 * Whether a revoked token is still in use. A client learns of it by a 401, requests another token and uses that. If it
 * gets none, it may keep trying.
 */
const isUsedOn = (request: RequestFacts, earlier: ReadonlyArray<RequestFacts>): boolean => {
  const refused = earlier.find(
    ({ answer, token }) =>
      token?.serial === request.token?.serial && answer?.refusesToken === true && answer.timeMillis < request.timeMillis
  )
  if (refused === undefined) return false
  const renewals = earlier.filter(({ flow, id }) => flow !== undefined && id > refused.id)
  return renewals.length === 0
    ? request.timeMillis >= refused.timeMillis + renewalMillis
    : renewals.some((one) => isGranted(one) && request.timeMillis >= one.timeMillis + renewalMillis)
}

/** The time a client has to switch to another token. */
const renewalMillis = 5000

const rules = {
  "token-for-each-call": {
    severity: "error",
    title: "A new token was requested although the last one had more than half of its lifetime left",
    next:
      "Cache the token and reuse it until shortly before it expires: one per process, not one per call. If you started " +
      "your program again and again, clear the requests before each run.",
    // Two processes that request a token each are right.
    atLeast: 2,
    isMistake: (request, earlier) => {
      if (!isGranted(request)) return false
      const grant = findLast(earlier, (before) => before.flow === request.flow && isGranted(before))
      if (grant?.answer?.grantedMillis === undefined) return false
      const { grantedMillis, timeMillis } = grant.answer
      if (request.timeMillis >= timeMillis + grantedMillis / 2) return false
      return !earlier.some((one) => one.id > grant.id && one.answer?.refusesToken === true)
    }
  },
  "refused-keys-again": {
    severity: "error",
    title: "Refused keys were sent again within a second",
    next: "After a 400, 401 or 403 from the token endpoint, raise an alert and back off between attempts.",
    isMistake: (request, earlier) => {
      if (request.flow === undefined) return false
      const before = findLast(earlier, ({ answer, flow }) => flow === request.flow && answer !== undefined)
      return (
        before?.answer !== undefined &&
        [400, 401, 403].includes(before.answer.status) &&
        request.timeMillis >= before.answer.timeMillis &&
        request.timeMillis < before.answer.timeMillis + refusedKeysPauseMillis - earlyMillis
      )
    }
  },
  "retry-after-ignored": {
    severity: "error",
    title: "A request ignored the Retry-After of the answer before it",
    next: "Wait for the number of seconds in Retry-After, or until its date.",
    isMistake: (request, earlier) => {
      const sameServer = (one: RequestFacts) =>
        one.flow === request.flow && (request.flow !== undefined || one.path === request.path)
      const before = findLast(earlier, (one) => sameServer(one) && one.answer !== undefined)
      const answer = before?.answer
      return (
        answer?.retryAfterMillis !== undefined &&
        request.timeMillis >= answer.timeMillis &&
        request.timeMillis < answer.timeMillis + answer.retryAfterMillis - earlyMillis
      )
    }
  },
  "token-after-its-end": {
    severity: "error",
    title: "A token was used after it expired or was refused",
    next: "Get a new token before the old one expires, and stop using a token after a 401.",
    isMistake: (request, earlier) => {
      if (request.token === undefined || request.token.state === "live") return false
      return request.token.state === "expired" || isUsedOn(request, earlier)
    }
  },
  "subscription-key-at-specialized": {
    severity: "error",
    title: "A subscription key was sent to the specialized token endpoint",
    next: "Omit Ocp-Apim-Subscription-Key from this request: the endpoint refuses it with invalid_client.",
    isMistake: ({ flow, sendsSubscriptionKey }) => flow === "specialized" && sendsSubscriptionKey
  },
  "subscription-key-of-another-unit": {
    severity: "error",
    title: "The subscription key belongs to another sales unit than the client id or the token",
    next: "Use the keys of one sales unit: to mixed ones Vipps' APIs answer 401 or 404.",
    isMistake: ({ sendsForeignSubscriptionKey }) => sendsForeignSubscriptionKey
  },
  "merchant-of-another-unit": {
    severity: "error",
    title: "Merchant-Serial-Number names another sales unit than that of the client id or the token",
    next: "Send the number of the sales unit that the keys belong to: only partner keys act for other merchants.",
    isMistake: ({ namesForeignMerchant }) => namesForeignMerchant
  },
  "keys-in-query": {
    severity: "error",
    title: "Keys or tokens were sent in the query of a URL",
    next: "Send keys in headers: every server on the way logs URLs.",
    isMistake: ({ secretsInQuery }) => secretsInQuery
  },
  "keys-in-body": {
    severity: "error",
    title: "Keys or tokens were sent in the body of a request",
    next: "Send client_id, client_secret and Ocp-Apim-Subscription-Key as headers, or id and secret as Basic authorization.",
    isMistake: ({ secretsInBody }) => secretsInBody
  },
  "no-such-path": {
    severity: "error",
    title: "A request went to a path that the emulator does not have",
    next:
      `Check the spelling. Of Vipps' APIs the emulator has ${apiRoutes.map(({ method, path }) => `${method} ${path}`).join(", ")}: ` +
      "answer requests to others in your tests.",
    isMistake: (request) => request.isUnknownPath && (isApi(request) || request.sendsSubscriptionKey)
  },
  "no-idempotency-key": {
    severity: "error",
    title: "A payment request had no Idempotency-Key",
    next: "Send a key with each create, capture, refund and cancel, and repeat it when you retry.",
    isMistake: ({ method, path, sendsIdempotencyKey }) =>
      method === "POST" && paymentPath.test(path) && !sendsIdempotencyKey
  },
  "no-system-headers": {
    severity: "advice",
    title: "Requests had no Vipps-System-Name",
    next: "Send the Vipps-System-* headers: plugins and partners must, and they speed up Vipps' support.",
    isMistake: (request) => (request.flow !== undefined || isApi(request)) && !request.namesSystem
  }
} satisfies Record<string, Rule>

/** The id of a finding, for tests. */
export type FindingId = keyof typeof rules

/** How many requests a finding lists. */
const namedRequests = 100

/** Returns all findings, in the order of the rules. Requests are oldest first. */
export const findingsOf = (requests: ReadonlyArray<RequestFacts>): ReadonlyArray<Finding> => {
  const ofPrograms = requests.filter(({ isOfCommandLine }) => !isOfCommandLine)
  const clients = Object.values(Arr.groupBy(ofPrograms, ({ clientId = "" }) => clientId))
  return ruleList.flatMap(([id, { atLeast = 1, isMistake, next, severity, title }]) => {
    const ids = clients
      .map((own) => mistakesIn(own, isMistake))
      .filter(({ length }) => length >= atLeast)
      .flatMap((mistakes) => mistakes.map((request) => request.id))
      .toSorted((a, b) => a - b)
    return ids.length === 0
      ? []
      : [{ id, severity, title, next, count: ids.length, requests: ids.slice(-namedRequests) }]
  })
}

/** Grows one list of earlier requests: copies of it would take as long as the judging. */
const mistakesIn = (own: ReadonlyArray<RequestFacts>, isMistake: Rule["isMistake"]): ReadonlyArray<RequestFacts> => {
  const earlier: Array<RequestFacts> = []
  return own.filter((request) => {
    const found = isMistake(request, earlier)
    earlier.push(request)
    return found
  })
}

const ruleList: ReadonlyArray<readonly [FindingId, Rule]> = Struct.entries(rules)
