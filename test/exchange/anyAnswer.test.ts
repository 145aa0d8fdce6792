/** Whatever a server answers, a flow gives a token or an error that says why, and tells no key. */
import { assert, describe, it } from "@effect/vitest"
import * as Arbitrary from "effect/Arbitrary"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as fc from "effect/FastCheck"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { AccessToken } from "../../src/AccessToken.js"
import { lifetimeMillis } from "../../src/core/grant.js"
import {
  ApiManagementError,
  EntraError,
  GatewayError,
  OAuthError,
  Problem,
  SpecializedGrant,
  StandardGrant,
  WireNumber
} from "../../src/internal/emulator/wire/tokenContract.js"
import { TokenRequestError } from "../../src/TokenError.js"
import {
  canariesIn,
  canaryKeys,
  canarySpecializedCredentials,
  canaryStandardCredentials,
  echoesOf,
  printed
} from "../fixtures/canaries.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { type Answer, recordingClient } from "../fixtures/recordingClient.js"

const flows = {
  standard: (answer: Answer) =>
    standardFlowOver(recordingClient(answer).client, { credentials: canaryStandardCredentials }),
  specialized: (answer: Answer) =>
    specializedFlowOver(recordingClient(answer).client, { credentials: canarySpecializedCredentials })
}

const asked = (flow: keyof typeof flows, answer: Answer) =>
  Effect.flatMap(flows[flow](answer), ({ request }) => Effect.exit(request))

/** `it.effect.prop` builds the test services anew for every run, which takes longer than the run. */
const forAll = <A>(name: string, numRuns: number, any: fc.Arbitrary<A>, check: (value: A) => Effect.Effect<void>) =>
  it(name, () =>
    fc.assert(
      fc.asyncProperty(any, (value) => Effect.runPromise(check(value))),
      { numRuns }
    )
  )

/** A token, or one of the five errors; never a defect, never an interruption. */
const isAnswer = (exit: Exit.Exit<AccessToken, TokenRequestError>): boolean =>
  Exit.match(exit, {
    onSuccess: (token) => token instanceof AccessToken,
    onFailure: (cause) => Cause.isFailType(cause) && Schema.is(TokenRequestError)(cause.error)
  })

const flowName = fc.constantFrom("standard" as const, "specialized" as const)
const status = fc.oneof(
  fc.constantFrom(200, 200, 200, 400, 401, 403, 404, 429, 503),
  fc.integer({ min: 100, max: 999 })
)

const headerValue = fc.oneof(
  fc.stringMatching(/^[\x21-\x7e]{1,20}$/),
  fc.constantFrom("60", "-1", "1e9", "9999999999", "Thu, 15 Jan 2026 12:00:00 GMT", "Thu, 99 Jan 2026 12:00:00 GMT")
)
const headers = fc.dictionary(
  fc.constantFrom("retry-after", "date", "content-type", "content-length", "location", "set-cookie", "x-any"),
  headerValue
)

const fieldName = fc.constantFrom(
  ...["access_token", "expires_in", "token_type", "scope", "error", "error_description", "error_codes", "trace_id"],
  ...["correlation_id", "statusCode", "message", "responseInfo", "responseCode", "responseMessage", "result", "detail"],
  ...["title", "status", "traceId", "contextId", "errorMessage", "ResponseInfo", "__proto__", "constructor", "toString"]
)
const echo = fc.constantFrom(...canaryKeys.flatMap((key) => Object.values(echoesOf(key))))
const leaf = fc.oneof(
  fc.constantFrom<unknown>(null, true, 0, -1, 3599, 1e300, "3599", "1000", "Bearer", "a.token", "", "invalid_client"),
  fc.constantFrom("unauthorized_client", "temporarily_unavailable", "invalid_request", "subscription"),
  fc.fullUnicodeString(),
  echo,
  fc.tuple(fc.fullUnicodeString(), echo, fc.fullUnicodeString()).map((parts) => parts.join("")),
  fc.integer({ min: 0, max: 320 }).chain((length) => echo.map((key) => `${"x".repeat(length)}${key}`))
)
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    fc.array(tie("tree"), { maxLength: 3 }),
    fc.dictionary(fieldName, tie("tree"), { maxKeys: 8 })
  )
}))
const knownFields = fc.dictionary(fieldName, fc.oneof(leaf, tree), { minKeys: 1, maxKeys: 8 })
const jsonText = fc.oneof(knownFields, knownFields, tree).map((json) => JSON.stringify(json))
const truncated = fc.tuple(jsonText, fc.nat({ max: 40 })).map(([text, length]) => text.slice(0, -length))
const body = fc.oneof(jsonText, jsonText, jsonText, truncated, fc.fullUnicodeString(), fc.json(), fc.uint8Array(), echo)

const answer = fc.record({ status, headers, body })

describe("whatever the server answers", () => {
  forAll(
    "it is a token or a TokenRequestError, and tells no key (F36)",
    1500,
    fc.tuple(flowName, answer),
    ([flow, answer]) =>
      Effect.map(asked(flow, answer), (exit) => {
        assert.isTrue(isAnswer(exit), String(exit))
        const known = flow === "standard" ? canaryKeys : canaryKeys.slice(0, 2)
        assert.deepStrictEqual(canariesIn(printed(exit), known), [])
      })
  )

  forAll(
    "it is a token or a TokenRequestError, in whatever pieces the body comes",
    300,
    fc.tuple(flowName, status, fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 10 }), fc.boolean()),
    ([flow, status, chunks, breaksOff]) => {
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => {
          for (const chunk of chunks) controller.enqueue(chunk)
          if (breaksOff) controller.error(new Error("reset"))
          else controller.close()
        }
      })
      return Effect.map(asked(flow, { status, body }), (exit) => assert.isTrue(isAnswer(exit), String(exit)))
    }
  )
})

const tokenText = fc.stringMatching(/^[\x21-\x7e]{1,80}$/)
const lifetime = Arbitrary.make(WireNumber).filter((wire) => lifetimeMillis(wire) !== undefined)
const usable = { access_token: tokenText, expires_in: lifetime }

describe("what the contract promises is granted", () => {
  for (const [flow, grant] of [
    ["standard", Arbitrary.make(StandardGrant)],
    ["specialized", Arbitrary.make(SpecializedGrant)]
  ] as const) {
    forAll(
      `F19 of the ${flow} flow`,
      500,
      fc.tuple(grant as fc.Arbitrary<object>, fc.record(usable)),
      ([grant, { access_token, expires_in }]) =>
        Effect.map(asked(flow, { body: { ...grant, access_token, expires_in } }), (exit) => {
          if (Exit.isFailure(exit)) return assert.fail(Cause.pretty(exit.cause))
          assert.strictEqual(Redacted.value(exit.value.value), access_token)
          const { expiresAt, issuedAt } = exit.value
          assert.strictEqual(DateTime.distance(issuedAt, expiresAt), lifetimeMillis(expires_in))
          assert.strictEqual(exit.value.flow, flow)
        })
    )
  }
})

describe("what the contract says of refusals is understood", () => {
  const refusal = fc.oneof(
    ...[EntraError, ApiManagementError, GatewayError, OAuthError, Problem].map((schema) =>
      Arbitrary.make(schema as Schema.Schema<object>)
    )
  )
  forAll(
    "every shape, at every status but those of success",
    500,
    fc.tuple(flowName, fc.integer({ min: 300, max: 599 }), refusal),
    ([flow, status, body]) =>
      Effect.map(asked(flow, { status, body }), (exit) => {
        const error = Exit.isFailure(exit) ? Cause.failureOption(exit.cause) : Option.none()
        const tags = ["InvalidCredentials", "RateLimited", "Unavailable", "RequestRejected"]
        assert.include(tags, Option.getOrUndefined(error)?._tag)
      })
  )
})
