/**
 * The emulator itself, without a wire: a request goes in, an answer comes out. `memoryClient.ts` and `socketApp.ts`
 * put it behind an `HttpClient` and behind a socket.
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { announcedSpecializedPath, defaultTokenPath, type FlowName } from "../../core/tokenRequest.js"
import type { Api } from "./apis/apiCall.js"
import { apiRoutes } from "./apis/apis.js"
import { IdempotentAnswers } from "./apis/idempotentAnswers.js"
import { Payments } from "./apis/payments.js"
import type { FaultyExchange } from "./faults/fault.js"
import { FaultQueue } from "./faults/faultQueue.js"
import { AcceptedKeys } from "./tokens/acceptedKeys.js"
import { IssuedTokens } from "./tokens/issuedTokens.js"
import { notFound, type Occasion } from "./tokens/refusals.js"
import { defaultNumberForm, tokenEndpoints } from "./tokens/tokenEndpoints.js"
import { type Answer, type ConnectionCut, type EmulatorRequest, httpDate } from "./wire/exchange.js"
import { findRoute, type Route, type RouteMatch } from "./wire/routes.js"

/**
 * A request as the emulator has seen it.
 *
 * @see {@link VippsEmulator} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface RecordedRequest {
  /** In capitals. */
  readonly method: string
  /** The whole URL, as it was sent. */
  readonly url: string
  /** Its path, as it was sent: case and all. */
  readonly path: string
  /** By name in lower case. Keys and tokens are in clear: these are the emulator's own. */
  readonly headers: Readonly<Record<string, string | undefined>>
  /** The body as text; empty if there was none. */
  readonly body: string
  /** When it arrived, by the emulator's clock. */
  readonly time: DateTime.Utc
}

const tokenRoutes: ReadonlyArray<Route<FlowName>> = [
  { method: "POST", path: defaultTokenPath.standard, target: "standard" },
  { method: "POST", path: defaultTokenPath.specialized, target: "specialized" },
  { method: "POST", path: announcedSpecializedPath, target: "specialized" }
]

export const isForTokenEndpoint = (method: string, path: string): boolean =>
  findRoute(tokenRoutes, method, path) !== undefined

/** Whether the emulator has taken it for a token request; in memory it has seen requests to other hosts as well. */
export const isTokenRequest =
  (baseUrl: URL) =>
  (request: RecordedRequest): boolean =>
    new URL(request.url).origin === baseUrl.origin && isForTokenEndpoint(request.method, request.path)

export class Emulator {
  readonly clock: Clock.Clock
  readonly keys = new AcceptedKeys()
  readonly tokens = new IssuedTokens()
  readonly payments = new Payments()
  readonly #paymentAnswers = new IdempotentAnswers()
  readonly tokenFaults = new FaultQueue()
  readonly apiFaults = new FaultQueue()
  readonly numberForms = { ...defaultNumberForm }
  requests: Array<RecordedRequest> = []
  #sequence = 0

  /** A server has a clock of its own: the one that it was built with, whatever its callers' say. */
  constructor(clock: Clock.Clock) {
    this.clock = clock
  }

  static readonly make: Effect.Effect<Emulator> = Clock.clockWith((clock) => Effect.sync(() => new Emulator(clock)))

  readonly record = (request: EmulatorRequest): void => {
    this.requests.push({
      method: request.method,
      url: request.url.href,
      path: request.url.pathname,
      headers: request.headers,
      body: request.body,
      time: DateTime.unsafeMake(this.clock.unsafeCurrentTimeMillis())
    })
  }

  readonly handle = (request: EmulatorRequest): Effect.Effect<Answer, ConnectionCut> =>
    Effect.suspend(() => {
      this.record(request)
      return Effect.map(this.#answer(request, this.#sequence++), (answer) => ({
        ...answer,
        headers: { date: httpDate(this.clock.unsafeCurrentTimeMillis()), ...answer.headers }
      }))
    })

  #answer(request: EmulatorRequest, sequence: number): Effect.Effect<Answer, ConnectionCut> {
    const { method, url } = request
    const token = findRoute(tokenRoutes, method, url.pathname)
    if (token !== undefined) return this.#tokenAnswer(token.target, request, sequence)
    const api = findRoute(apiRoutes, method, url.pathname)
    if (api !== undefined) return this.#apiAnswer(api, request, sequence)
    return Effect.succeed(notFound)
  }

  #tokenAnswer(flow: FlowName, request: EmulatorRequest, sequence: number): Effect.Effect<Answer, ConnectionCut> {
    const granting = (grant: "issue" | "repeat") =>
      Effect.sync(() =>
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
    return this.#play(this.tokenFaults, { request, flow, due: granting("issue"), again: granting("repeat") }, sequence)
  }

  #apiAnswer(
    { params, target }: RouteMatch<Api>,
    request: EmulatorRequest,
    sequence: number
  ): Effect.Effect<Answer, ConnectionCut> {
    const due = Effect.sync(() =>
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
    return this.#play(this.apiFaults, { request, flow: undefined, due, again: due }, sequence)
  }

  /** The answer that is due, or what the next fault makes of it. */
  #play(
    faults: FaultQueue,
    exchange: Pick<FaultyExchange, "request" | "flow" | "due" | "again">,
    sequence: number
  ): Effect.Effect<Answer, ConnectionCut> {
    return (
      faults.next(exchange.flow)?.play({
        ...exchange,
        occasion: this.#occasion(sequence),
        clock: this.clock,
        revoke: (token) => this.tokens.revoke(token, this.clock.unsafeCurrentTimeMillis())
      }) ?? exchange.due
    )
  }

  /** Taken when the answer is made: a slow server grants late. */
  #occasion(sequence: number): Occasion {
    return { nowMillis: this.clock.unsafeCurrentTimeMillis(), sequence }
  }
}
