/** Token errors as plain values: what loggers print of them, and how they are found and rebuilt. */
import { inspect } from "node:util"
import { assert, describe, it, vi } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { asTokenRequestError, copyError, severityOf } from "../src/internal/errors/tokenErrors.js"
import {
  Expired,
  InvalidCredentials,
  InvalidResponse,
  isTokenError,
  RateLimited,
  RequestRejected,
  TokenError,
  type TokenRequestError,
  Unavailable
} from "../src/TokenError.js"

const named = { flow: "standard", label: "webshop" } as const
const wait = Option.some(Duration.seconds(300))

const requestErrors: ReadonlyArray<TokenRequestError> = [
  new InvalidCredentials({ ...named, key: "clientSecret", status: 401, hint: "Check the secret.", retryAfter: wait }),
  new InvalidCredentials({ ...named, key: "unknown", status: 401, hint: "Check the keys." }),
  new RateLimited({ ...named, retryAfter: wait }),
  new RateLimited({ ...named, status: 403 }),
  new Unavailable({ ...named, reason: "network", code: Option.some("ECONNREFUSED") }),
  new Unavailable({ ...named, reason: "intermediary", status: Option.some(403), hint: Option.some("Ask the proxy.") }),
  new Unavailable({ ...named, reason: "server", retryAfter: wait }),
  new InvalidResponse({ ...named, problem: "body: is empty" }),
  new RequestRejected({ ...named, status: 404, hint: "Check the path.", retryAfter: wait }),
  new RequestRejected({ ...named, status: 0, hint: "The certificate does not verify." })
]

const expired = new Expired({
  ...named,
  nextAttemptAt: Option.some(DateTime.unsafeMake("2026-01-15T12:00:01Z")),
  expiredAt: DateTime.unsafeMake("2026-01-15T12:00:00Z"),
  cause: new Unavailable({ ...named, reason: "timeout" })
})

const errors: ReadonlyArray<TokenError> = [...requestErrors, expired]

const plumbing = /_id|\b(?:Option|None|Some|Duration|DateTime)\b/

const loggedBy = (logger: Logger.Logger<unknown, unknown>, error: TokenError) => {
  const lines: Array<unknown> = []
  const recorded = Logger.map(logger, (line) => {
    lines.push(line)
  })
  return Effect.fail(error).pipe(
    Effect.tapError(Effect.logError),
    Effect.ignore,
    Effect.provide(Logger.replace(Logger.defaultLogger, recorded)),
    Effect.as(lines)
  )
}

describe("F53 every logger and serialiser prints the sentence first, and nothing of absent fields", () => {
  const serialised: ReadonlyArray<readonly [string, (error: TokenError) => string]> = [
    ["JSON.stringify", (error) => JSON.stringify(error)],
    ["JSON.stringify of an object that holds it", (error) => JSON.stringify({ error })],
    ["util.inspect", (error) => inspect(error)],
    ["String", String],
    ["its stack", (error) => String(error.stack)],
    ["Cause.pretty", (error) => Cause.pretty(Cause.fail(error))],
    ["Cause.pretty with causes", (error) => Cause.pretty(Cause.fail(error), { renderErrorCause: true })]
  ]
  const told = (text: string, error: TokenError) => {
    assert.include(text.slice(0, 40), error.label, text)
    assert.include(text.replaceAll('\\"', '"'), error.message, text)
    assert.notMatch(text, plumbing)
  }
  for (const [name, print] of serialised) {
    it(name, () => {
      for (const error of errors) told(print(error), error)
    })
  }

  it.effect("Logger.json", () =>
    Effect.gen(function* () {
      for (const error of errors) {
        const [line] = yield* loggedBy(Logger.jsonLogger, error)
        assert.match(String(line), /^\{"message":\{"message":"webshop: /)
        assert.notMatch(String(line), plumbing)
        assert.strictEqual(JSON.parse(String(line)).message.message, error.message)
      }
    })
  )

  it.effect("Logger.structured", () =>
    Effect.gen(function* () {
      for (const error of errors) {
        const [line] = yield* loggedBy(Logger.structuredLogger, error)
        const { message } = line as { message: Record<string, unknown> }
        assert.deepStrictEqual(Object.entries(message)[0], ["message", error.message])
        assert.notMatch(JSON.stringify(message), plumbing)
        if (error._tag === "Expired") assert.deepStrictEqual(message.cause, error.cause.toJSON())
      }
    })
  )

  for (const [name, logger] of [
    ["Logger.string", Logger.stringLogger],
    ["Logger.logfmt", Logger.logfmtLogger]
  ] as const) {
    it.effect(name, () =>
      Effect.gen(function* () {
        for (const error of errors) {
          const [line] = yield* loggedBy(logger, error)
          const text = String(line).replaceAll("\\n", "").replaceAll("\\", "")
          assert.match(text, /message="\{\s*"message":\s*"webshop: /)
          assert.include(text, error.message)
          assert.notMatch(text, plumbing)
        }
      })
    )
  }

  it.effect("Logger.pretty", () =>
    Effect.gen(function* () {
      const log = vi.spyOn(console, "log").mockImplementation(() => {})
      for (const error of errors) {
        log.mockClear()
        yield* Effect.logError(error).pipe(
          Effect.provide(Logger.replace(Logger.defaultLogger, Logger.prettyLogger({ colors: false })))
        )
        const text = log.mock.calls.map((words) => words.map((word) => (word === error ? inspect(word) : word))).join()
        assert.include(text, error.message)
        assert.notMatch(text, plumbing)
      }
      log.mockRestore()
    })
  )

  it("trackers that walk own properties find the message, and no absent field", () => {
    for (const error of errors) {
      const own = Object.entries(error)
      assert.deepInclude(own, ["message", error.message])
      for (const [name, value] of own) assert.isFalse(Option.isOption(value) && Option.isNone(value), name)
    }
  })

  it("the JSON of an error is its encoded form, and decodes to the error", () => {
    for (const error of errors) {
      const { message, ...encoded } = JSON.parse(JSON.stringify(error))
      assert.strictEqual(message, error.message)
      const { cause: encodedCause, ...rest } = Schema.encodeSync(TokenError)(error) as Record<string, unknown>
      const { cause, ...fields } = encoded
      assert.deepStrictEqual(fields, rest)
      if (encodedCause !== undefined) assert.deepInclude(cause, encodedCause)
      assert.isTrue(Equal.equals(Schema.decodeUnknownSync(TokenError)({ message, ...encoded }), error))
    }
  })

  it("absent fields can be read all the same", () => {
    const error = new RateLimited(named)
    assert.isTrue(Option.isNone(error.retryAfter))
    assert.isTrue(Option.isNone(error.nextAttemptAt))
  })
})

describe("a copy of an error", () => {
  it("has the fields of the original, and a message of its own", () => {
    for (const error of requestErrors) {
      const copy = copyError(error, { label: "accounts" })
      assert.strictEqual(copy.message, error.message.replace("webshop", "accounts"))
      assert.isTrue(Equal.equals(copyError(copy, { label: "webshop" }), error))
    }
    const copy = new Expired({ ...expired, label: "accounts" })
    assert.strictEqual(copy.cause, expired.cause)
    assert.isTrue(copy.message.startsWith("accounts: The access token expired"))
  })
})

describe("F62 an error keeps no stack frames", () => {
  it("whoever made it", () => {
    for (const error of errors) assert.strictEqual(error.stack, `${error._tag}: ${error.message}`)
  })
})

describe("F44 the Retry-After of every error counts for the back-off", () => {
  it("whatever its kind", () => {
    for (const error of requestErrors) {
      const said = "retryAfter" in error && Option.isSome(error.retryAfter) ? 300_000 : undefined
      assert.strictEqual(severityOf(error).retryAfterMillis, said, error._tag)
    }
    assert.deepStrictEqual(
      requestErrors.map((error) => severityOf(error).kind),
      [
        ...["terminal", "terminal", "rateLimited", "rateLimited", "transient", "transient", "transient"],
        ...["transient", "terminal", "terminal"]
      ]
    )
  })
})

const secondCopy = async () => {
  vi.resetModules()
  return await import("../src/TokenError.js")
}

const foreignErrors = async (): Promise<ReadonlyArray<unknown>> => {
  const copy = await secondCopy()
  const foreign = errors.map((error) => Schema.decodeUnknownSync(copy.TokenError)(JSON.parse(JSON.stringify(error))))
  assert.isFalse(foreign.some((error) => error instanceof Unavailable))
  return foreign
}

const throwing = () => {
  throw new Error("hostile")
}
const hostile = () =>
  new Proxy(
    {},
    { get: throwing, has: throwing, getPrototypeOf: throwing, ownKeys: throwing, getOwnPropertyDescriptor: throwing }
  )
const spiteful = () =>
  Object.defineProperties(new Unavailable({ ...named, reason: "network" }), {
    label: { get: throwing },
    message: { get: throwing }
  })
const nested = (depth: number): unknown => Array.from({ length: depth }).reduce((inner) => [inner], {})
const strangers = (): ReadonlyArray<unknown> => [
  ...[undefined, null, 0, "Unavailable", Symbol("s"), () => 1, {}, [], new Error("x"), new Map()],
  ...[{ _tag: "Unavailable" }, { _tag: "RateLimited", flow: "standard", label: 7 }, Option.some(expired)],
  ...[hostile(), spiteful(), { _tag: "Unavailable", flow: nested(10_000), label: nested(10_000) }],
  Object.defineProperty({ _tag: "Unavailable" }, "flow", { get: throwing })
]

describe("isTokenError", () => {
  it("F47 is true of the errors of a second copy of the package", async () => {
    for (const error of await foreignErrors()) assert.isTrue(isTokenError(error))
  })

  it("F56 never throws", () => {
    for (const stranger of strangers()) assert.isFalse(isTokenError(stranger))
    assert.isFalse(isTokenError({ ...expired }))
  })
})

describe("TokenError.fromUnknown", () => {
  const found = (value: unknown) => Option.getOrUndefined(TokenError.fromUnknown(value))

  it("finds the error in whatever a rejected promise holds", async () => {
    const rejection = (effect: Effect.Effect<unknown, unknown>) => Effect.runPromise(effect).catch((error) => error)
    for (const error of errors) {
      const holders: ReadonlyArray<unknown> = [
        error,
        await rejection(Effect.fail(error)),
        await rejection(Effect.die(error)),
        new Error("wrapped", { cause: error }),
        await rejection(Effect.orDie(Effect.fail(error))),
        await rejection(Effect.all([Effect.die("first"), Effect.fail(error)], { mode: "default", concurrency: 2 })),
        Cause.parallel(Cause.die("first"), Cause.sequential(Cause.empty, Cause.fail(error))),
        Exit.fail(error),
        new Error("outer", { cause: new Error("inner", { cause: error }) }),
        new Error("outer", { cause: Cause.fail({ cause: error }) }),
        new AggregateError([new Error("one"), new Error("two", { cause: error })]),
        new AggregateError([hostile(), spiteful(), error]),
        new Cause.UnknownException(error),
        await Promise.allSettled([Promise.resolve(1), Promise.reject(error)])
      ]
      for (const [index, holder] of holders.entries()) assert.strictEqual(found(holder), error, String(index))
    }
  })

  it("finds the outermost of several", () => {
    assert.strictEqual(found(new Error("outer", { cause: expired })), expired)
  })

  it("F47 finds the errors of a second copy of the package", async () => {
    for (const error of await foreignErrors()) assert.strictEqual<unknown>(found(Exit.fail(error)), error)
  })

  it("F56 never throws, and always ends", () => {
    const circular = new Error("circular")
    circular.cause = new AggregateError([circular, { cause: circular }])
    const endless: object = new Proxy({}, { get: () => endless })
    const wide = new AggregateError(Array.from({ length: 100_000 }, () => ({ cause: {} })))
    const long = Array.from({ length: 100_000 }).reduce((cause: unknown) => ({ cause }), undefined)
    for (const stranger of [...strangers(), circular, endless, wide, long]) {
      assert.isUndefined(found(stranger))
    }
  })
})

describe("asTokenRequestError", () => {
  const flow = { name: "standard", label: "webshop" } as const
  const unknown = new InvalidResponse({ ...named, problem: "the flow failed with an unknown error" })

  it("keeps our own errors as they are", () => {
    for (const error of requestErrors) assert.isTrue(Equal.equals(asTokenRequestError(flow, error), error))
  })

  it("F47 makes our own of the errors of a second copy, and of encoded ones", async () => {
    for (const foreign of [await foreignErrors(), errors.map((error) => Schema.encodeSync(TokenError)(error))]) {
      for (const [index, error] of requestErrors.entries()) {
        const own = asTokenRequestError(flow, foreign[index])
        assert.isTrue(own instanceof error.constructor, error._tag)
        assert.isTrue(Equal.equals(own, error), error._tag)
      }
    }
  })

  it("takes the cause of an Expired", () => {
    assert.isTrue(Equal.equals(asTokenRequestError(flow, expired), expired.cause))
  })

  it("F56 says of anything else that the flow failed, and never throws", () => {
    for (const stranger of strangers()) {
      assert.isTrue(Equal.equals(asTokenRequestError(flow, stranger), unknown))
    }
  })
})
