/** What a flow makes of an answer of the 200s: a token, or InvalidResponse. */
import { assert, describe, it } from "@effect/vitest"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as TestClock from "effect/TestClock"
import { severityOf } from "../../src/internal/errors/tokenErrors.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { recordedStandardGrant, sampleToken, specializedGrant, specifiedStandardGrant } from "../fixtures/keys.js"
import { type Answer, recordingClient, responseOf } from "../fixtures/recordingClient.js"
import { told } from "../fixtures/told.js"

const grantOf = (answer: Answer) =>
  Effect.flatMap(standardFlowOver(recordingClient(answer).client), (flow) => flow.request)

const problemOf = (answer: Answer) =>
  Effect.flatMap(Effect.flip(grantOf(answer)), (error) =>
    error._tag === "InvalidResponse" ? Effect.succeed(error.problem) : Effect.dieMessage(`it is ${error._tag}`)
  )

const withBody = (changes: Record<string, unknown>) => ({ body: { ...recordedStandardGrant, ...changes } })

describe("a granted token", () => {
  it.effect("F19 as recorded: every number is a string", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_625_809_946_000)
      const token = yield* grantOf({ body: recordedStandardGrant })
      assert.strictEqual(Redacted.value(token.value), sampleToken)
      assert.strictEqual(Redacted.value(token.authorization), `Bearer ${sampleToken}`)
      assert.strictEqual(token.flow, "standard")
      assert.strictEqual(token.tokenType, "Bearer")
      assert.strictEqual(DateTime.toEpochMillis(token.issuedAt), 1_625_809_946_000)
      assert.strictEqual(DateTime.toEpochMillis(token.expiresAt), 1_625_813_545_000)
      assert.isTrue(Option.isNone(token.scope))
    })
  )

  it.effect("F19 as specified: every number is a number", () =>
    Effect.gen(function* () {
      const token = yield* grantOf({ body: specifiedStandardGrant })
      assert.strictEqual(DateTime.toEpochMillis(token.expiresAt), 3_600_000)
    })
  )

  it.effect("of the specialized flow: 15 minutes, with or without a scope", () =>
    Effect.gen(function* () {
      for (const scope of [undefined, "donations:read"]) {
        const flow = yield* specializedFlowOver(recordingClient({ body: { ...specializedGrant, scope } }).client)
        const token = yield* flow.request
        assert.strictEqual(token.flow, "specialized")
        assert.strictEqual(DateTime.toEpochMillis(token.expiresAt), 900_000)
        assert.strictEqual(Option.getOrUndefined(token.scope), scope)
      }
    })
  )

  it.effect("needs no more than access_token and expires_in; the rest may be anything", () =>
    Effect.gen(function* () {
      yield* grantOf({ body: { access_token: "a", expires_in: 1 } })
      yield* grantOf(withBody({ expires_on: null, not_before: "x", resource: [], scope: 7, ext_expires_in: "0" }))
      yield* grantOf(withBody({ token_type: "bearer" }))
      yield* grantOf({ status: 201, body: recordedStandardGrant, headers: { "content-type": "text/html" } })
      yield* grantOf({ body: `\ufeff${JSON.stringify(recordedStandardGrant)}` })
    })
  )

  it.effect("F60 may have 16 kB, and a scope beside it", () =>
    Effect.gen(function* () {
      const access_token = "x".repeat(16 * 1024)
      const token = yield* grantOf({ body: { access_token, expires_in: 900, scope: "donations:read" } })
      assert.strictEqual(Redacted.value(token.value), access_token)
      assert.strictEqual(Option.getOrUndefined(token.scope), "donations:read")
    })
  )

  it.effect("F19 F13 a lifetime of years counts as one year", () =>
    Effect.gen(function* () {
      const token = yield* grantOf({ body: `{"access_token":"a","expires_in":1e999}` })
      assert.strictEqual(DateTime.toEpochMillis(token.expiresAt), 365 * 24 * 3_600_000)
    })
  )

  it.effect("F18 counts from when the request was sent, however slow the answer is", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const slow = recordingClient((request) =>
        Effect.delay(
          Effect.sync(() => responseOf(request, { body: recordedStandardGrant })),
          "7 seconds"
        )
      )
      const flow = yield* standardFlowOver(slow.client)
      const fiber = yield* Effect.fork(flow.request)
      yield* TestClock.adjust("7 seconds")
      const token = yield* Fiber.join(fiber)
      assert.strictEqual(DateTime.toEpochMillis(token.issuedAt), 1_000_000)
      assert.strictEqual(DateTime.toEpochMillis(token.expiresAt), 1_000_000 + 3_599_000)
    })
  )

  it.effect("F17 F18 is refused if it was over before it arrived", () =>
    Effect.gen(function* () {
      for (const [seconds, granted] of [
        [7, false],
        [8, true]
      ] as const) {
        const slow = recordingClient((request) =>
          Effect.delay(
            Effect.sync(() => responseOf(request, withBody({ expires_in: seconds }))),
            "7 seconds"
          )
        )
        const flow = yield* standardFlowOver(slow.client)
        const fiber = yield* Effect.fork(Effect.either(flow.request))
        yield* TestClock.adjust("7 seconds")
        const result = yield* Fiber.join(fiber)
        assert.strictEqual(result._tag === "Right", granted, String(seconds))
        if (result._tag === "Left") assert.deepInclude(result.left, { _tag: "InvalidResponse" })
      }
    })
  )
})

it.effect("F44 an answer of the 200s without a token may ask for a wait, and is obeyed", () =>
  Effect.gen(function* () {
    for (const status of [200, 202, 204]) {
      const error = yield* Effect.flip(grantOf({ status, headers: { "retry-after": "90" } }))
      assert.deepInclude(told(error), { _tag: "InvalidResponse", retryAfter: 90_000 })
      assert.match(error.message, /1m 30s/)
      assert.deepStrictEqual(severityOf(error), { kind: "transient", retryAfterMillis: 90_000 })
    }
  })
)

describe("an answer without a usable token is InvalidResponse", () => {
  const lifetime = "expires_in: must be a number of seconds above 0"
  const characters = "access_token: must be visible ASCII characters without spaces"
  const nestedProblem = { access_token: characters, token_type: "token_type: must be Bearer", expires_in: lifetime }
  const nested = (field: string): Answer => {
    const value = "[".repeat(2_200) + "]".repeat(2_200)
    const fields = Object.entries(recordedStandardGrant).filter(([name]) => name !== field)
    return { body: JSON.stringify(Object.fromEntries(fields)).replace("{", `{"${field}":${value},`) }
  }
  const cases: ReadonlyArray<readonly [string, Answer, string]> = [
    ["empty", { body: "" }, "body: is empty"],
    ["no body", {}, "body: is empty"],
    ["204", { status: 204 }, "body: is empty"],
    ["white space", { body: "  \n" }, "body: is not JSON"],
    ["HTML", { body: "<html><title>Log in</title></html>" }, "body: is not JSON"],
    ["truncated JSON", { body: JSON.stringify(recordedStandardGrant).slice(0, -20) }, "body: is not JSON"],
    ["bytes that are no text", { body: new Uint8Array([0xff, 0xfe, 0x00]) }, "body: is not JSON"],
    ["null", { body: "null" }, "body: must be a JSON object"],
    ["a number", { body: "7" }, "body: must be a JSON object"],
    ["a text", { body: '"token"' }, "body: must be a JSON object"],
    ["an array", { body: "[]" }, "body: must be a JSON object"],
    ["an error that is not one of OAuth", { body: { error: "Unauthorized" } }, "access_token: is missing"],
    ["no access_token", withBody({ access_token: undefined }), "access_token: is missing"],
    ["F38 an empty token", withBody({ access_token: "" }), characters],
    ["F38 a token that is no text", withBody({ access_token: 7 }), characters],
    ["F38 a null token", withBody({ access_token: null }), characters],
    ["F38 a token with a line break", withBody({ access_token: "a\r\nx-evil: 1" }), characters],
    ["F38 a token with a space", withBody({ access_token: "a b" }), characters],
    ["F38 a token beyond ASCII", withBody({ access_token: "tøken" }), characters],
    [
      "F60 a token over 16 kB",
      withBody({ access_token: "x".repeat(16_385) }),
      "access_token: is longer than 16384 characters"
    ],
    ...(["access_token", "token_type", "expires_in"] as const).map(
      (field) => [`F57 ${field} nested 2,200 deep`, nested(field), nestedProblem[field]] as const
    ),
    ["F57 a body nested 20,000 deep", { body: "[".repeat(20_000) + "]".repeat(20_000) }, "body: must be a JSON object"],
    ["F19 no expires_in", withBody({ expires_in: undefined }), "expires_in: is missing"],
    ...[null, 0, "0", -1, "-1", "", "3600s", " 3600", "1e3", "NaN", true, [3600], {}].map(
      (value) => [`F19 expires_in ${JSON.stringify(value)}`, withBody({ expires_in: value }), lifetime] as const
    ),
    ["another token_type", withBody({ token_type: "MAC" }), "token_type: must be Bearer"],
    ["a token_type that is no text", withBody({ token_type: null }), "token_type: must be Bearer"],
    ["over 64 KiB", { body: " ".repeat(64 * 1024 + 1) }, "body: is longer than 65536 bytes"],
    ["a token over 64 KiB", withBody({ access_token: "x".repeat(70_000) }), "body: is longer than 65536 bytes"]
  ]
  for (const [name, answer, problem] of cases) {
    it.effect(name, () => Effect.map(problemOf(answer), (found) => assert.strictEqual(found, problem)))
  }

  it.effect("but 64 KiB exactly is read, in bytes and not in characters", () =>
    Effect.gen(function* () {
      const padded = (text: string, bytes: number) => text + " ".repeat(bytes - new TextEncoder().encode(text).length)
      yield* grantOf({ body: padded(JSON.stringify(recordedStandardGrant), 64 * 1024) })
      const wide = JSON.stringify({ ...recordedStandardGrant, comment: "ø".repeat(20_000) })
      yield* grantOf({ body: padded(wide, 64 * 1024) })
      assert.strictEqual(yield* problemOf({ body: padded(wide, 64 * 1024 + 1) }), "body: is longer than 65536 bytes")
    })
  )

  it.effect("and no more is read of an endless one", () =>
    Effect.gen(function* () {
      let pulled = 0
      let cancelled = false
      const endless = new ReadableStream<Uint8Array>({
        pull: (controller) => {
          pulled += 1
          controller.enqueue(new Uint8Array(1024))
        },
        cancel: () => {
          cancelled = true
        }
      })
      assert.strictEqual(yield* problemOf({ body: endless }), "body: is longer than 65536 bytes")
      assert.isBelow(pulled, 80)
      assert.isTrue(cancelled)
    })
  )

  it.effect("whatever length was announced", () =>
    Effect.gen(function* () {
      const body = " ".repeat(64 * 1024 + 1)
      for (const headers of [
        { "content-length": "10" },
        { "content-length": "10", "content-encoding": "gzip" },
        { "content-length": "-1" },
        { "content-length": "many" },
        { "content-length": "" }
      ]) {
        assert.strictEqual(yield* problemOf({ body, headers }), "body: is longer than 65536 bytes")
      }
      yield* grantOf({ body: JSON.stringify(recordedStandardGrant), headers: { "content-length": "10" } })
    })
  )

  it.effect("whatever was announced of an endless body", () =>
    Effect.gen(function* () {
      for (const announced of ["", "-1", " ", "-0x1", "many", "1e9"]) {
        let pulled = 0
        // Ends after 8 MiB, so that a body that is read as a whole does not hang the test.
        const endless = new ReadableStream<Uint8Array>({
          pull: (controller) => {
            pulled += 1
            controller.enqueue(new Uint8Array(1024))
            if (pulled === 8192) controller.close()
          }
        })
        const problem = yield* problemOf({ body: endless, headers: { "content-length": announced } })
        assert.strictEqual(problem, "body: is longer than 65536 bytes")
        assert.isBelow(pulled, 80, announced)
      }
    })
  )

  it.effect("a refusal over 64 KiB is still judged by its status", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(grantOf({ status: 401, body: { message: "x".repeat(70_000) } }))
      assert.deepInclude(told(error), { _tag: "Unavailable", reason: "intermediary", status: 401 })
    })
  )
})
