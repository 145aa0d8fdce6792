/**
 * The content of a store's entries: a token or a failure, as JSON with the version of its format. Content that cannot
 * be read counts as absent.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AccessToken } from "../../AccessToken.js"
import { longestLifetimeMillis, tokenTextRule } from "../../core/grant.js"
import { scopeRule } from "../../core/keyRules.js"
import { entryLeftMillis } from "../../core/sharedToken.js"
import { type FailedFlight, type HeldToken, type Reading, shifted } from "../../core/tokenPhases.js"
import { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { copyError, severityOf } from "../errors/tokenErrors.js"
import type { StoredEntry } from "./tokenStoreService.js"

const common = {
  version: Schema.Literal(1),
  flow: Schema.Literal("standard", "specialized"),
  /** By the wall clock of the process that made the entry. */
  madeAtMillis: Schema.JsonNumber
}

const Millis = Schema.Number.pipe(Schema.positive(), Schema.lessThanOrEqualTo(longestLifetimeMillis))

const TokenContent = Schema.parseJson(
  Schema.Struct({
    ...common,
    token: Schema.String.pipe(Schema.filter((text) => tokenTextRule(text))),
    lifeMillis: Millis,
    scope: Schema.optional(Schema.String.pipe(Schema.filter((scope) => scopeRule(scope))))
  })
)

const FailureContent = Schema.parseJson(
  Schema.Struct({
    ...common,
    error: TokenRequestError,
    failures: Schema.NonNegativeInt,
    random: Schema.Number.pipe(Schema.greaterThanOrEqualTo(0), Schema.lessThan(1)),
    keptMillis: Millis
  })
)

/**
 * Encodes a token, with its lifetime for other processes. Encodes the token itself; a `Redacted` would encode as
 * `<redacted>` (F35).
 */
export const tokenContent = Option.liftThrowable(
  (
    { requestedAt, token }: Pick<HeldToken<AccessToken>, "requestedAt" | "token">,
    lifeMillis: number
  ): Redacted.Redacted<string> =>
    Redacted.make(
      Schema.encodeSync(TokenContent)({
        version: 1,
        flow: token.flow,
        madeAtMillis: requestedAt.wallMillis,
        token: Redacted.value(token.value),
        lifeMillis,
        scope: Option.getOrUndefined(token.scope)
      })
    )
)

/**
 * Decodes a stored token that is still valid, and dates it by the clocks of this process. `now` was read before the
 * store was asked, so the token can only end too early. An entry that has ended is dropped first: its age may not even
 * be a date.
 */
export const readToken = (entry: StoredEntry, of: TokenFlow, now: Reading) =>
  Option.filterMap(Schema.decodeOption(TokenContent)(Redacted.value(entry.content)), (read) => {
    const { flow, lifeMillis, madeAtMillis, scope, token } = read
    const leftMillis = entryLeftMillis(Math.floor(Duration.toMillis(entry.left)), lifeMillis, madeAtMillis, now)
    if (flow !== of.name || !(leftMillis > 0)) return Option.none()
    const requestedAt = shifted(now, leftMillis - lifeMillis)
    const made = Option.liftThrowable(AccessToken.make)({
      value: Redacted.make(token),
      flow,
      issuedAt: DateTime.unsafeMake(requestedAt.wallMillis),
      expiresIn: lifeMillis,
      scope
    })
    return Option.map(made, (made) => ({ token: made, text: token, lifeMillis, leftMillis, requestedAt }))
  })

/** Encodes a failure that binds other processes for `keptMillis`. */
export const failureContent = Option.liftThrowable(
  (failure: FailedFlight<TokenRequestError>, keptMillis: number): Redacted.Redacted<string> =>
    Redacted.make(
      Schema.encodeSync(FailureContent)({
        version: 1,
        flow: failure.error.flow,
        madeAtMillis: failure.at.wallMillis,
        error: copyError(failure.error, { nextAttemptAt: Option.none() }),
        failures: failure.failuresWithoutToken,
        random: failure.random,
        keptMillis
      })
    )
)

/** Decodes another process's failure as one of this process, at the same time and under its own label. */
export const readFailure = (
  entry: StoredEntry,
  of: TokenFlow,
  now: Reading
): Option.Option<FailedFlight<TokenRequestError>> =>
  Option.filterMap(Schema.decodeOption(FailureContent)(Redacted.value(entry.content)), (read) => {
    const { error, failures, flow, keptMillis, madeAtMillis, random } = read
    const leftMillis = entryLeftMillis(Duration.toMillis(entry.left), keptMillis, madeAtMillis, now)
    if (flow !== of.name || error.flow !== of.name || !isShareable(error) || !(leftMillis > 0)) return Option.none()
    return Option.some({
      error: copyError(error, { label: of.label, nextAttemptAt: Option.none() }),
      ...severityOf(error),
      failuresWithoutToken: failures,
      random,
      at: shifted(now, Math.min(0, leftMillis - keptMillis))
    })
  })

/**
 * Tells whether processes share a failure: only what Vipps said of the keys. Anything else may be this process's own
 * network, proxy, certificate or timeout, so another process makes its own request (F72).
 */
export const isShareable = (error: TokenRequestError): boolean => {
  switch (error._tag) {
    case "InvalidCredentials":
    case "RateLimited":
      return true
    case "RequestRejected":
      return error.status === 400 && Option.exists(error.code, (code) => tokenEndpointCodes.has(code))
    default:
      return false
  }
}

/** The error codes of a token endpoint (RFC 6749 §5.2). */
const tokenEndpointCodes: ReadonlySet<string> = new Set([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope"
])
