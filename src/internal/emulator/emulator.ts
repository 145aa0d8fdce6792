/**
 * The emulator without a wire: a request goes in, an answer comes out. `memoryClient.ts` and `socketApp.ts` put it
 * behind an `HttpClient` and behind a socket.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { announcedSpecializedPath, defaultTokenPath, type FlowName, headerName } from "../../core/tokenRequest.js"
import type { Api } from "./apis/apiCall.js"
import { apiRoutes } from "./apis/apis.js"
import { IdempotentAnswers } from "./apis/idempotentAnswers.js"
import { Payments } from "./apis/payments.js"
import type { Fault } from "./faults/fault.js"
import { FaultQueue } from "./faults/faultQueue.js"
import { AcceptedKeys } from "./tokens/acceptedKeys.js"
import { IssuedTokens, type KnownToken } from "./tokens/issuedTokens.js"
import { notFound, type Occasion } from "./tokens/refusals.js"
import { basicPair, defaultNumberForm, tokenEndpoints } from "./tokens/tokenEndpoints.js"
import { type Answer, type ConnectionCut, type EmulatorRequest, httpDate } from "./wire/exchange.js"
import { findRoute, type Route, type RouteMatch } from "./wire/routes.js"

/**
 * A request as the emulator received it.
 *
 * @see `VippsEmulator` for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordedRequest {
  /** The method, in capitals. */
  readonly method: string
  /** The whole URL, as sent. */
  readonly url: string
  /** The path, as sent, in its original case. */
  readonly path: string
  /** The headers by lower-case name. Keys and tokens are in clear text: they are the emulator's own. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The body as text, empty if there was none. */
  readonly body: string
  /** The time of arrival, by the emulator's clock. */
  readonly time: DateTime.Utc
}

const tokenRoutes: ReadonlyArray<Route<FlowName>> = [
  { method: "POST", path: defaultTokenPath.standard, target: "standard" },
  { method: "POST", path: defaultTokenPath.specialized, target: "specialized" },
  { method: "POST", path: announcedSpecializedPath, target: "specialized" }
]

export const isForTokenEndpoint = (method: string, path: string): boolean =>
  findRoute(tokenRoutes, method, path) !== undefined

/** Tells token requests to the emulator from all others; in memory it also records requests to other hosts. */
export const isTokenRequest =
  (baseUrl: URL) =>
  (request: RecordedRequest): boolean =>
    new URL(request.url).origin === baseUrl.origin && isForTokenEndpoint(request.method, request.path)

/** One exchange, before it is answered. */
export interface Exchange {
  /** A running number, from 0. */
  readonly id: number
  readonly request: RecordedRequest
  /** The flow of the token endpoint; undefined for an API. */
  readonly flow: FlowName | undefined
  /** The client, if the keys or the token of the request name one. */
  readonly clientId: string | undefined
  /** The token of the request, if this emulator issued it. */
  readonly token: KnownToken | undefined
  /** The fault that shapes the answer. */
  readonly fault: Fault | undefined
  /** Whether the emulator has no such path: the 404 of a typo, and of an API that it lacks. */
  readonly isUnknownPath: boolean
}

/** Wraps the answer to each exchange. */
export type Observer = (
  exchange: Exchange,
  answer: Effect.Effect<Answer, ConnectionCut>
) => Effect.Effect<Answer, ConnectionCut>

export class Emulator {
  readonly clock: Clock.Clock
  readonly keys = new AcceptedKeys()
  readonly tokens = new IssuedTokens()
  readonly payments = new Payments()
  readonly tokenFaults = new FaultQueue()
  readonly apiFaults = new FaultQueue()
  readonly numberForms = { ...defaultNumberForm }
  readonly #paymentAnswers = new IdempotentAnswers()
  requests: Array<RecordedRequest> = []
  /** How many of the newest requests are kept. */
  keptRequests = Number.POSITIVE_INFINITY
  observer: Observer = (_, answer) => answer
  #sequence = 0

  /** Takes the server's own clock, which is independent of its callers' clocks. */
  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  static readonly make: Effect.Effect<Emulator> = Clock.clockWith((clock) => Effect.sync(() => new Emulator(clock)))

  get nowMillis(): number {
    return this.clock.unsafeCurrentTimeMillis()
  }

  readonly record = (request: EmulatorRequest): RecordedRequest => {
    const recorded = {
      method: request.method,
      url: request.url.href,
      path: request.url.pathname,
      headers: request.headers,
      body: request.body,
      time: DateTime.unsafeMake(this.nowMillis)
    }
    this.requests.push(recorded)
    if (this.requests.length > this.keptRequests) this.requests.shift()
    return recorded
  }

  readonly handle = (request: EmulatorRequest): Effect.Effect<Answer, ConnectionCut> =>
    Effect.suspend(() => {
      const { again, due, flow } = this.#destinationOf(request, this.#sequence)
      const { clientId, token } = this.#senderOf(request, flow)
      const faults = flow === undefined ? this.apiFaults : this.tokenFaults
      const isUnknownPath = due === unknownPath
      const fault = isUnknownPath ? undefined : faults.next(flow, clientId)
      const exchange = {
        id: this.#sequence,
        request: this.record(request),
        flow,
        clientId,
        token,
        fault,
        isUnknownPath
      }
      const occasion = this.#occasion(this.#sequence++)
      const revoke = (token: string) => this.tokens.revoke(token, this.nowMillis)
      const answer = fault?.play({ request, flow, occasion, clock: this.clock, due, again, revoke }) ?? due
      return this.observer(exchange, Effect.map(answer, this.#dated))
    })

  readonly #dated = (answer: Answer): Answer => ({
    ...answer,
    headers: { date: httpDate(this.nowMillis), ...answer.headers }
  })

  /** Finds the endpoint and the answer that is due. */
  #destinationOf(request: EmulatorRequest, sequence: number): Destination {
    const { method, url } = request
    const token = findRoute(tokenRoutes, method, url.pathname)
    if (token !== undefined) {
      const flow = token.target
      const granting = (grant: "issue" | "repeat") => this.#grant(flow, grant, request, sequence)
      return { flow, due: granting("issue"), again: granting("repeat") }
    }
    const api = findRoute(apiRoutes, method, url.pathname)
    const due = api === undefined ? unknownPath : this.#apiAnswer(api, request, sequence)
    return { flow: undefined, due, again: due }
  }

  #grant(flow: FlowName, grant: "issue" | "repeat", request: EmulatorRequest, sequence: number): Effect.Effect<Answer> {
    return Effect.sync(() =>
      tokenEndpoints[flow](
        {
          keys: this.keys,
          tokenFor: (clientId, nowMillis) => this.tokens[grant](flow, clientId, nowMillis),
          numberForm: this.numberForms[flow]
        },
        request,
        this.#occasion(sequence)
      )
    )
  }

  #apiAnswer({ params, target }: RouteMatch<Api>, request: EmulatorRequest, sequence: number): Effect.Effect<Answer> {
    return Effect.sync(() =>
      target({
        request,
        params,
        occasion: this.#occasion(sequence),
        keys: this.keys,
        tokens: this.tokens,
        payments: this.payments,
        paymentAnswers: this.#paymentAnswers
      })
    )
  }

  #senderOf({ headers }: EmulatorRequest, flow: FlowName | undefined): Pick<Exchange, "clientId" | "token"> {
    const authorization = headers.authorization ?? ""
    if (flow === "standard") return { clientId: headers[headerName.clientId] || undefined, token: undefined }
    if (flow === "specialized") return { clientId: basicPair(authorization)?.[0], token: undefined }
    const token = this.tokens.find(authorization.replace(/^Bearer +/i, ""))
    return { clientId: token?.clientId, token }
  }

  /** Forgets requests, faults, tokens, payments and keys. The caller accepts keys again. */
  reset(): void {
    this.requests = []
    this.tokenFaults.clear()
    this.apiFaults.clear()
    this.tokens.reset()
    this.payments.clear()
    this.#paymentAnswers.clear()
    this.keys.clear()
  }

  /** Read when the answer is made, so that a slow answer grants late. */
  #occasion(sequence: number): Occasion {
    return { nowMillis: this.nowMillis, sequence }
  }
}

interface Destination {
  readonly flow: FlowName | undefined
  readonly due: Effect.Effect<Answer>
  readonly again: Effect.Effect<Answer>
}

const unknownPath: Effect.Effect<Answer> = Effect.succeed(notFound)
