/**
 * Which keys the emulator accepts: those it was made with, and those that a test adds or takes away.
 */
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { FlowName } from "../../../core/tokenRequest.js"
import type { SpecializedCredentials } from "../../../specialized/SpecializedCredentials.js"
import type { StandardCredentials } from "../../../standard/StandardCredentials.js"

export type AnyCredentials = StandardCredentials | SpecializedCredentials

/** Whose payments a client may see: those of its own sales unit, or those of the merchants that a partner has. */
type SalesUnits =
  | { readonly _tag: "Own"; readonly salesUnit: string }
  | { readonly _tag: "Linked"; readonly merchants: ReadonlySet<string> }

export class AcceptedKeys {
  readonly #secrets: Record<FlowName, Map<string, string>> = { standard: new Map(), specialized: new Map() }
  readonly #subscriptionKeys = new Set<string>()
  readonly #salesUnits = new Map<string, SalesUnits>()

  /** A client id has one secret: the new one takes the old one's place (docs/vipps-access-token.md §7). */
  accept(credentials: AnyCredentials): void {
    const clientId = plainText(credentials.clientId)
    if ("subscriptionKey" in credentials) {
      this.#subscriptionKeys.add(plainText(credentials.subscriptionKey))
      const salesUnit = Option.getOrElse(credentials.merchantSerialNumber, () => clientId)
      this.#salesUnits.set(clientId, { _tag: "Own", salesUnit })
    }
    this.#secrets[flowOf(credentials)].set(clientId, plainText(credentials.clientSecret))
  }

  /** Keys that act for these merchants alone, and for one of them at a time (docs/vipps-access-token.md §7). */
  acceptPartner(credentials: StandardCredentials, merchants: ReadonlyArray<string>): void {
    this.accept(credentials)
    this.#salesUnits.set(plainText(credentials.clientId), { _tag: "Linked", merchants: new Set(merchants) })
  }

  refuse(credentials: AnyCredentials): void {
    if ("subscriptionKey" in credentials) this.#subscriptionKeys.delete(plainText(credentials.subscriptionKey))
    this.#secrets[flowOf(credentials)].delete(plainText(credentials.clientId))
  }

  hasSubscriptionKey(key: string): boolean {
    return this.#subscriptionKeys.has(key)
  }

  /**
   * The sales unit that a client acts for when it names this merchant; nothing if it has no right to. What a name other
   * than their own does to a sales unit's keys is told in three ways (docs/vipps-access-token.md §3.2, §8): here, nothing.
   */
  salesUnitOf(clientId: string, named: string | undefined): string | undefined {
    const units = this.#salesUnits.get(clientId)
    if (units?._tag === "Own") return units.salesUnit
    return named !== undefined && units?.merchants.has(named) ? named : undefined
  }

  secretOf(flow: FlowName, clientId: string): string | undefined {
    return this.#secrets[flow].get(clientId)
  }
}

const flowOf = (credentials: AnyCredentials): FlowName =>
  "subscriptionKey" in credentials ? "standard" : "specialized"

/** The text inside, redacted or not. */
export const plainText = (text: string | Redacted.Redacted<string>): string =>
  Redacted.isRedacted(text) ? Redacted.value(text) : text
