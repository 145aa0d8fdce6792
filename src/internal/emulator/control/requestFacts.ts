/**
 * The facts about a request that the findings need, without secrets. They are taken from the original request and
 * answer, before anything is masked or cut.
 */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { isSubscriptionKeyRefusal } from "../../../core/refusal.js"
import { type FlowName, headerName } from "../../../core/tokenRequest.js"
import type { Exchange } from "../emulator.js"
import { asText } from "../faults/fault.js"
import type { AcceptedKeys } from "../tokens/acceptedKeys.js"
import { type KnownToken, type TokenState, tokenState } from "../tokens/issuedTokens.js"
import type { Answer } from "../wire/exchange.js"
import { commandLineSystem } from "./commandLineSystem.js"

/** The facts about a request. */
export interface RequestFacts {
  readonly id: number
  readonly timeMillis: number
  readonly method: string
  readonly path: string
  /** The flow of the token endpoint; undefined for an API. */
  readonly flow: FlowName | undefined
  /** The client id in clear text, which is compared but never shown. */
  readonly clientId: string | undefined
  /** The token of the request, and its state on arrival. */
  readonly token: { readonly serial: number; readonly state: TokenState } | undefined
  readonly sendsSubscriptionKey: boolean
  /** Whether its subscription key belongs to another sales unit than its client. */
  readonly sendsForeignSubscriptionKey: boolean
  /** Whether it names another merchant than the sales unit of its client. */
  readonly namesForeignMerchant: boolean
  readonly sendsIdempotencyKey: boolean
  readonly isUnknownPath: boolean
  readonly namesSystem: boolean
  /** Whether the command line sent it, to see whether keys work: a request of no program. */
  readonly isOfCommandLine: boolean
  /** Keys or tokens in the query, where servers and proxies log them. */
  readonly secretsInQuery: boolean
  readonly secretsInBody: boolean
  readonly answer: AnswerFacts | undefined
}

/** The facts about an answer. */
export interface AnswerFacts {
  readonly timeMillis: number
  readonly status: number
  /** Whether an API refused the token. A 401 about the subscription key does not. */
  readonly refusesToken: boolean
  /** The `Retry-After`, counted from the answer. */
  readonly retryAfterMillis: number | undefined
  /** The lifetime of the granted token. */
  readonly grantedMillis: number | undefined
}

const secretName = /(?:^|[?&{,"\s])(?:client_?secret|ocp-apim-subscription-key|subscription_?key|access_?token)["=\s]/i

export const requestFacts = (
  { clientId, flow, id, isUnknownPath, request, token }: Exchange,
  keys: AcceptedKeys
): RequestFacts => {
  const { headers } = request
  const unit = (flow ?? token?.flow) === "standard" ? clientId : undefined
  const subscriptionKey = headers[headerName.subscriptionKey]
  const merchant = headers[headerName.merchantSerialNumber] || undefined
  const timeMillis = request.time.epochMillis
  return {
    id,
    timeMillis,
    method: request.method,
    path: request.path,
    flow,
    clientId,
    token: token === undefined ? undefined : { serial: token.serial, state: knowableState(token, timeMillis) },
    sendsSubscriptionKey: subscriptionKey !== undefined,
    sendsForeignSubscriptionKey:
      unit !== undefined && subscriptionKey !== undefined && keys.isForeignSubscriptionKey(unit, subscriptionKey),
    namesForeignMerchant: unit !== undefined && merchant !== undefined && keys.isForeignMerchant(unit, merchant),
    sendsIdempotencyKey: (headers["idempotency-key"] ?? "") !== "",
    isUnknownPath,
    namesSystem: (headers["vipps-system-name"] ?? "") !== "",
    isOfCommandLine: headers["vipps-system-name"] === commandLineSystem,
    secretsInQuery: secretName.test(new URL(request.url).search),
    secretsInBody: secretName.test(request.body),
    answer: undefined
  }
}

/** A client can know that a token has expired, but not that it was ended early. */
const knowableState = (token: KnownToken, nowMillis: number): TokenState =>
  token.ended === undefined ? tokenState(token, nowMillis) : "revoked"

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())

export const answerFacts = (answer: Answer, { flow }: RequestFacts, timeMillis: number): AnswerFacts => ({
  timeMillis,
  status: answer.status,
  refusesToken:
    flow === undefined &&
    answer.status === 401 &&
    !isSubscriptionKeyRefusal(Option.getOrUndefined(decodeJson(asText(answer)))),
  retryAfterMillis: retryAfterMillis(answer.headers["retry-after"], timeMillis),
  grantedMillis: flow !== undefined && answer.status === 200 ? lifeOf(asText(answer)) : undefined
})

/** Seconds or an HTTP date (RFC 9110 §10.2.3). */
const retryAfterMillis = (value: string | undefined, nowMillis: number): number | undefined => {
  if (value === undefined) return undefined
  if (/^\d+$/.test(value)) return Duration.toMillis(Duration.seconds(Number(value)))
  const date = Date.parse(value)
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMillis)
}

const lifeOf = (body: string): number | undefined => {
  const seconds = /"expires_in"\s*:\s*"?(\d+)/.exec(body)?.[1]
  return seconds === undefined || !body.includes('"access_token"') ? undefined : Number(seconds) * 1000
}
