/**
 * What can go wrong on the way to a token, as data: tagged, serialisable with `Schema`, without a secret in any field.
 *
 * @since 0.1.0
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** May be left out when an error is made, and is an `Option` in it. */
const optional = <A, I>(schema: Schema.Schema<A, I>) =>
  Schema.optionalWith(schema, { as: "Option" }).pipe(Schema.withConstructorDefault(() => Option.none<A>()))

const optionalText = optional(Schema.String)
const optionalWait = optional(Schema.DurationFromMillis)

/** What every error says: which flow, for whom, and when the next attempt is due, where that is known. */
const common = {
  flow: Schema.Literal("standard", "specialized"),
  label: Schema.String,
  nextAttemptAt: optional(Schema.DateTimeUtc)
}

interface Common {
  readonly label: string
  readonly nextAttemptAt: Option.Option<DateTime.Utc>
}

const sentence = (error: Common, ...parts: ReadonlyArray<string>): string =>
  [`${error.label}:`, ...parts, where(error.nextAttemptAt, (at) => `Next attempt at ${DateTime.formatIso(at)}.`)]
    .filter((part) => part !== "")
    .join(" ")

/** What is to be said of a value, where there is one. */
const where = <A>(value: Option.Option<A>, say: (value: A) => string): string =>
  Option.getOrElse(Option.map(value, say), () => "")

const quoted = (said: Option.Option<string>): string => where(said, (text) => `The server says: "${text}"`)

const answer = (status: number, code: Option.Option<string>): string =>
  `HTTP ${status}${where(code, (code) => ` ${code}`)}`

const waitOf = (retryAfter: Option.Option<Duration.Duration>): string =>
  where(retryAfter, (wait) => `The server asks to wait ${Duration.format(wait)}.`)

const keyInWords = {
  clientId: "the client id",
  clientSecret: "the client secret",
  subscriptionKey: "the subscription key",
  unknown: "the keys"
} as const

const trouble = {
  network: "cannot be reached",
  timeout: "did not answer in time",
  server: "is in trouble"
} as const

/**
 * The token endpoint, or the gateway before an API, refuses the keys. Terminal: the same keys will be refused again,
 * and asking often only gets the caller throttled.
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
    /** Which of the keys is refused, as far as the answer shows it. */
    key: Schema.Literal("clientId", "clientSecret", "subscriptionKey", "unknown"),
    /** The HTTP status of the answer. */
    status: Schema.Int,
    /** The OAuth `error` of the answer. */
    code: optionalText,
    /** What the server said: one line, at most 300 characters, the caller's keys blanked out. */
    description: optionalText,
    /** What to look at next. */
    hint: Schema.String,
    /** The id to name when asking Vipps. */
    traceId: optionalText,
    /** The id to name when asking Vipps. */
    correlationId: optionalText
  }
) {
  override get message(): string {
    return sentence(
      this,
      `Vipps refuses ${keyInWords[this.key]} (${answer(this.status, this.code)}).`,
      quoted(this.description),
      this.hint
    )
  }
}

/**
 * The token endpoint answers 429: too many requests. Passing.
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
  /** How long the server asks to wait, where it does. */
  retryAfter: optionalWait
}) {
  override get message(): string {
    return sentence(
      this,
      "The token endpoint has had too many requests (HTTP 429).",
      waitOf(this.retryAfter),
      "Share one token between all callers, and ask less often."
    )
  }
}

/**
 * No answer, or a server in trouble: the network, a time-out, a 5xx. Passing.
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
  /** What is in the way: no connection, no answer in time, or a server that answers with a fault of its own. */
  reason: Schema.Literal("network", "timeout", "server"),
  /** The HTTP status, where there was an answer. */
  status: optional(Schema.Int),
  /** The code of a network failure, such as `ECONNREFUSED`. */
  code: optionalText,
  /** How long the server asks to wait, where it does. */
  retryAfter: optionalWait
}) {
  override get message(): string {
    const detail = Option.match(this.status, {
      onNone: () => where(this.code, (code) => ` (${code})`),
      onSome: (status) => ` (${answer(status, this.code)})`
    })
    return sentence(
      this,
      `The token endpoint ${trouble[this.reason]}${detail}.`,
      waitOf(this.retryAfter),
      this.reason === "server"
        ? "This passes by itself; try again later."
        : "Check the network, DNS, proxy and firewall on the way, or try again later."
    )
  }
}

/**
 * The endpoint answers 200 without a usable token, with one that is already over, or with the same one again. Passing.
 *
 * @example
 * ```ts
 * import { InvalidResponse } from "effect-vipps-token"
 *
 * const error = new InvalidResponse({ flow: "standard", label: "standard fb492b5e", problem: "expires_in: is missing" })
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
    /** What was wrong, by path; never the answer itself. */
    problem: Schema.String
  }
) {
  override get message(): string {
    return sentence(
      this,
      `The token endpoint answered without a usable token: ${this.problem}.`,
      "Check that the base URL is Vipps' and that no proxy or login page answers in its place, or try again later."
    )
  }
}

/**
 * Any other status: a wrong host or path, a proxy, a firewall, a missing right. Terminal.
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
    /** The HTTP status of the answer. */
    status: Schema.Int,
    /** The OAuth `error` of the answer. */
    code: optionalText,
    /** What the server said: one line, at most 300 characters, the caller's keys blanked out. */
    description: optionalText,
    /** What to look at next. */
    hint: Schema.String
  }
) {
  override get message(): string {
    return sentence(
      this,
      `The token request was rejected (${answer(this.status, this.code)}).`,
      quoted(this.description),
      this.hint
    )
  }
}

/**
 * What one token request can fail with.
 *
 * @see {@link TokenError} for an example
 *
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
 * The last token ran out and, for a passing reason, no new one can be had. Passing.
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
  /** When the last token ran out. */
  expiredAt: Schema.DateTimeUtc,
  /** Why there is no new one. */
  cause: TokenRequestError
}) {
  override get message(): string {
    return sentence(
      this,
      `The access token expired at ${DateTime.formatIso(this.expiredAt)} and no new one can be had.`,
      this.cause.message
    )
  }
}

/**
 * What getting a token can fail with. Every message reads well alone: what happened, why, what to do, and when the next
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

/**
 * The schema of `TokenError`, for sending one to another process or keeping it.
 *
 * @example
 * ```ts
 * import { Schema } from "effect"
 * import { TokenError, Unavailable } from "effect-vipps-token"
 *
 * const text = Schema.encodeSync(Schema.parseJson(TokenError))(
 *   new Unavailable({ flow: "standard", label: "standard fb492b5e", reason: "network" })
 * )
 * const again = Schema.decodeSync(Schema.parseJson(TokenError))(text)
 *
 * console.log(again._tag) // Unavailable
 * ```
 *
 * @since 0.1.0
 * @category schemas
 */
export const TokenError = Schema.Union(...TokenRequestError.members, Expired)

/**
 * Whether a value is a `TokenError`.
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
export const isTokenError = (value: unknown): value is TokenError => Schema.is(TokenError)(value)

/**
 * Whether time may mend the failure: `RateLimited`, `Unavailable`, `InvalidResponse` and `Expired` pass;
 * `InvalidCredentials` and `RequestRejected` do not.
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
export const isTransient = (error: TokenError): boolean =>
  error._tag !== "InvalidCredentials" && error._tag !== "RequestRejected"
