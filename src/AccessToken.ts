/**
 * What a token is: the secret itself, which flow it came from, and how long it works.
 *
 * @since 0.1.0
 */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { longestLifetimeMillis } from "./core/grant.js"
import type { FlowName } from "./core/tokenRequest.js"

/**
 * An access token for the Vipps MobilePay APIs. Immutable; equality is by value. Printing, logging or serialising it
 * shows everything but the token itself.
 *
 * The token is opaque: its contents are undocumented and never looked at. Its lifetime is what the endpoint said.
 *
 * @example
 * ```ts
 * import { DateTime, Redacted } from "effect"
 * import { AccessToken } from "effect-vipps-token"
 *
 * const token = AccessToken.make({
 *   value: Redacted.make("eyJ0eXAiOiJKV1Qi.payload.signature"),
 *   flow: "standard",
 *   issuedAt: DateTime.unsafeMake("2026-01-01T12:00:00Z"),
 *   expiresIn: "1 hour"
 * })
 *
 * console.log(DateTime.formatIso(token.expiresAt)) // 2026-01-01T13:00:00.000Z
 * console.log(String(token.value)) // <redacted>
 * ```
 *
 * @since 0.1.0
 * @category models
 */
export class AccessToken extends Inspectable.Class implements Equal.Equal {
  readonly #value: string
  readonly #issuedAtMillis: number
  readonly #lifetimeMillis: number
  #authorization: Redacted.Redacted<string> | undefined
  /**
   * Which flow it came from.
   *
   * @since 0.1.0
   */
  readonly flow: FlowName
  /**
   * What it may be used for, where the endpoint says so.
   *
   * @since 0.1.0
   */
  readonly scope: Option.Option<string>

  private constructor(
    value: string,
    flow: FlowName,
    issuedAtMillis: number,
    lifetimeMillis: number,
    scope: Option.Option<string>
  ) {
    super()
    this.#value = value
    this.#issuedAtMillis = issuedAtMillis
    this.#lifetimeMillis = lifetimeMillis
    this.flow = flow
    this.scope = scope
  }

  /**
   * The token as it is, for tests and for flows of your own; the library's flows make theirs from an answer of Vipps.
   *
   * `issuedAt` is when the request for the token was sent; `expiresIn` counts from there.
   *
   * @since 0.1.0
   */
  static make(options: AccessTokenOptions): AccessToken {
    return new AccessToken(
      Redacted.value(options.value),
      options.flow,
      options.issuedAt.epochMillis,
      Math.min(Duration.toMillis(options.expiresIn), longestLifetimeMillis),
      Option.fromNullable(options.scope)
    )
  }

  /**
   * Whether a value is an `AccessToken`.
   *
   * @since 0.1.0
   */
  static isAccessToken(value: unknown): value is AccessToken {
    return value instanceof AccessToken
  }

  /**
   * How long the token still works; zero once it has expired.
   *
   * @since 0.1.0
   */
  static timeToLive(token: AccessToken): Effect.Effect<Duration.Duration> {
    return Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(Math.max(0, token.expiresAt.epochMillis - now)))
  }

  /**
   * Whether the token has expired by the clock of the running fiber.
   *
   * @since 0.1.0
   */
  static isExpired(token: AccessToken): Effect.Effect<boolean> {
    return Effect.map(Clock.currentTimeMillis, (now) => now >= token.expiresAt.epochMillis)
  }

  /**
   * The token itself: a JWT of about 1,200 characters, or more.
   *
   * @since 0.1.0
   */
  get value(): Redacted.Redacted<string> {
    return Redacted.make(this.#value)
  }

  /**
   * What goes into the `Authorization` header: `Bearer`, a space, the token. Made once, with its first use.
   *
   * @since 0.1.0
   */
  get authorization(): Redacted.Redacted<string> {
    this.#authorization ??= Redacted.make(`Bearer ${this.#value}`)
    return this.#authorization
  }

  /**
   * Always `Bearer`.
   *
   * @since 0.1.0
   */
  get tokenType(): "Bearer" {
    return "Bearer"
  }

  /**
   * When the request for it was sent, by the local clock.
   *
   * @since 0.1.0
   */
  get issuedAt(): DateTime.Utc {
    return DateTime.unsafeMake(this.#issuedAtMillis)
  }

  /**
   * From when on it does not work any more: `issuedAt` and the lifetime that the endpoint gave it.
   *
   * @since 0.1.0
   */
  get expiresAt(): DateTime.Utc {
    return DateTime.unsafeMake(this.#issuedAtMillis + this.#lifetimeMillis)
  }

  /**
   * Two tokens are equal if all that they hold is.
   *
   * @since 0.1.0
   */
  [Equal.symbol](that: unknown): boolean {
    return (
      that instanceof AccessToken &&
      this.#value === that.#value &&
      this.#issuedAtMillis === that.#issuedAtMillis &&
      this.#lifetimeMillis === that.#lifetimeMillis &&
      this.flow === that.flow &&
      Equal.equals(this.scope, that.scope)
    )
  }

  /**
   * The hash that goes with equality by value.
   *
   * @since 0.1.0
   */
  [Hash.symbol](): number {
    return Hash.string(this.#value)
  }

  /**
   * What is printed, logged and serialised: never the token.
   *
   * @since 0.1.0
   */
  toJSON(): unknown {
    return {
      _id: "AccessToken",
      value: "<redacted>",
      flow: this.flow,
      issuedAt: DateTime.formatIso(this.issuedAt),
      expiresAt: DateTime.formatIso(this.expiresAt),
      scope: Option.getOrUndefined(this.scope)
    }
  }
}

/**
 * What an `AccessToken` is made of.
 *
 * @see {@link AccessToken} for an example
 *
 * @since 0.1.0
 * @category models
 */
export interface AccessTokenOptions {
  /** The token itself. */
  readonly value: Redacted.Redacted<string>
  /** Which flow it came from. */
  readonly flow: FlowName
  /** When the request for it was sent. */
  readonly issuedAt: DateTime.Utc
  /** Its whole lifetime, from `issuedAt` on; at most 365 days. */
  readonly expiresIn: Duration.DurationInput
  /** What it may be used for, where that is limited. */
  readonly scope?: string | undefined
}
