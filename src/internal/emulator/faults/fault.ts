/** The definition of a fault, and ways to make one. */
import type * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { FlowName } from "../../../core/tokenRequest.js"
import type { Occasion } from "../tokens/refusals.js"
import { type Answer, type ConnectionCut, type EmulatorRequest, withHeaders } from "../wire/exchange.js"

/**
 * One way in which an answer fails, for `VippsEmulator.fault`.
 *
 * Most faults replace the answer, whatever the request was. Faults in grants (`grant`, `expiresIn`, `sameToken`, …) and
 * in their delivery (`slow`, `drip`, …) change the regular answer.
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
  /** The name, as in `Fault.htmlBadGateway`. */
  readonly name: string
  /** Produces the answer to one exchange. Use `Fault.answer` for faults of your own. */
  readonly play: (exchange: FaultyExchange) => Effect.Effect<Answer, ConnectionCut>
}

/** The exchange that a fault changes. */
export interface FaultyExchange {
  readonly request: EmulatorRequest
  /** The flow of the token endpoint; undefined for an API. */
  readonly flow: FlowName | undefined
  readonly occasion: Occasion
  readonly clock: Clock.Clock
  /** The regular answer. A grant issues its token when this runs. */
  readonly due: Effect.Effect<Answer>
  /** The client's last grant again, or the regular answer if there was none. */
  readonly again: Effect.Effect<Answer>
  readonly revoke: (token: string) => void
}

/** Replaces the regular answer. */
export const instead = (name: string, wrong: (exchange: FaultyExchange) => Answer): Fault => ({
  name,
  play: (exchange) => Effect.sync(() => wrong(exchange))
})

/** Changes the regular answer. */
export const changed = (name: string, change: (due: Answer, exchange: FaultyExchange) => Answer): Fault => ({
  name,
  play: (exchange) => Effect.map(exchange.due, (due) => change(due, exchange))
})

/** Changes the fields of a grant. Refusals stay as they are. */
export const changedGrant = (name: string, change: (fields: Fields, exchange: FaultyExchange) => Fields): Fault =>
  changed(name, (due, exchange) =>
    due.status === 200
      ? { ...due, body: utf8.encode(JSON.stringify(change(decodeFields(asText(due)), exchange))) }
      : due
  )

/** The fields of a JSON object. Those that are `undefined` are left out of the JSON. */
export type Fields = { readonly [name: string]: unknown }

const decodeFields: (text: string) => Fields = Schema.decodeSync(
  Schema.parseJson(Schema.Record({ key: Schema.String, value: Schema.Unknown }))
)

const utf8 = new TextEncoder()

export const asText = (self: Answer): string => new TextDecoder().decode(self.body)

/** Adds the header if it has a value. */
export const withOptionalHeader = (self: Answer, name: string, value: string | undefined): Answer =>
  value === undefined ? self : withHeaders(self, { [name]: value })
