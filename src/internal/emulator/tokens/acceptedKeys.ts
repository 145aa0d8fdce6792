/** The accepted keys: the emulator's own, and those that tests add or remove. */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import type { FlowName } from "../../../core/tokenRequest.js"
import type { SpecializedCredentials } from "../../../specialized/SpecializedCredentials.js"
import type { StandardCredentials } from "../../../standard/StandardCredentials.js"

export type AnyCredentials = StandardCredentials | SpecializedCredentials

/** The payments a client may see: its own, or those of the merchants linked to a partner. */
type SalesUnits =
  | { readonly _tag: "Own"; readonly salesUnit: string }
  | { readonly _tag: "Linked"; readonly merchants: ReadonlySet<string> }

/** Accepted keys, in clear text. */
export interface KeySet {
  readonly flow: FlowName
  readonly clientId: string
  readonly secret: string
  readonly subscriptionKey: string | undefined
  readonly merchantSerialNumber: string | undefined
  /** The merchants that a partner acts for. */
  readonly merchants: ReadonlyArray<string> | undefined
}

export class AcceptedKeys {
  /** Accepts and remembers any key that is not blank. */
  acceptsAny = false
  readonly #keySets: Record<FlowName, Map<string, KeySet>> = { standard: new Map(), specialized: new Map() }
  /** The client ids that each subscription key was accepted with. */
  readonly #subscriptionKeys = new Map<string, Set<string>>()
  /** Kept when keys are refused, because their tokens keep working. */
  readonly #salesUnits = new Map<string, SalesUnits>()

  /** Accepts keys. A client id has one secret, so a new one replaces the old one (docs/vipps-access-token.md §7). */
  accept(credentials: AnyCredentials): void {
    this.#accept(keySetOf(credentials))
  }

  /** Accepts keys that act for these merchants only, one at a time (docs/vipps-access-token.md §7). */
  acceptPartner(credentials: StandardCredentials, merchants: ReadonlyArray<string>): void {
    this.#accept({ ...keySetOf(credentials), merchants })
  }

  refuse(credentials: AnyCredentials): void {
    const { clientId, flow, subscriptionKey } = keySetOf(credentials)
    if (subscriptionKey !== undefined) this.#subscriptionKeys.delete(subscriptionKey)
    this.#keySets[flow].delete(clientId)
  }

  /** Refuses a client id, and its subscription key unless another client shares it. Returns whether it was accepted. */
  refuseClient(clientId: string): boolean {
    const refused = this.all().filter((keys) => keys.clientId === clientId)
    for (const { flow } of refused) this.#keySets[flow].delete(clientId)
    for (const { subscriptionKey = "" } of refused) {
      const owners = this.#subscriptionKeys.get(subscriptionKey)
      owners?.delete(clientId)
      if (owners?.size === 0) this.#subscriptionKeys.delete(subscriptionKey)
    }
    return refused.length > 0
  }

  /** Forgets all keys. */
  clear(): void {
    for (const keySets of Object.values(this.#keySets)) keySets.clear()
    this.#subscriptionKeys.clear()
    this.#salesUnits.clear()
  }

  all(): ReadonlyArray<KeySet> {
    return [...this.#keySets.standard.values(), ...this.#keySets.specialized.values()]
  }

  hasSubscriptionKey(key: string): boolean {
    return this.acceptsAny || this.#subscriptionKeys.has(key)
  }

  /**
   * The sales unit that a client acts for when it names this merchant; undefined without the right to. Sources disagree
   * on what naming another merchant does with a sales unit's keys (docs/vipps-access-token.md §3.2, §8): here, nothing.
   */
  salesUnitOf(clientId: string, named: string | undefined): string | undefined {
    const units = this.#salesUnits.get(clientId)
    if (units?._tag === "Own") return units.salesUnit
    return named !== undefined && units?.merchants.has(named) ? named : undefined
  }

  /** The keys that a subscription key was accepted with. */
  ownersOf(subscriptionKey: string): ReadonlyArray<KeySet> {
    return [...(this.#subscriptionKeys.get(subscriptionKey) ?? [])].flatMap(
      (clientId) => this.#keySets.standard.get(clientId) ?? []
    )
  }

  /** Whether a subscription key is known to belong to other sales units than a client's. Rotated keys are no others. */
  isForeignSubscriptionKey(clientId: string, key: string): boolean {
    const owners = this.ownersOf(key)
    if (owners.length === 0 || this.#keySets.standard.get(clientId)?.subscriptionKey === undefined) return false
    const unitOf = (client: string) => this.salesUnitOf(client, undefined) ?? client
    return owners.every((owner) => unitOf(owner.clientId) !== unitOf(clientId))
  }

  /** Whether a merchant serial number is known to be another than that of a client's only sales unit. */
  isForeignMerchant(clientId: string, named: string): boolean {
    const own = this.#keySets.standard.get(clientId)
    if (own?.merchantSerialNumber === undefined || own.merchants !== undefined) return false
    return own.merchantSerialNumber !== named
  }

  /** Checks the secret of a client. */
  check(flow: FlowName, clientId: string, secret: string): "right" | "wrong" | "unknown" {
    const known = this.#keySets[flow].get(clientId)
    if (this.acceptsAny && secret !== "" && known?.secret !== secret) {
      this.#accept({
        subscriptionKey: undefined,
        merchantSerialNumber: undefined,
        merchants: undefined,
        ...known,
        flow,
        clientId,
        secret
      })
      return "right"
    }
    if (known === undefined) return "unknown"
    return known.secret === secret ? "right" : "wrong"
  }

  #accept(keys: KeySet): void {
    this.#keySets[keys.flow].set(keys.clientId, keys)
    if (keys.flow === "specialized") return
    if (keys.subscriptionKey !== undefined) {
      const owners = this.#subscriptionKeys.get(keys.subscriptionKey) ?? new Set()
      this.#subscriptionKeys.set(keys.subscriptionKey, owners.add(keys.clientId))
    }
    this.#salesUnits.set(
      keys.clientId,
      keys.merchants === undefined
        ? { _tag: "Own", salesUnit: keys.merchantSerialNumber ?? keys.clientId }
        : { _tag: "Linked", merchants: new Set(keys.merchants) }
    )
  }
}

const keySetOf = (credentials: AnyCredentials): KeySet => {
  const isStandard = Predicate.hasProperty(credentials, "subscriptionKey")
  return {
    flow: isStandard ? "standard" : "specialized",
    clientId: plainText(credentials.clientId),
    secret: plainText(credentials.clientSecret),
    subscriptionKey: isStandard ? plainText(credentials.subscriptionKey) : undefined,
    merchantSerialNumber: isStandard ? Option.getOrUndefined(credentials.merchantSerialNumber) : undefined,
    merchants: undefined
  }
}

/** The plain text of a value that may be redacted. */
export const plainText = (text: string | Redacted.Redacted<string>): string =>
  Redacted.isRedacted(text) ? Redacted.value(text) : text
