/**
 * Issued tokens. Every request gets a new one; earlier ones stay valid until they expire or are revoked
 * (docs/vipps-access-token.md §1.3).
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

/** A token without its text, which can be rebuilt: a platform with 100,000 merchants has as many tokens. */
export interface KnownToken {
  /** A running number, in the order of issue. */
  readonly serial: number
  readonly flow: FlowName
  readonly clientId: string
  readonly issuedAtMillis: number
  readonly expiresAtMillis: number
  /** Set if it ended before its time. */
  readonly ended?: { readonly as: "expired" | "revoked"; readonly atMillis: number }
}

/** The state of a token. APIs accept live ones. */
export type TokenState = "live" | "expired" | "revoked"

/** The lifetimes of the test environment (docs/vipps-access-token.md §1.3, §2). */
const defaultLifetimes: Record<FlowName, Duration.Duration> = {
  standard: Duration.hours(1),
  specialized: Duration.minutes(15)
}

export class IssuedTokens {
  /** Tokens by their third part, as a separate string: a slice would keep the whole token in memory. */
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

  /** Returns the client's last token again, or a new one if none is known. */
  repeat(flow: FlowName, clientId: string, nowMillis: number): IssuedToken {
    const thirdPart = this.#latest.get(`${flow} ${clientId}`) ?? ""
    const token = this.#known.get(thirdPart)
    return token === undefined
      ? this.issue(flow, clientId, nowMillis)
      : { value: textOf(token, thirdPart), flow, expiresAtMillis: token.expiresAtMillis }
  }

  /** Finds a token by its text, in any state. A modified token is unknown. */
  find(value: string): KnownToken | undefined {
    const thirdPart = lastPart(value)
    const token = this.#known.get(thirdPart)
    return token !== undefined && textOf(token, thirdPart) === value ? token : undefined
  }

  /** Finds a live token by its text. */
  accepted(value: string, nowMillis: number): KnownToken | undefined {
    const token = this.find(value)
    return token !== undefined && tokenState(token, nowMillis) === "live" ? token : undefined
  }

  /** Revokes a token by its text or by its third part. */
  revoke(value: string, nowMillis: number): void {
    const thirdPart = lastPart(value)
    const token = this.#known.get(thirdPart)
    if (token !== undefined) this.#known.set(thirdPart, { ...token, ended: { as: "revoked", atMillis: nowMillis } })
  }

  /** Ends matching live tokens, and returns their number. */
  end(as: "expired" | "revoked", nowMillis: number, which: (token: KnownToken) => boolean = () => true): number {
    let count = 0
    for (const [thirdPart, token] of this.#known) {
      if (tokenState(token, nowMillis) !== "live" || !which(token)) continue
      this.#known.set(thirdPart, { ...token, ended: { as, atMillis: nowMillis } })
      count += 1
    }
    return count
  }

  /** The known tokens, oldest first. Expired ones are dropped after a while. */
  all(): ReadonlyArray<KnownToken> {
    return [...this.#known.values()]
  }

  /** Forgets all tokens and restores the default lifetimes. */
  reset(): void {
    this.#known.clear()
    this.#latest.clear()
    this.#lifetimes = { ...defaultLifetimes }
  }

  /** Drops expired tokens whenever the number of tokens has doubled, at amortised constant cost. */
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

/** Tokens are valid from five minutes before their issue (docs/vipps-access-token.md §1.2). */
export const notBeforeSeconds = 300
