/**
 * The tokens that the emulator has issued: every call makes a new one, the earlier ones stay valid until they expire or
 * are revoked (docs/vipps-access-token.md §1.3).
 */
import * as Duration from "effect/Duration"
import type { FlowName } from "../../../core/tokenRequest.js"
import { lastPart, makeToken, randomPart } from "./jsonWebToken.js"

/** A token as it was granted. */
export interface IssuedToken {
  readonly value: string
  readonly flow: FlowName
  readonly expiresAtMillis: number
}

/** A token without its text, which is made again when it is needed: a platform with 100,000 merchants has as many. */
export interface KnownToken {
  /** A number of its own, in the order of issue. */
  readonly serial: number
  readonly flow: FlowName
  readonly clientId: string
  readonly issuedAtMillis: number
  readonly expiresAtMillis: number
  /** Set where it was ended before its time. */
  readonly ended?: { readonly as: "expired" | "revoked"; readonly atMillis: number }
}

/** Whether APIs accept a token, and if not, why. */
export type TokenState = "live" | "expired" | "revoked"

/** One hour is that of the test environment (docs/vipps-access-token.md §1.3, §2). */
const defaultLifetimes: Record<FlowName, Duration.Duration> = {
  standard: Duration.hours(1),
  specialized: Duration.minutes(15)
}

export class IssuedTokens {
  /** By the third part, as a text of its own: a slice would keep all of the token in memory. */
  readonly #known = new Map<string, KnownToken>()
  /** The third part of each client's last token. */
  readonly #latest = new Map<string, string>()
  #lifetimes = { ...defaultLifetimes }
  #count = 0
  #sweepAt = 1024

  get lifetimes(): Readonly<Record<FlowName, Duration.Duration>> {
    return this.#lifetimes
  }

  setLifetime(flow: FlowName, lifetime: Duration.DurationInput): void {
    this.#lifetimes[flow] = Duration.decode(lifetime)
  }

  issue(flow: FlowName, clientId: string, nowMillis: number): IssuedToken {
    this.#sweep(nowMillis)
    const expiresAtMillis = nowMillis + Duration.toMillis(this.#lifetimes[flow])
    const token = { serial: this.#count++, flow, clientId, issuedAtMillis: nowMillis, expiresAtMillis }
    const thirdPart = randomPart()
    this.#known.set(thirdPart, token)
    this.#latest.set(`${flow} ${clientId}`, thirdPart)
    return { value: textOf(token, thirdPart), flow, expiresAtMillis }
  }

  /** The client's last token once more; a new one if it has had none that is still known. */
  repeat(flow: FlowName, clientId: string, nowMillis: number): IssuedToken {
    const thirdPart = this.#latest.get(`${flow} ${clientId}`) ?? ""
    const token = this.#known.get(thirdPart)
    return token === undefined
      ? this.issue(flow, clientId, nowMillis)
      : { value: textOf(token, thirdPart), flow, expiresAtMillis: token.expiresAtMillis }
  }

  /** The token of this text, whatever has become of it. One that was tampered with is unknown. */
  find(value: string): KnownToken | undefined {
    const thirdPart = lastPart(value)
    const token = this.#known.get(thirdPart)
    return token !== undefined && textOf(token, thirdPart) === value ? token : undefined
  }

  /** The token of this text, if APIs accept it now. */
  accepted(value: string, nowMillis: number): KnownToken | undefined {
    const token = this.find(value)
    return token !== undefined && tokenState(token, nowMillis) === "live" ? token : undefined
  }

  /** Revokes the token of this text, or of this third part. */
  revoke(value: string, nowMillis: number): void {
    const thirdPart = lastPart(value)
    const token = this.#known.get(thirdPart)
    if (token !== undefined) this.#known.set(thirdPart, { ...token, ended: { as: "revoked", atMillis: nowMillis } })
  }

  /** Ends the live tokens that are chosen, and counts them. */
  end(as: "expired" | "revoked", nowMillis: number, which: (token: KnownToken) => boolean = () => true): number {
    let count = 0
    for (const [thirdPart, token] of this.#known) {
      if (tokenState(token, nowMillis) !== "live" || !which(token)) continue
      this.#known.set(thirdPart, { ...token, ended: { as, atMillis: nowMillis } })
      count += 1
    }
    return count
  }

  /** The tokens that are still known, oldest first: those that have ended are forgotten after a while. */
  all(): ReadonlyArray<KnownToken> {
    return [...this.#known.values()]
  }

  /** Forgets all tokens, so that no API accepts one, and sets the lifetimes back. */
  reset(): void {
    this.#known.clear()
    this.#latest.clear()
    this.#lifetimes = { ...defaultLifetimes }
  }

  /** Expired tokens are dropped when the number of tokens has doubled: each costs a constant share. */
  #sweep(nowMillis: number): void {
    if (this.#known.size < this.#sweepAt) return
    for (const [thirdPart, token] of this.#known) {
      if (token.expiresAtMillis <= nowMillis) this.#known.delete(thirdPart)
    }
    this.#sweepAt = Math.max(1024, this.#known.size * 2)
  }
}

export const tokenState = (token: KnownToken, nowMillis: number): TokenState => {
  if (token.ended !== undefined) return token.ended.as
  return nowMillis < token.expiresAtMillis ? "live" : "expired"
}

const textOf = (token: KnownToken, thirdPart: string): string =>
  makeToken(
    {
      clientId: token.clientId,
      flow: token.flow,
      id: token.serial.toString(36).padStart(22, "0"),
      issuedAtSeconds: Math.floor(token.issuedAtMillis / 1000) - notBeforeSeconds,
      expiresAtSeconds: Math.floor(token.expiresAtMillis / 1000)
    },
    thirdPart
  )

/** Tokens say that they work from five minutes before they were issued (docs/vipps-access-token.md §1.2). */
export const notBeforeSeconds = 300
