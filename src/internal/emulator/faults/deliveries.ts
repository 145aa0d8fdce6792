/**
 * Faults: how an answer travels, or does not. Pauses are those of the emulator's clock: `TestClock` drives them.
 * Source: docs/vipps-access-token.md §10.6.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { answer as anyAnswer, ConnectionCut, withDelivery } from "../wire/exchange.js"
import { changed, type Fault, instead } from "./fault.js"

/**
 * Any answer, for what has no name here.
 *
 * @example
 * ```ts
 * import { Fault } from "effect-vipps-token/testing"
 *
 * const teapot = Fault.answer({ status: 418, headers: { "x-proxy": "acme" }, body: "short and stout" })
 * ```
 *
 * @since 0.1.0
 * @category deliveries
 */
export const answer = (options: AnswerOptions): Fault =>
  instead("answer", () => anyAnswer(options.status, options.body ?? "", options.headers ?? {}))

/**
 * What `answer` answers.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions {
  /** The HTTP status. */
  readonly status: number
  /** Default: none. Names in lower case. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** Default: empty. */
  readonly body?: string | Uint8Array | undefined
}

/**
 * A redirect to another place, with status 302 or another one.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const redirect = (location: string | URL, status: 301 | 302 | 303 | 307 | 308 = 302): Fault =>
  instead("redirect", () => anyAnswer(status, "", { location: String(location) }))

/**
 * 200 with a body that does not end soon: 10 MB of one token, unless another number of bytes is given.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const hugeBody = (bytes = 10_000_000): Fault => {
  const opening = '{"token_type":"Bearer","expires_in":"3599","access_token":"'
  const body = new TextEncoder().encode(opening.padEnd(bytes, "A"))
  return instead("hugeBody", () => anyAnswer(200, body, { "content-type": "application/json" }))
}

/**
 * No answer, ever; the connection stays open.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const hang: Fault = { name: "hang", play: () => Effect.never }

/**
 * Headers and half of the body that was due, and then nothing more; the connection stays open.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const hangMidBody: Fault = changed("hangMidBody", (due) =>
  withDelivery(due, { _tag: "StuckAfter", bytes: Math.floor(due.body.length / 2) })
)

/**
 * The answer that was due, after this long.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const slow = (delay: Duration.DurationInput): Fault => ({
  name: "slow",
  play: ({ clock, due }) => Effect.zipRight(clock.sleep(Duration.decode(delay)), due)
})

/**
 * The answer that was due: the headers at once, the body in small pieces with a pause before each.
 *
 * @example
 * ```ts
 * import { Fault } from "effect-vipps-token/testing"
 *
 * const drip = Fault.drip({ pause: "1 second", bytes: 16 })
 * ```
 *
 * @since 0.1.0
 * @category deliveries
 */
export const drip = (options: DripOptions): Fault =>
  changed("drip", (due) =>
    withDelivery(due, {
      _tag: "Dripping",
      bytes: Math.max(1, Math.floor(options.bytes ?? 1)),
      pause: Duration.decode(options.pause)
    })
  )

/**
 * How fast a body drips.
 *
 * @since 0.1.0
 * @category models
 */
export interface DripOptions {
  /** The pause before each piece. */
  readonly pause: Duration.DurationInput
  /** The size of a piece, in bytes. Default: 1. */
  readonly bytes?: number | undefined
}

/**
 * The connection is closed instead of an answer.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const cutConnection: Fault = { name: "cutConnection", play: () => Effect.fail(new ConnectionCut()) }

/**
 * The connection is closed in the middle of the body that was due.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const cutMidBody: Fault = changed("cutMidBody", (due) =>
  withDelivery(due, { _tag: "CutAfter", bytes: Math.floor(due.body.length / 2) })
)
