/**
 * What is written to a store: a token or a failure, as JSON with the version of its format. Values and spans of time,
 * never instants. What cannot be read counts as absent.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AccessToken } from "../../AccessToken.js"
import { longestLifetimeMillis, tokenTextRule } from "../../core/grant.js"
import { scopeRule } from "../../core/keyRules.js"
import { earlier } from "../../core/sharedToken.js"
import type { Failure, Reading } from "../../core/tokenState.js"
import { TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import { relabelled, severityOf } from "../tokenErrors.js"
import type { StoredEntry } from "./tokenStoreService.js"

const flow = Schema.Literal("standard", "specialized")

const Millis = Schema.Number.pipe(Schema.positive(), Schema.lessThanOrEqualTo(longestLifetimeMillis))

const TokenEntry = Schema.parseJson(
  Schema.Struct({
    version: Schema.Literal(1),
    flow,
    token: Schema.String.pipe(Schema.filter((text) => tokenTextRule(text))),
    lifeMillis: Millis,
    scope: Schema.optional(Schema.String.pipe(Schema.filter((scope) => scopeRule(scope))))
  })
)

const FailureEntry = Schema.parseJson(
  Schema.Struct({
    version: Schema.Literal(1),
    flow,
    error: TokenRequestError,
    failures: Schema.NonNegativeInt,
    random: Schema.Number.pipe(Schema.greaterThanOrEqualTo(0), Schema.lessThan(1)),
    keptMillis: Millis
  })
)

/** A token, to be told to others with this life. Its text and not what prints in its place (F35). */
export const tokenContent = (token: AccessToken, lifeMillis: number): Redacted.Redacted<string> =>
  Redacted.make(
    Schema.encodeSync(TokenEntry)({
      version: 1,
      flow: token.flow,
      token: Redacted.value(token.value),
      lifeMillis,
      scope: Option.getOrUndefined(token.scope)
    })
  )

/** A token of the store, as this process sees it: asked for so long ago by its own clocks, and over when the store says. */
export interface ReadToken {
  readonly token: AccessToken
  readonly text: string
  readonly lifeMillis: number
  readonly leftMillis: number
  readonly askedAt: Reading
}

/** `now` is before the store was asked: what it answers can then only be over too early. */
export const readToken = (entry: StoredEntry, of: TokenFlow, now: Reading): Option.Option<ReadToken> =>
  Option.map(
    Option.filter(Schema.decodeOption(TokenEntry)(Redacted.value(entry.content)), ({ flow }) => flow === of.name),
    ({ flow, lifeMillis, scope, token }) => {
      const leftMillis = Math.floor(Duration.toMillis(entry.left))
      const askedAt = earlier(now, lifeMillis - leftMillis)
      return {
        token: AccessToken.make({
          value: Redacted.make(token),
          flow,
          issuedAt: DateTime.unsafeMake(askedAt.wallMillis),
          expiresIn: lifeMillis,
          scope
        }),
        text: token,
        lifeMillis,
        leftMillis,
        askedAt
      }
    }
  )

/** A failure, to be told to others for so long. */
export const failureContent = (failure: Failure<TokenRequestError>, keptMillis: number): Redacted.Redacted<string> =>
  Redacted.make(
    Schema.encodeSync(FailureEntry)({
      version: 1,
      flow: failure.error.flow,
      error: relabelled(failure.error, { nextAttemptAt: Option.none() }),
      failures: failure.failures,
      random: failure.random,
      keptMillis
    })
  )

/** A failure of another process, as if it were one of this process at the same time: under its own label. */
export const readFailure = (
  entry: StoredEntry,
  of: TokenFlow,
  now: Reading
): Option.Option<Failure<TokenRequestError>> =>
  Option.map(
    Option.filter(
      Schema.decodeOption(FailureEntry)(Redacted.value(entry.content)),
      ({ error, flow }) => flow === of.name && error.flow === of.name
    ),
    ({ error, failures, keptMillis, random }) => ({
      error: relabelled(error, { label: of.label, nextAttemptAt: Option.none() }),
      ...severityOf(error),
      failures,
      random,
      at: earlier(now, Math.max(0, keptMillis - Duration.toMillis(entry.left)))
    })
  )
