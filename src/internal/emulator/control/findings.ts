/**
 * What is wrong with the client, found in the requests that the emulator has seen: a pure function over their facts.
 */
import * as Struct from "effect/Struct"
import type { RequestFacts } from "./requestFacts.js"

/** One kind of mistake, with the requests that show it. */
export interface Finding {
  readonly id: FindingId
  /** `error`: it fails, or will; `advice`: it works, and Vipps asks for something else. */
  readonly severity: "error" | "advice"
  readonly title: string
  /** What to do. */
  readonly next: string
  readonly count: number
  /** The requests, by their ids, the newest last; at most 100. */
  readonly requests: ReadonlyArray<number>
}

interface Rule {
  readonly severity: Finding["severity"]
  readonly title: string
  readonly next: string
  /** Whether the request is a mistake, after those that came before it from the same client, oldest first. */
  readonly isMistake: (request: RequestFacts, earlier: ReadonlyArray<RequestFacts>) => boolean
}

/** A client waits at least this long before it asks again with keys that were refused. */
export const refusedKeysPauseMillis = 1000

/** Clocks and timers are not exact: a client that is this much early has waited. */
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
 * Whether a token that was revoked is used on. Nobody can know that it was until it is refused; then a client asks for
 * another one, and uses that. One that asks and gets none may try on.
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

/** Time for a client to see that a token was refused, and to use another. */
const renewalMillis = 5000

const rules = {
  "token-for-each-call": {
    severity: "error",
    title: "A new token was requested while the last one was good for more than half of its life",
    next: "Keep the token and use it until shortly before its end: one for each process, not one for each call.",
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
    next: "Stop after a 400, 401 or 403 of the token endpoint, tell somebody, and wait longer from attempt to attempt.",
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
    title: "A request came before the Retry-After of the answer before it was over",
    next: "Wait as long as Retry-After says, in seconds or until its date.",
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
    title: "A token was used after its end",
    next: "Get a new token before the old one expires, and after a 401 use the refused one no more.",
    isMistake: (request, earlier) => {
      if (request.token === undefined || request.token.state === "live") return false
      return request.token.state === "expired" || isUsedOn(request, earlier)
    }
  },
  "subscription-key-at-specialized": {
    severity: "error",
    title: "A subscription key was sent to the specialized token endpoint",
    next: "Leave Ocp-Apim-Subscription-Key out of this request: the endpoint refuses it as invalid_client.",
    isMistake: ({ flow, sendsSubscriptionKey }) => flow === "specialized" && sendsSubscriptionKey
  },
  "keys-in-query": {
    severity: "error",
    title: "Keys or tokens in the query of a URL",
    next: "Send keys in headers: URLs stand in the logs of every server on the way.",
    isMistake: ({ secretsInQuery }) => secretsInQuery
  },
  "keys-in-body": {
    severity: "error",
    title: "Keys or tokens in the body of a request",
    next: "Send client_id, client_secret and Ocp-Apim-Subscription-Key in headers, or the pair as Basic authorization.",
    isMistake: ({ secretsInBody }) => secretsInBody
  },
  "no-idempotency-key": {
    severity: "error",
    title: "A payment was changed without an Idempotency-Key",
    next: "Send one with each create, capture, refund and cancel, and the same one when you try again.",
    isMistake: ({ method, path, sendsIdempotencyKey }) =>
      method === "POST" && paymentPath.test(path) && !sendsIdempotencyKey
  },
  "no-system-headers": {
    severity: "advice",
    title: "Requests without Vipps-System-Name",
    next: "Send the Vipps-System-* headers: plugins and partners must, and they help Vipps to help you.",
    isMistake: (request) => (request.flow !== undefined || isApi(request)) && !request.namesSystem
  }
} satisfies Record<string, Rule>

/** What a finding is called in tests. */
export type FindingId = keyof typeof rules

/** At most as many requests are named for each finding. */
const namedRequests = 100

/** All findings that there are, in the order of the rules above. Requests are oldest first. */
export const findingsOf = (requests: ReadonlyArray<RequestFacts>): ReadonlyArray<Finding> => {
  const mistakes = new Map<FindingId, Array<number>>(ruleList.map(([id]) => [id, []]))
  const byClient = new Map<string | undefined, Array<RequestFacts>>()
  for (const request of requests) {
    const earlier = byClient.get(request.clientId) ?? []
    for (const [id, rule] of ruleList) {
      if (rule.isMistake(request, earlier)) mistakes.get(id)?.push(request.id)
    }
    earlier.push(request)
    byClient.set(request.clientId, earlier)
  }
  return ruleList.flatMap(([id, { next, severity, title }]) => {
    const ids = mistakes.get(id) ?? []
    return ids.length === 0
      ? []
      : [{ id, severity, title, next, count: ids.length, requests: ids.slice(-namedRequests) }]
  })
}

const ruleList: ReadonlyArray<readonly [FindingId, Rule]> = Struct.entries(rules)
