/** All faults by name, each with a description, for the control API, the page and the command line. */
import * as Either from "effect/Either"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import type { Fault } from "../faults/fault.js"
import * as Faults from "../faults/index.js"
import { DurationText } from "./schemas.js"

/** A fault in the catalogue. */
export interface CatalogueEntry {
  readonly name: string
  readonly group: "keys" | "limits" | "outages" | "grants" | "deliveries"
  readonly sentence: string
  /** An example of its options as JSON, if it has any. */
  readonly options?: string
  /** Makes the fault, or says what is wrong with the options. */
  readonly make: (options: unknown) => Either.Either<Fault, string>
}

const plain = (group: CatalogueEntry["group"], fault: Fault, sentence: string): CatalogueEntry => ({
  name: fault.name,
  group,
  sentence,
  make: () => Either.right(fault)
})

const withOptions = <A, I>(
  group: CatalogueEntry["group"],
  name: string,
  sentence: string,
  options: string,
  schema: Schema.Schema<A, I>,
  make: (options: A) => Fault
): CatalogueEntry => ({
  name,
  group,
  sentence,
  options,
  make: (given) =>
    Schema.decodeUnknownEither(schema)(given).pipe(
      Either.mapBoth({
        onRight: make,
        onLeft: (error) => {
          const [issue] = ParseResult.ArrayFormatter.formatErrorSync(error)
          const where = issue === undefined || issue.path.length === 0 ? "options" : `options.${issue.path.join(".")}`
          return `${where} of the fault ${name} must be as in ${options}`
        }
      })
    )
})

const RetryAfter = Schema.UndefinedOr(Schema.Struct({ retryAfter: Schema.optional(DurationText) }))
const Delay = Schema.Struct({ delay: DurationText })
const Pause = Schema.Struct({ pause: DurationText, bytes: Schema.optional(Schema.Positive) })
const Bytes = Schema.UndefinedOr(
  Schema.Struct({ bytes: Schema.optional(Schema.Int.pipe(Schema.between(1, 50_000_000))) })
)
const Fields = Schema.Struct({ fields: Schema.Record({ key: Schema.String, value: Schema.Unknown }) })
const Value = Schema.Struct({ value: Schema.optional(Schema.Unknown) })
const Skew = Schema.Union(Schema.Struct({ ahead: DurationText }), Schema.Struct({ behind: DurationText }))
const Redirect = Schema.Struct({
  location: Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]+$/)),
  status: Schema.optional(Schema.Literal(301, 302, 303, 307, 308))
})
const AnyAnswer = Schema.Struct({
  status: Schema.Int.pipe(Schema.between(200, 599)),
  headers: Schema.optional(
    Schema.Record({
      key: Schema.String.pipe(Schema.pattern(/^[\w-]+$/)),
      value: Schema.String.pipe(Schema.pattern(/^[\x20-\x7e]*$/))
    })
  ),
  body: Schema.optional(Schema.String)
})

const retryAfter = '{ "retryAfter": "5 seconds" }'

export const faultCatalogue: ReadonlyArray<CatalogueEntry> = [
  plain("keys", Faults.missingSubscriptionKey, "401: the subscription key is missing."),
  plain(
    "keys",
    Faults.invalidSubscriptionKey,
    "401: the subscription key is wrong, or belongs to the other environment."
  ),
  plain("keys", Faults.subscriptionNotFound, "401: the subscription of the key was not found."),
  plain("keys", Faults.unauthorizedClient, "400: the client id is unknown, or belongs to the other environment."),
  plain("keys", Faults.invalidClient, "401: the client secret is wrong."),
  plain("keys", Faults.invalidRequest, "400: the client id is missing."),
  plain("keys", Faults.invalidScope, "400: the keys do not include the requested scope."),
  plain("keys", Faults.unauthorized, "401 from the gateway, as APIs answer to a bad token."),
  plain("keys", Faults.unauthorizedProblem, "401 with problem details, as newer APIs answer to a bad token."),
  plain("keys", Faults.forbidden, "403: the product is not active, or a firewall is in the way."),
  plain("keys", Faults.notFound, "404: the path does not exist."),
  plain("keys", Faults.hostileText, "401 with hostile texts: control characters, and the keys echoed."),

  withOptions("limits", "rateLimited", "429 with Retry-After in seconds.", retryAfter, RetryAfter, Faults.rateLimited),
  withOptions("limits", "rateLimitedUntilDate", "429 with Retry-After as a date.", retryAfter, RetryAfter, (options) =>
    Faults.rateLimitedUntilDate(options)
  ),
  plain("limits", Faults.rateLimitedWithoutRetryAfter, "429 without Retry-After."),
  plain("limits", Faults.throttled, "429 from Microsoft Entra: plain text, and Retry-After: 60."),

  plain("outages", Faults.temporarilyUnavailable, "503 temporarily_unavailable."),
  plain("outages", Faults.internalServerError, "500 from the gateway."),
  plain("outages", Faults.emptyServerError, "500 without a body."),
  plain("outages", Faults.incident, "500 as in an incident of the test environment."),
  plain("outages", Faults.htmlBadGateway, "502 with an HTML page: Vipps is busy."),
  withOptions(
    "outages",
    "htmlServiceUnavailable",
    "503 with an HTML page, and Retry-After if given.",
    retryAfter,
    RetryAfter,
    Faults.htmlServiceUnavailable
  ),
  plain("outages", Faults.htmlGatewayTimeout, "504 with an HTML page."),

  withOptions("grants", "grant", "A grant with changed fields.", '{ "fields": { "token_type": "MAC" } }', Fields, (_) =>
    Faults.grant(_.fields)
  ),
  withOptions("grants", "expiresIn", "A grant with any value as its expires_in.", '{ "value": "soon" }', Value, (_) =>
    Faults.expiresIn(_.value)
  ),
  plain("grants", Faults.missingAccessToken, "A grant without an access token."),
  plain("grants", Faults.tokenWithLineBreak, "A grant whose token would smuggle in a header."),
  plain("grants", Faults.tokenWithNonAscii, "A grant whose token contains non-ASCII characters."),
  plain("grants", Faults.expiredToken, "A grant of an expired token."),
  plain("grants", Faults.sameToken, "The last token again, with its remaining lifetime."),
  withOptions(
    "grants",
    "wrongClock",
    "A server with a wrong clock.",
    '{ "behind": "2 hours" }',
    Skew,
    Faults.wrongClock
  ),
  plain("grants", Faults.emptyGrant, "200 without a body."),
  plain("grants", Faults.truncatedGrant, "200 whose JSON ends in the middle of the token."),
  plain("grants", Faults.nonJsonGrant, "200 with the HTML page of a captive portal."),

  plain("deliveries", Faults.hang, "No answer at all."),
  plain("deliveries", Faults.hangMidBody, "The headers and half of the body, then nothing more."),
  withOptions("deliveries", "slow", "The regular answer, after a delay.", '{ "delay": "3 seconds" }', Delay, (_) =>
    Faults.slow(_.delay)
  ),
  withOptions(
    "deliveries",
    "drip",
    "The regular answer, with its body in small pieces.",
    '{ "pause": "1 second", "bytes": 16 }',
    Pause,
    Faults.drip
  ),
  plain("deliveries", Faults.cutConnection, "A connection that closes without an answer."),
  plain("deliveries", Faults.cutMidBody, "A connection that closes in the middle of the body."),
  withOptions("deliveries", "hugeBody", "A huge body.", '{ "bytes": 10000000 }', Bytes, (options) =>
    Faults.hugeBody(options?.bytes)
  ),
  withOptions(
    "deliveries",
    "redirect",
    "A redirect to another URL.",
    '{ "location": "https://example.com/", "status": 302 }',
    Redirect,
    ({ location, status }) => Faults.redirect(location, status)
  ),
  withOptions(
    "deliveries",
    "answer",
    "Any answer of your own.",
    '{ "status": 418, "headers": { "x-proxy": "acme" }, "body": "short and stout" }',
    AnyAnswer,
    Faults.answer
  )
]

const byName = new Map(faultCatalogue.map((entry) => [entry.name, entry]))

/**
 * Finds a fault by its name and options, or explains in a sentence why there is none. Left out, the options of a fault
 * that cannot do without are those of its example.
 */
export const faultNamed = (name: string, options?: unknown): Either.Either<Fault, string> => {
  const entry = byName.get(name)
  if (entry === undefined) {
    return Either.left(`There is no fault with that name. Choose from: ${[...byName.keys()].join(", ")}.`)
  }
  const made = entry.make(options)
  return Either.isLeft(made) && options === undefined && entry.options !== undefined
    ? entry.make(JSON.parse(entry.options))
    : made
}

/** A fault, and the number of answers it applies to. */
export interface QueuedFault {
  readonly fault: Fault
  readonly times: number
}
