/**
 * Errors of a token request, as data: tagged, serialisable with `Schema`, without a secret in any field. Each is a
 * plain value: its `message` comes first in every log, absent fields are left out, and no stack frames are kept.
 */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { findInside } from "./internal/errors/errorSearch.js"
import { asValue } from "./internal/errors/plainError.js"
import {
  adviceOf,
  answer,
  inParentheses,
  keyInWords,
  quoted,
  sentence,
  troubleOf,
  wait
} from "./internal/errors/sentence.js"

/** A field that may be left out when an error is made, and is an `Option` in it. */
const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { as: "Option" }).pipe(Schema.withConstructorDefault(() => Option.none<A>()))

const optionalText = optional(Schema.String)
const optionalWait = optional(Schema.DurationFromMillis)
const tooManyRequests = 429

/** Fields of every error. */
const common = {
  /** The flow of the token. */
  flow: Schema.Literal("standard", "specialized"),
  /** The name of the credentials, as in logs. */
  label: Schema.String,
  /** The earliest time of the library's next attempt, if known: useful for a `Retry-After` header of your own. */
  nextAttemptAt: optional(Schema.DateTimeUtc)
}

/**
 * The token endpoint, or the gateway in front of an API, refuses the keys. Terminal: the same keys will be refused
 * again, and asking often only gets the caller throttled.
 *
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { InvalidCredentials } from "effect-vipps-token"
 *
 * const refused = Effect.fail(
 *   new InvalidCredentials({
 *     flow: "standard",
 *     label: "standard fb492b5e",
 *     key: "subscriptionKey",
 *     status: 401,
 *     hint: "Is it the key of the other environment?"
 *   })
 * )
 *
 * const told = Effect.catchTag(refused, "InvalidCredentials", (error) => Effect.succeed(`look at ${error.key}`))
 *
 * console.log(Effect.runSync(told)) // look at subscriptionKey
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidCredentials extends Schema.TaggedError<InvalidCredentials>("effect-vipps-token/InvalidCredentials")(
  "InvalidCredentials",
  {
    ...common,
    /** The key that is refused, as far as the answer shows it. */
    key: Schema.Literal("clientId", "clientSecret", "subscriptionKey", "unknown"),
    /** The HTTP status of the answer. */
    status: Schema.Int,
    /** The OAuth `error` of the answer. */
    code: optionalText,
    /** The server's own words: one line, at most 300 characters, the caller's keys blanked out. */
    description: optionalText,
    /** The next thing to look at. */
    hint: Schema.String,
    /** The id to name when asking Vipps. */
    traceId: optionalText,
    /** The id to name when asking Vipps. */
    correlationId: optionalText,
    /** The wait that the server asks for, if it does. */
    retryAfter: optionalWait
  }
) {
  override readonly message: string = asValue(
    this,
    sentence(
      this,
      `Vipps refuses ${keyInWords[this.key]} (${answer(this.status, this.code)}).`,
      quoted(this.description),
      wait(this.retryAfter),
      this.hint
    )
  )
}

/**
 * Too many requests: the token endpoint answers 429, or 403 if a quota is used up. Passing.
 *
 * @example
 * ```ts
 * import { Duration, Option } from "effect"
 * import { RateLimited } from "effect-vipps-token"
 *
 * const error = new RateLimited({
 *   flow: "standard",
 *   label: "standard fb492b5e",
 *   retryAfter: Option.some(Duration.seconds(20))
 * })
 *
 * console.log(error.message.includes("20s")) // true
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RateLimited extends Schema.TaggedError<RateLimited>("effect-vipps-token/RateLimited")("RateLimited", {
  ...common,
  /** The HTTP status of the answer: 429, or 403 if a quota is used up. */
  status: Schema.optionalWith(Schema.Int, { default: () => tooManyRequests }).pipe(
    Schema.withConstructorDefault(() => tooManyRequests)
  ),
  /** The wait that the server asks for, if it does. */
  retryAfter: optionalWait
}) {
  override readonly message: string = asValue(
    this,
    sentence(
      this,
      `The token endpoint has had too many requests (HTTP ${this.status}).`,
      wait(this.retryAfter),
      "Share one token between all callers, and ask less often."
    )
  )
}

/**
 * No answer from Vipps: the network, a time-out, a server in trouble, or a proxy or firewall that answers instead.
 * Passing.
 *
 * @example
 * ```ts
 * import { Unavailable } from "effect-vipps-token"
 *
 * const error = new Unavailable({ flow: "standard", label: "standard fb492b5e", reason: "timeout" })
 *
 * console.log(error.reason) // timeout
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class Unavailable extends Schema.TaggedError<Unavailable>("effect-vipps-token/Unavailable")("Unavailable", {
  ...common,
  /**
   * The obstacle: no connection, no answer in time, a server that answers with a fault of its own, or an intermediary
   * (a proxy, a firewall, a login page) that refuses the request in Vipps' place.
   */
  reason: Schema.Literal("network", "timeout", "server", "intermediary"),
  /** The HTTP status, if there was an answer. */
  status: optional(Schema.Int),
  /** The code of a network failure, such as `ECONNREFUSED`. */
  code: optionalText,
  /** The next thing to look at, if there is more to say than the reason does. */
  hint: optionalText,
  /** The wait that the server asks for, if it does. */
  retryAfter: optionalWait
}) {
  override readonly message: string = asValue(
    this,
    sentence(this, troubleOf(this), wait(this.retryAfter), adviceOf(this.reason, this.hint))
  )
}

/**
 * The endpoint answers 200 without a usable token, with an expired one, or with the same one again. Passing.
 *
 * @example
 * ```ts
 * import { InvalidResponse } from "effect-vipps-token"
 *
 * const error = new InvalidResponse({ flow: "standard", label: "shop", problem: "expires_in: is missing" })
 *
 * console.log(error.problem) // expires_in: is missing
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class InvalidResponse extends Schema.TaggedError<InvalidResponse>("effect-vipps-token/InvalidResponse")(
  "InvalidResponse",
  {
    ...common,
    /** The fault, by path; never the answer itself. */
    problem: Schema.String,
    /** The wait that the server asks for, if it does. */
    retryAfter: optionalWait
  }
) {
  override readonly message: string = asValue(
    this,
    sentence(
      this,
      `The token endpoint answered without a usable token: ${this.problem}.`,
      wait(this.retryAfter),
      "Check that the base URL is Vipps' and that no proxy or login page answers in its place, or try again later."
    )
  )
}

/**
 * A refusal of the request itself, by any other status: a wrong host or path, a missing right. Also a connection that
 * can never work, such as one with a certificate that does not verify. Terminal.
 *
 * @example
 * ```ts
 * import { RequestRejected } from "effect-vipps-token"
 *
 * const error = new RequestRejected({ flow: "standard", label: "standard fb492b5e", status: 404, hint: "" })
 *
 * console.log(error.status) // 404
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class RequestRejected extends Schema.TaggedError<RequestRejected>("effect-vipps-token/RequestRejected")(
  "RequestRejected",
  {
    ...common,
    /** The HTTP status of the answer; 0 if no answer can come, as with a certificate that does not verify. */
    status: Schema.Int,
    /** The OAuth `error` of the answer; if the status is 0, the system's code, such as `CERT_HAS_EXPIRED`. */
    code: optionalText,
    /** The server's own words: one line, at most 300 characters, the caller's keys blanked out. */
    description: optionalText,
    /** The next thing to look at. */
    hint: Schema.String,
    /** The wait that the server asks for, if it does. */
    retryAfter: optionalWait
  }
) {
  override readonly message: string = asValue(
    this,
    sentence(
      this,
      this.status === 0
        ? `The token request could not be sent${inParentheses(this.code)}.`
        : `The token request was rejected (${answer(this.status, this.code)}).`,
      quoted(this.description),
      wait(this.retryAfter),
      this.hint
    )
  )
}

/**
 * An error of one token request.
 *
 * @see {@link TokenError} for an example
 * @since 0.1.0
 * @category errors
 */
export type TokenRequestError = InvalidCredentials | RateLimited | Unavailable | InvalidResponse | RequestRejected

/**
 * The schema of `TokenRequestError`.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { TokenRequestError } from "effect-vipps-token"
 *
 * console.log(Schema.is(TokenRequestError)(new Error("another"))) // false
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenRequestError = Schema.Union(
  InvalidCredentials,
  RateLimited,
  Unavailable,
  InvalidResponse,
  RequestRejected
)

/**
 * The last token has expired and, for a passing reason, no new one could be obtained. Passing.
 *
 * @example
 * ```ts
 * import { DateTime } from "effect"
 * import { Expired, Unavailable } from "effect-vipps-token"
 *
 * const error = new Expired({
 *   flow: "standard",
 *   label: "standard fb492b5e",
 *   expiredAt: DateTime.unsafeMake("2026-01-01T12:00:00Z"),
 *   cause: new Unavailable({ flow: "standard", label: "standard fb492b5e", reason: "network" })
 * })
 *
 * console.log(error.cause._tag) // Unavailable
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export class Expired extends Schema.TaggedError<Expired>("effect-vipps-token/Expired")("Expired", {
  ...common,
  /** The time at which the last token ran out. */
  expiredAt: Schema.DateTimeUtc,
  /** The reason why there is no new one. */
  cause: TokenRequestError
}) {
  override readonly message: string = asValue(
    this,
    sentence(
      this,
      `The access token expired at ${DateTime.formatIso(this.expiredAt)} and no new one could be obtained.`,
      this.cause.message
    )
  )
}

/**
 * An error of getting a token. Every message reads well alone: what happened, why, what to do, and when the next
 * attempt is due.
 *
 * @example
 * ```ts
 * import { Effect, Option } from "effect"
 * import { type TokenError, Unavailable } from "effect-vipps-token"
 *
 * const failing: Effect.Effect<string, TokenError> = Effect.fail(
 *   new Unavailable({
 *     flow: "standard",
 *     label: "standard fb492b5e",
 *     reason: "network",
 *     code: Option.some("ECONNREFUSED")
 *   })
 * )
 *
 * const program = failing.pipe(
 *   Effect.catchTag("InvalidCredentials", (error) => Effect.succeed(`fix the ${error.key}`)),
 *   Effect.catchAll((error) => Effect.succeed(error.message))
 * )
 *
 * console.log(Effect.runSync(program))
 * ```
 *
 * @since 0.1.0
 * @category errors
 */
export type TokenError = TokenRequestError | Expired

const TokenErrorSchema = Schema.Union(...TokenRequestError.members, Expired)

/**
 * The schema of `TokenError`, for sending one to another process or keeping it; and `TokenError.fromUnknown`, which
 * finds one in whatever a promise was rejected with.
 *
 * @example
 * ```ts
 * import { Effect, Option, Schema } from "effect"
 * import { TokenError, Unavailable } from "effect-vipps-token"
 *
 * const error = new Unavailable({ flow: "standard", label: "standard fb492b5e", reason: "network" })
 *
 * const text = Schema.encodeSync(Schema.parseJson(TokenError))(error)
 * console.log(Schema.decodeSync(Schema.parseJson(TokenError))(text)._tag) // Unavailable
 *
 * await Effect.runPromise(Effect.fail(error)).catch((rejection) => {
 *   const found = TokenError.fromUnknown(rejection)
 *   console.log(Option.map(found, (error) => error._tag).pipe(Option.getOrNull)) // Unavailable
 * })
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenError: typeof TokenErrorSchema & {
  /**
   * Finds the outermost token error in a rejection, a fiber failure, a `Cause`, an `Exit`, nested `cause`s or an
   * `AggregateError`. Never throws, whatever it is given.
   */
  readonly fromUnknown: (error: unknown) => Option.Option<TokenError>
} = Object.assign(TokenErrorSchema, { fromUnknown: (error: unknown) => findInside(error, isTokenError) })

/**
 * Checks whether a value is a `TokenError`, by its tag and fields: errors of a second copy of this package are ones
 * too. Never throws, whatever it is given.
 *
 * @example
 * ```ts
 * import { isTokenError, Unavailable } from "effect-vipps-token"
 *
 * const error: unknown = new Unavailable({ flow: "standard", label: "standard fb492b5e", reason: "network" })
 *
 * console.log(isTokenError(error)) // true
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isTokenError = (value: unknown): value is TokenError => Option.getOrElse(isReadable(value), () => false)

/** The schema trusts an instance without a look at its fields, which may have been replaced by getters that throw. */
const isReadable = Option.liftThrowable(
  (value: unknown): boolean =>
    Schema.is(TokenErrorSchema)(value) &&
    typeof value.message === "string" &&
    Option.isSome(Schema.encodeOption(TokenErrorSchema)(value))
)

/**
 * Checks whether the failure may pass by itself: `RateLimited`, `Unavailable`, `InvalidResponse` and `Expired` pass by
 * themselves; `InvalidCredentials` and `RequestRejected` do not.
 *
 * @example
 * ```ts
 * import { isTransient, RequestRejected } from "effect-vipps-token"
 *
 * const error = new RequestRejected({ flow: "standard", label: "standard fb492b5e", status: 404, hint: "" })
 *
 * console.log(isTransient(error)) // false
 * ```
 *
 * @since 0.1.0
 * @category guards
 */
export const isTransient = (error: TokenError): error is RateLimited | Unavailable | InvalidResponse | Expired =>
  error._tag !== "InvalidCredentials" && error._tag !== "RequestRejected"
