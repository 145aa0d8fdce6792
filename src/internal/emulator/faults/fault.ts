/**
 * What a fault is: a name, and what it does with one exchange.
 */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { FlowName } from "../../../core/tokenRequest.js"
import type { Occasion } from "../tokens/refusals.js"
import { type Answer, type ConnectionCut, type EmulatorRequest, withHeaders } from "../wire/exchange.js"

/**
 * One way in which an answer goes wrong, for `VippsEmulator.fault`.
 *
 * Most take the place of the answer, whatever the request was. Those about a grant (`grant`, `expiresIn`, `sameToken`,
 * …) and those about its delivery (`slow`, `drip`, …) change the answer that was due.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Fault, VippsEmulator } from "effect-vipps-token/testing"
 *
 * const program = Effect.gen(function* () {
 *   const emulator = yield* VippsEmulator
 *   yield* emulator.fault(Fault.htmlBadGateway)
 *   yield* emulator.fault(Fault.rateLimited({ retryAfter: "7 seconds" }), 2)
 *   yield* emulator.fault(Fault.hang, Number.POSITIVE_INFINITY)
 * })
 *
 * Effect.runPromise(program.pipe(Effect.provide(VippsEmulator.layer)))
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export interface Fault {
  /** Its name, as in `Fault.htmlBadGateway`. */
  readonly name: string
  /** What it does with one exchange. Make faults of your own with `Fault.answer`. */
  readonly play: (exchange: FaultyExchange) => Effect.Effect<Answer, ConnectionCut>
}

/** The exchange that a fault gets hold of. */
export interface FaultyExchange {
  readonly request: EmulatorRequest
  /** Whose token endpoint was asked; nothing for an API. */
  readonly flow: FlowName | undefined
  readonly occasion: Occasion
  readonly clock: Clock.Clock
  /** The answer that was due: a grant issues its token when this is run. */
  readonly due: Effect.Effect<Answer>
  /** The flow's last grant once more, or the answer that was due if there was none. */
  readonly again: Effect.Effect<Answer>
  readonly revoke: (token: string) => void
}

/** This answer instead of the one that was due. */
export const instead = (name: string, wrong: (exchange: FaultyExchange) => Answer): Fault => ({
  name,
  play: (exchange) => Effect.sync(() => wrong(exchange))
})

/** The answer that was due, changed. */
export const changed = (name: string, change: (due: Answer, exchange: FaultyExchange) => Answer): Fault => ({
  name,
  play: (exchange) => Effect.map(exchange.due, (due) => change(due, exchange))
})

/** The fields of a grant, changed; refusals pass as they are. */
export const changedGrant = (name: string, change: (fields: Fields, exchange: FaultyExchange) => Fields): Fault =>
  changed(name, (due, exchange) =>
    due.status === 200
      ? { ...due, body: utf8.encode(JSON.stringify(change(decodeFields(asText(due)), exchange))) }
      : due
  )

/** The fields of a JSON object; one that is `undefined` is left out when it is written. */
export type Fields = { readonly [name: string]: unknown }

const decodeFields: (text: string) => Fields = Schema.decodeSync(
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
)

const utf8 = new TextEncoder()

export const asText = (self: Answer): string => new TextDecoder().decode(self.body)

/** The header, or nothing where its value is absent. */
export const withOptionalHeader = (self: Answer, name: string, value: string | undefined): Answer =>
  value === undefined ? self : withHeaders(self, { [name]: value })
