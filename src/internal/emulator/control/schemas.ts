/** Schemas of the control API. Only `NewKeys`, which is only received, contains secrets. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Schema from "effect/Schema"
import { parseDuration } from "./durationText.js"

/** Ten years: longer durations may lead past the dates that programs support. */
const longest = Duration.days(3650)

/** A duration in words, such as "90s" or "7 seconds", or in milliseconds. */
export const DurationText = Schema.transformOrFail(
  Schema.Union(Schema.String, Schema.NonNegative).annotations({
    description: 'A duration, such as "90s" or "1 hour", or a number of milliseconds; at most ten years.'
  }),
  Schema.DurationFromSelf,
  {
    decode: (text, _, ast) =>
      Option.match(Option.filter(read(text), Duration.lessThanOrEqualTo(longest)), {
        onNone: () => ParseResult.fail(new ParseResult.Type(ast, undefined, 'must be a duration, such as "7s"')),
        onSome: ParseResult.succeed
      }),
    encode: (duration) => ParseResult.succeed(Duration.toMillis(duration))
  }
)

const read = (given: string | number): Option.Option<Duration.Duration> =>
  Option.orElse(typeof given === "string" ? parseDuration(given) : Option.none(), () => Duration.decodeUnknown(given))

const Millis = Schema.Number.annotations({ description: "Milliseconds since 1970." })

export const Flow = Schema.Literal("standard", "specialized")

const Client = Schema.String.annotations({ description: "The first eight characters of the client id." })

const HeaderRecord = Schema.Record({ key: Schema.String, value: Schema.String })

export const JournalEntry = Schema.Struct({
  id: Schema.Int,
  time: Millis,
  method: Schema.String,
  path: Schema.String.annotations({ description: "Path and query, with keys and tokens masked." }),
  flow: Schema.NullOr(Flow).annotations({ description: "The flow of the token endpoint; null for an API." }),
  client: Schema.NullOr(Client),
  merchant: Schema.NullOr(Schema.String),
  token: Schema.NullOr(Schema.Int).annotations({ description: "The id of its token, as in the state." }),
  fault: Schema.NullOr(Schema.String),
  outcome: Schema.Literal("pending", "answered", "cut", "left"),
  status: Schema.NullOr(Schema.Int),
  millis: Schema.NullOr(Schema.Number),
  reason: Schema.NullOr(Schema.String).annotations({ description: "The reason for a refusal." }),
  headers: HeaderRecord,
  body: Schema.String,
  answerHeaders: HeaderRecord,
  answerBody: Schema.String,
  curl: Schema.String.annotations({
    description: "The request as a shell command, with variables in place of masked values."
  })
}).annotations({ identifier: "Request" })

export type JournalEntry = typeof JournalEntry.Type

export const Finding = Schema.Struct({
  id: Schema.String,
  severity: Schema.Literal("error", "advice"),
  title: Schema.String,
  next: Schema.String,
  count: Schema.Int,
  requests: Schema.Array(Schema.Int).annotations({ description: "The ids of at most 100 requests." })
}).annotations({ identifier: "Finding" })

/** A number of answers. `"always"` stands for infinity. */
const Times = Schema.Union(Schema.Literal("always"), Schema.Int.pipe(Schema.between(1, 1_000_000)))

export const FaultPlace = Schema.Literal("token", "api")

export const KnownFault = Schema.Struct({
  name: Schema.String,
  group: Schema.String,
  sentence: Schema.String,
  options: Schema.NullOr(Schema.String).annotations({ description: "An example of its options, as JSON." })
}).annotations({ identifier: "Fault" })

export const WaitingFault = Schema.Struct({
  name: Schema.String,
  times: Times,
  on: FaultPlace,
  flow: Schema.NullOr(Flow),
  client: Schema.NullOr(Client)
}).annotations({ identifier: "WaitingFault" })

export const NewFault = Schema.Struct({
  fault: Schema.String.annotations({ description: "The name, as in GET faults." }),
  options: Schema.optional(Schema.Unknown),
  times: Schema.optionalWith(Times, { default: () => 1 as const }),
  on: Schema.optionalWith(FaultPlace, { default: () => "token" as const }),
  flow: Schema.optional(Flow),
  clientId: Schema.optional(
    Schema.String.annotations({ description: "Only for this client, so that parallel tests do not interfere." })
  )
}).annotations({ identifier: "NewFault" })

export const Token = Schema.Struct({
  id: Schema.Int,
  flow: Flow,
  client: Client,
  issuedAt: Millis,
  expiresAt: Millis,
  endedAt: Schema.NullOr(Millis),
  state: Schema.Literal("live", "expired", "revoked")
}).annotations({ identifier: "Token" })

export const Keys = Schema.Struct({
  flow: Flow,
  client: Client,
  own: Schema.Boolean.annotations({ description: "Whether these are the emulator's own keys." }),
  subscriptionKey: Schema.NullOr(Schema.String).annotations({ description: "Masked." }),
  merchants: Schema.Array(Schema.String)
}).annotations({ identifier: "Keys" })

const text = (rule: string) =>
  Schema.String.pipe(Schema.pattern(/^[\x21-\x7e]{1,1000}$/)).annotations({
    message: () => ({ message: `must be ${rule}`, override: true })
  })

const key = text("1 to 1,000 visible ASCII characters")

const merchant = Schema.String.pipe(Schema.pattern(/^[0-9]{4,10}$/))

export const NewKeys = Schema.Struct({
  clientId: key,
  clientSecret: key,
  subscriptionKey: Schema.optional(key).annotations({ description: "Omit it for keys of the specialized flow." }),
  merchantSerialNumber: Schema.optional(merchant),
  merchants: Schema.optional(Schema.Array(merchant)).annotations({
    description: "The merchants that a partner acts for."
  })
}).annotations({ identifier: "NewKeys" })

export const ClientChoice = Schema.Struct({
  clientId: Schema.optional(Schema.String.annotations({ description: "Default: all clients." }))
})

export const TokenChoice = Schema.Struct({
  id: Schema.optional(Schema.Int.annotations({ description: "Default: all tokens." })),
  clientId: Schema.optional(Schema.String.annotations({ description: "Default: all clients." }))
})

export const Lifetimes = Schema.Struct({ standard: Schema.Number, specialized: Schema.Number }).annotations({
  identifier: "Lifetimes",
  description: "Lifetimes of new tokens, in milliseconds."
})

export const State = Schema.Struct({
  now: Millis,
  startedAt: Millis,
  url: Schema.String,
  publicUrl: Schema.String,
  anyKeys: Schema.Boolean,
  lifetimes: Lifetimes,
  tokens: Schema.Array(Token).annotations({ description: "The newest 100." }),
  liveTokens: Schema.Int,
  keys: Schema.Array(Keys),
  faults: Schema.Array(WaitingFault),
  variables: HeaderRecord.annotations({ description: "The variables of the emulator's own keys." })
}).annotations({ identifier: "State" })

export type State = typeof State.Type
