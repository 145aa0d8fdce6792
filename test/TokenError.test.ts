import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import {
  Expired,
  InvalidCredentials,
  InvalidResponse,
  isTokenError,
  isTransient,
  RateLimited,
  RequestRejected,
  TokenError,
  TokenRequestError,
  Unavailable
} from "../src/TokenError.js"
import { told } from "./fixtures/told.js"

const at = DateTime.unsafeMake("2026-01-15T12:00:00.123Z")
const bare = { flow: "standard", label: "webshop", nextAttemptAt: Option.none() } as const
const timed = { flow: "specialized", label: "accounts", nextAttemptAt: Option.some(at) } as const

const unavailable = new Unavailable({
  ...bare,
  reason: "network",
  status: Option.none(),
  code: Option.some("ECONNREFUSED"),
  retryAfter: Option.none()
})

/** Every error, once with all that it can carry, once with the least. */
const errors: ReadonlyArray<TokenError> = [
  new InvalidCredentials({
    ...timed,
    key: "clientSecret",
    status: 401,
    code: Option.some("invalid_client"),
    description: Option.some("Wrong secret."),
    hint: "Check the secret.",
    traceId: Option.some("t-1"),
    correlationId: Option.some("c-1")
  }),
  new InvalidCredentials({
    ...bare,
    key: "unknown",
    status: 401,
    code: Option.none(),
    description: Option.none(),
    hint: "Check the keys.",
    traceId: Option.none(),
    correlationId: Option.none()
  }),
  new RateLimited({ ...timed, retryAfter: Option.some(Duration.seconds(90)) }),
  new RateLimited({ ...bare, retryAfter: Option.none() }),
  new Unavailable({
    ...timed,
    reason: "server",
    status: Option.some(503),
    code: Option.none(),
    retryAfter: Option.some(Duration.millis(1500))
  }),
  unavailable,
  new Unavailable({
    ...bare,
    reason: "timeout",
    status: Option.none(),
    code: Option.none(),
    retryAfter: Option.none()
  }),
  new InvalidResponse({ ...bare, problem: "access_token: is missing" }),
  new RequestRejected({
    ...timed,
    status: 404,
    code: Option.some("not_found"),
    description: Option.some("No such thing."),
    hint: "Check the path."
  }),
  new RequestRejected({
    ...bare,
    status: 302,
    code: Option.none(),
    description: Option.none(),
    hint: "Check the URL."
  }),
  new Expired({ ...timed, expiredAt: at, cause: unavailable }),
  new Expired({
    ...bare,
    expiredAt: at,
    cause: new RateLimited({ ...timed, retryAfter: Option.some(Duration.hours(1)) })
  })
]

const fieldsOf = (error: TokenError) => ({ ...error, _tag: error._tag, cause: error.cause })

describe("a TokenError", () => {
  for (const [index, error] of errors.entries()) {
    it.effect(`goes to another process and comes back: ${error._tag} (${index})`, () =>
      Effect.gen(function* () {
        const wire = JSON.stringify(yield* Schema.encode(TokenError)(error))
        const back = yield* Schema.decodeUnknown(TokenError)(JSON.parse(wire))
        assert.isTrue(isTokenError(back))
        assert.strictEqual(back._tag, error._tag)
        assert.strictEqual(back.message, error.message)
        assert.deepStrictEqual(fieldsOf(back), fieldsOf(error))
        assert.isTrue(Equal.equals(back, error))
        assert.isTrue(back instanceof error.constructor)
      })
    )
  }

  it.effect("is written as plain JSON: absent fields left out, durations as milliseconds, dates as ISO", () =>
    Effect.gen(function* () {
      assert.deepStrictEqual(
        yield* Schema.encode(TokenError)(new Expired({ ...timed, expiredAt: at, cause: unavailable })),
        {
          _tag: "Expired",
          flow: "specialized",
          label: "accounts",
          nextAttemptAt: "2026-01-15T12:00:00.123Z",
          expiredAt: "2026-01-15T12:00:00.123Z",
          cause: { _tag: "Unavailable", flow: "standard", label: "webshop", reason: "network", code: "ECONNREFUSED" }
        }
      )
      assert.deepStrictEqual(
        yield* Schema.encode(TokenRequestError)(
          new RateLimited({ ...bare, retryAfter: Option.some(Duration.seconds(90)) })
        ),
        { _tag: "RateLimited", flow: "standard", label: "webshop", status: 429, retryAfter: 90_000 }
      )
    })
  )

  it("is made with what is known: the rest may be left out", () => {
    const error = new Unavailable({ flow: "standard", label: "webshop", reason: "network" })
    assert.deepStrictEqual(told(error), { _tag: "Unavailable", flow: "standard", label: "webshop", reason: "network" })
  })

  it("is caught by its tag", () => {
    const program = Effect.fail<TokenError>(unavailable).pipe(
      Effect.catchTag("Unavailable", (error) => Effect.succeed(error.reason)),
      Effect.catchAll((error) => Effect.succeed(error._tag))
    )
    assert.strictEqual(Effect.runSync(program), "network")
  })

  it("keeps its message and its fields through a span", () => {
    const exit = Effect.runSyncExit(Effect.fail(unavailable).pipe(Effect.withSpan("a span")))
    assert.include(String(exit), "ECONNREFUSED")
    const failure = Option.getOrThrow(Exit.isFailure(exit) ? Cause.failureOption(exit.cause) : Option.none())
    assert.strictEqual(failure.message, unavailable.message)
    assert.isTrue(isTokenError(failure))
    if (Exit.isFailure(exit)) assert.include(Cause.pretty(exit.cause), unavailable.message)
  })
})

describe("messages", () => {
  it("leave out of their sentence the ids that Entra ends its text with: they are fields", () => {
    const description = "AADSTS7000215: Invalid client secret provided. Trace ID: 1 Correlation ID: 2 Timestamp: 3"
    const error = new InvalidCredentials({
      flow: "standard",
      label: "shop",
      key: "clientSecret",
      status: 401,
      description: Option.some(description),
      hint: "Look."
    })
    assert.include(error.message, '"AADSTS7000215: Invalid client secret provided." Look.')
    assert.deepStrictEqual(error.description, Option.some(description))
  })
})

describe("the message reads well alone: what happened, why, what to do, when it is tried again", () => {
  const messages = [
    'accounts: Vipps refuses the client secret (HTTP 401 invalid_client). The server says: "Wrong secret." Check the secret. No token request before 2026-01-15T12:00:00.123Z.',
    "webshop: Vipps refuses the keys (HTTP 401). Check the keys.",
    "accounts: The token endpoint has had too many requests (HTTP 429). The server asks to wait 1m 30s. Share one token between all callers, and ask less often. No token request before 2026-01-15T12:00:00.123Z.",
    "webshop: The token endpoint has had too many requests (HTTP 429). Share one token between all callers, and ask less often.",
    "accounts: The token endpoint is in trouble (HTTP 503). The server asks to wait 1s 500ms. This passes by itself; try again later. No token request before 2026-01-15T12:00:00.123Z.",
    "webshop: The token endpoint cannot be reached (ECONNREFUSED). Check the network, DNS, proxy and firewall on the way, or try again later.",
    "webshop: The token endpoint did not answer in time. Check the network, DNS, proxy and firewall on the way, or try again later.",
    "webshop: The token endpoint answered without a usable token: access_token: is missing. Check that the base URL is Vipps' and that no proxy or login page answers in its place, or try again later.",
    'accounts: The token request was rejected (HTTP 404 not_found). The server says: "No such thing." Check the path. No token request before 2026-01-15T12:00:00.123Z.',
    "webshop: The token request was rejected (HTTP 302). Check the URL."
  ]
  for (const [index, message] of messages.entries()) {
    it(message, () => assert.strictEqual(errors[index]?.message, message))
  }

  it("names each key", () => {
    const refused = (key: InvalidCredentials["key"]) =>
      new InvalidCredentials({
        ...bare,
        key,
        status: 401,
        code: Option.none(),
        description: Option.none(),
        hint: "Look.",
        traceId: Option.none(),
        correlationId: Option.none()
      }).message
    assert.include(refused("clientId"), "refuses the client id (")
    assert.include(refused("clientSecret"), "refuses the client secret (")
    assert.include(refused("subscriptionKey"), "refuses the subscription key (")
    assert.include(refused("unknown"), "refuses the keys (")
  })

  it("F65 names a wait of any length: one that was read from a store may be absurd", () => {
    for (const wait of [Duration.zero, Duration.millis(1e308), Duration.infinity]) {
      const { message } = new RateLimited({ flow: "standard", label: "webshop", retryAfter: Option.some(wait) })
      assert.include(message, "The server asks to wait ")
    }
  })

  it("Expired says when, and why there is no new token", () => {
    const message = new Expired({ ...timed, expiredAt: at, cause: unavailable }).message
    assert.isTrue(
      message.startsWith(
        "accounts: The access token expired at 2026-01-15T12:00:00.123Z and no new one could be obtained."
      )
    )
    assert.include(message, unavailable.message)
    assert.isTrue(message.endsWith("No token request before 2026-01-15T12:00:00.123Z."))
  })
})

describe("isTransient", () => {
  it("is true of what time mends, and of nothing else", () => {
    const passing = new Set(["RateLimited", "Unavailable", "InvalidResponse", "Expired"])
    for (const error of errors) {
      assert.strictEqual(isTransient(error), passing.has(error._tag), error._tag)
      const terminal: InvalidCredentials | RequestRejected | undefined = isTransient(error) ? undefined : error
      assert.strictEqual(terminal?.status !== undefined, !passing.has(error._tag))
    }
  })
})

describe("isTokenError", () => {
  it("is true of all six", () => {
    for (const error of errors) assert.isTrue(isTokenError(error), error._tag)
    assert.strictEqual(new Set(errors.map(({ _tag }) => _tag)).size, 6)
  })

  it("is false of all else, however alike", () => {
    const others = [
      undefined,
      null,
      "Unavailable",
      new Error("x"),
      { _tag: "Unavailable" },
      { ...unavailable },
      Option.some(unavailable)
    ]
    for (const other of others) assert.isFalse(isTokenError(other))
  })
})

describe("TokenRequestError", () => {
  it("is all of them but Expired", () => {
    for (const error of errors) {
      assert.strictEqual(Schema.is(TokenRequestError)(error), error._tag !== "Expired", error._tag)
    }
  })
})
