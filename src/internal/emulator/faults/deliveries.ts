/**
 * Faults in the delivery of an answer. Pauses use the emulator's clock, so `TestClock` drives them.
 * Source: docs/vipps-access-token.md §10.6.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { answer as anyAnswer, ConnectionCut, withDelivery } from "../wire/exchange.js"
import { changed, type Fault, instead } from "./fault.js"

/**
 * Any answer of your own, for cases without a named fault.
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
 * Options of `Fault.answer`.
 *
 * @since 0.1.0
 * @category models
 */
export interface AnswerOptions {
  /** The HTTP status. */
  readonly status: number
  /** The headers, by lower-case name. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined
  /** The body. Default: empty. */
  readonly body?: string | Uint8Array | undefined
}

/**
 * A redirect to another URL, with status 302 by default.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const redirect = (location: string | URL, status: 301 | 302 | 303 | 307 | 308 = 302): Fault =>
  instead("redirect", () => anyAnswer(status, "", { location: String(location) }))

/**
 * 200 with a huge body: one token of 10 MB, or as many bytes as given.
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
 * No answer at all. The connection stays open.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const hang: Fault = { name: "hang", play: () => Effect.never }

/**
 * The headers and half of the body, then nothing more. The connection stays open.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const hangMidBody: Fault = changed("hangMidBody", (due) =>
  withDelivery(due, { _tag: "StuckAfter", bytes: Math.floor(due.body.length / 2) })
)

/**
 * The regular answer, after a delay.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const slow = (delay: Duration.DurationInput): Fault => ({
  name: "slow",
  play: ({ clock, due }) => Effect.zipRight(clock.sleep(Duration.decode(delay)), due)
})

/**
 * The regular answer, with its body in small pieces and a pause before each.
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
 * Options of `Fault.drip`.
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
 * A connection that closes without an answer.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const cutConnection: Fault = { name: "cutConnection", play: () => Effect.fail(new ConnectionCut()) }

/**
 * A connection that closes in the middle of the body.
 *
 * @since 0.1.0
 * @category deliveries
 */
export const cutMidBody: Fault = changed("cutMidBody", (due) =>
  withDelivery(due, { _tag: "CutAfter", bytes: Math.floor(due.body.length / 2) })
)
