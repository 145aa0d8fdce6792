/**
 * The tokens that the emulator has issued: every call mints a new one, the earlier ones stay valid until they expire
 * or are revoked (docs/vipps-access-token.md §1.3).
 */
import * as Duration from "effect/Duration"
import * as Encoding from "effect/Encoding"
import type { FlowName } from "../../../core/tokenRequest.js"
import { makeSigner, type SignedToken, type Signer } from "./jsonWebToken.js"

export interface IssuedToken {
  readonly value: string
  readonly flow: FlowName
  readonly expiresAtMillis: number
}

/** Whose token it is. */
export interface TokenOwner {
  readonly flow: FlowName
  readonly clientId: string
}

/** What a client's last token is signed from: to repeat it, it is signed again. */
interface Latest {
  readonly serial: number
  readonly issuedAtMillis: number
  readonly expiresAtMillis: number
}

/** What is kept of a token, by its signature: a platform with 100,000 merchants has as many. */
interface Kept extends TokenOwner {
  readonly expiresAtMillis: number
}

/** One hour is that of the test environment (docs/vipps-access-token.md §1.3, §2). */
const defaultLifetimes: Record<FlowName, Duration.Duration> = {
  standard: Duration.hours(1),
  specialized: Duration.minutes(15)
}

export class IssuedTokens {
  readonly #signer: Signer
  readonly #idPrefix: string
  readonly #kept = new Map<string, Kept>()
  readonly #latest = new Map<string, Latest>()
  readonly #lifetimes = { ...defaultLifetimes }
  #count = 0
  #sweepAt = 1024

  constructor(key: Uint8Array) {
    this.#signer = makeSigner(key)
    this.#idPrefix = Encoding.encodeBase64Url(key.subarray(0, 9))
  }

  setLifetime(flow: FlowName, lifetime: Duration.DurationInput): void {
    this.#lifetimes[flow] = Duration.decode(lifetime)
  }

  issue(flow: FlowName, clientId: string, nowMillis: number): IssuedToken {
    this.#sweep(nowMillis)
    const expiresAtMillis = nowMillis + Duration.toMillis(this.#lifetimes[flow])
    const latest = { serial: this.#count++, issuedAtMillis: nowMillis, expiresAtMillis }
    const { signature, value } = this.#sign(flow, clientId, latest)
    this.#kept.set(signature, { flow, clientId, expiresAtMillis })
    this.#latest.set(`${flow} ${clientId}`, latest)
    return { value, flow, expiresAtMillis }
  }

  /** The client's last token once more; a new one if it has had none. */
  repeat(flow: FlowName, clientId: string, nowMillis: number): IssuedToken {
    const latest = this.#latest.get(`${flow} ${clientId}`)
    return latest === undefined
      ? this.issue(flow, clientId, nowMillis)
      : { value: this.#sign(flow, clientId, latest).value, flow, expiresAtMillis: latest.expiresAtMillis }
  }

  /** Whom a token was issued to, if it works now. */
  accepted(value: string, nowMillis: number): TokenOwner | undefined {
    const kept = this.#kept.get(this.#signer.verify(value) ?? "")
    return kept !== undefined && nowMillis < kept.expiresAtMillis ? kept : undefined
  }

  revoke(value: string): void {
    this.#kept.delete(value.slice(value.lastIndexOf(".") + 1))
  }

  #sign(flow: FlowName, clientId: string, token: Latest): SignedToken {
    return this.#signer.sign({
      clientId,
      flow,
      id: `${this.#idPrefix}${token.serial.toString(36).padStart(10, "0")}`,
      issuedAtSeconds: Math.floor(token.issuedAtMillis / 1000) - notBeforeSeconds,
      expiresAtSeconds: Math.floor(token.expiresAtMillis / 1000)
    })
  }

  /** Expired tokens are dropped when the number of tokens has doubled: each costs a constant share. */
  #sweep(nowMillis: number): void {
    if (this.#kept.size < this.#sweepAt) return
    for (const [signature, kept] of this.#kept) if (kept.expiresAtMillis <= nowMillis) this.#kept.delete(signature)
    this.#sweepAt = Math.max(1024, this.#kept.size * 2)
  }
}

/** Tokens say that they work from five minutes before they were issued (docs/vipps-access-token.md §1.2). */
export const notBeforeSeconds = 300
