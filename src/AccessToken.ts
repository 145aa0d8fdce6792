/** Access tokens: the secret itself, its flow and its lifetime. */
import * as Clock from "effect/Clock"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { longestLifetimeMillis, tokenTextRule } from "./core/grant.js"
import { scopeRule } from "./core/keyRules.js"
import { secretSearch } from "./core/secretSearch.js"
import type { FlowName } from "./core/tokenRequest.js"
import { readDuration } from "./internal/effect/readDuration.js"

/** Marks a token of any copy of this package: they are handed from one to the other in one process (F47). */
const TypeId: unique symbol = Symbol.for("effect-vipps-token/AccessToken")

/** The end of dates: 13 September 275760. */
const lastMillis = 8.64e15

/**
 * A malformed part of an access token. Names the part and the rule that it breaks, never a value.
 *
 * @see {@link AccessToken} for an example
 * @since 0.1.0
 * @category errors
 */
export class AccessTokenError extends Schema.TaggedError<AccessTokenError>("effect-vipps-token/AccessTokenError")(
  "AccessTokenError",
  {
    /** The option of `AccessToken.make`, such as `value`. */
    setting: Schema.String,
    /** The rule that it breaks. */
    rule: Schema.String
  }
) {
  override readonly message: string = `${this.setting} ${this.rule}`
}

/**
 * An access token for the Vipps MobilePay APIs. Immutable; equality is by value. Printing, logging or serialising it
 * shows everything but the token itself.
 *
 * The token is opaque: its contents are undocumented and never looked at. The endpoint sets its lifetime.
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
  #authorization: string | undefined
  /** The flow that it came from. */
  readonly flow: FlowName
  /** The scope of the token, if the endpoint names one. */
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
   * Makes a token from its parts, for tests and for flows of your own; the library's flows make theirs from an answer
   * of Vipps. Throws an `AccessTokenError` if a part is malformed.
   *
   * `issuedAt` is when the request for the token was sent; `expiresIn` counts from there.
   */
  static make(options: AccessTokenOptions): AccessToken {
    const value = Redacted.isRedacted(options.value) ? Redacted.value(options.value) : undefined
    const lifetimeMillis = Math.min(lifetimeOf(options.expiresIn), longestLifetimeMillis)
    const issuedAtMillis = DateTime.isDateTime(options.issuedAt) ? Math.trunc(options.issuedAt.epochMillis) : Number.NaN
    if (typeof value !== "string") throw broken("value", "must be a redacted string")
    const rule = tokenTextRule(value)
    if (rule !== undefined) throw broken("value", rule)
    if (!(lifetimeMillis >= 0)) throw broken("expiresIn", "must be a duration of zero or more")
    if (!(issuedAtMillis >= -lastMillis && issuedAtMillis + lifetimeMillis <= lastMillis)) {
      throw broken("issuedAt", "must be a date, with an expiry before the end of dates in the year 275760")
    }
    if (options.flow !== "standard" && options.flow !== "specialized") {
      throw broken("flow", "must be standard or specialized")
    }
    const scope = Option.fromNullable(options.scope)
    const scopeProblem = Option.getOrUndefined(Option.map(scope, (scope) => problemOfScope(scope, value)))
    if (scopeProblem !== undefined) throw broken("scope", scopeProblem)
    return new AccessToken(value, options.flow, issuedAtMillis, lifetimeMillis, scope)
  }

  /** Checks whether a value is an `AccessToken`, of this copy of the package or another one. */
  static isAccessToken(value: unknown): value is AccessToken {
    return Predicate.hasProperty(value, TypeId)
  }

  /** The time for which the token still works; zero once it has expired. */
  static timeToLive(token: AccessToken): Effect.Effect<Duration.Duration> {
    return Effect.map(Clock.currentTimeMillis, (now) => Duration.millis(Math.max(0, token.expiresAt.epochMillis - now)))
  }

  /** Checks whether the token has expired by the clock of the running fiber. */
  static isExpired(token: AccessToken): Effect.Effect<boolean> {
    return Effect.map(Clock.currentTimeMillis, (now) => now >= token.expiresAt.epochMillis)
  }

  /** The token itself: a JWT of about 1,200 characters, or more. */
  get value(): Redacted.Redacted<string> {
    return Redacted.make(this.#value)
  }

  /** The value of the `Authorization` header: `Bearer`, a space, the token. */
  get authorization(): Redacted.Redacted<string> {
    this.#authorization ??= `Bearer ${this.#value}`
    return Redacted.make(this.#authorization)
  }

  /** The type of the token: always `Bearer`. */
  get tokenType(): "Bearer" {
    return "Bearer"
  }

  /** The time at which the request for it was sent, by the local clock. */
  get issuedAt(): DateTime.Utc {
    return DateTime.unsafeMake(this.#issuedAtMillis)
  }

  /** The end of its life: `issuedAt` and the lifetime that the endpoint granted. */
  get expiresAt(): DateTime.Utc {
    return DateTime.unsafeMake(this.#issuedAtMillis + this.#lifetimeMillis)
  }

  /** @internal */
  get [TypeId](): true {
    return true
  }

  /** Compares two tokens by value, flow, times and scope. */
  [Equal.symbol](that: unknown): boolean {
    return (
      AccessToken.isAccessToken(that) &&
      this.#value === Redacted.value(that.value) &&
      this.#issuedAtMillis === that.issuedAt.epochMillis &&
      this.expiresAt.epochMillis === that.expiresAt.epochMillis &&
      this.flow === that.flow &&
      Equal.equals(this.scope, that.scope)
    )
  }

  /** The hash that goes with equality by value. */
  [Hash.symbol](): number {
    return Hash.string(this.#value)
  }

  /** The token as loggers and serialisers show it: without its value. */
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

const broken = (setting: string, rule: string): AccessTokenError => new AccessTokenError({ setting, rule })

/** A scope is printed with the token, so it must not contain it. */
const problemOfScope = (scope: unknown, value: string): string | undefined =>
  !Predicate.isString(scope)
    ? "must be a string"
    : secretSearch([value])(scope)
      ? "must not contain the token"
      : scopeRule(scope)

/** Milliseconds, or NaN if it is not a duration. */
const lifetimeOf = (expiresIn: Duration.DurationInput): number =>
  Option.match(readDuration(expiresIn), { onNone: () => Number.NaN, onSome: Duration.toMillis })

/**
 * Options of `AccessToken.make`.
 *
 * @see {@link AccessToken} for an example
 * @since 0.1.0
 * @category models
 */
export interface AccessTokenOptions {
  /** The token itself: visible ASCII of at most 16,384 characters. */
  readonly value: Redacted.Redacted<string>
  /** The flow that it came from. */
  readonly flow: FlowName
  /** The time at which the request for it was sent. */
  readonly issuedAt: DateTime.Utc
  /** Its whole lifetime, from `issuedAt` on: zero or more, and cut at 365 days. */
  readonly expiresIn: Duration.DurationInput
  /** The scope of the token, if it is limited: scope names separated by single spaces. */
  readonly scope?: string | undefined
}
