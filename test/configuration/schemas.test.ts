/** Schemas of credentials: all problems of a row at once, and no value in any of them. */
import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as ParseResult from "effect/ParseResult"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { specializedKeys, standardKeys } from "../fixtures/keys.js"

const problemsOf = (result: Either.Either<unknown, ParseResult.ParseError>) =>
  Either.match(result, {
    onRight: () => [],
    onLeft: (error) =>
      ParseResult.ArrayFormatter.formatErrorSync(error).map(({ message, path }) => `${path.join(".")} ${message}`)
  })

/** Formatted, and looked into: the whole issue. */
const lookedInto = (result: Either.Either<unknown, ParseResult.ParseError>): string =>
  Either.match(result, {
    onRight: () => "",
    onLeft: (error) =>
      [
        formatted(error),
        inspect(error, { depth: null, showHidden: true, customInspect: false }),
        inspect(error.issue, { depth: null, showHidden: true, customInspect: false })
      ].join("\n")
  })

const formatted = (error: ParseResult.ParseError): string =>
  [
    error.message,
    String(error),
    JSON.stringify(error),
    inspect(error, { depth: null }),
    ParseResult.TreeFormatter.formatErrorSync(error),
    JSON.stringify(ParseResult.ArrayFormatter.formatErrorSync(error))
  ].join("\n")

const schemas = [
  [StandardCredentials.schema, standardKeys],
  [SpecializedCredentials.schema, specializedKeys]
] as const

describe("the schema of credentials", () => {
  it("decodes plain and redacted rows as decode does, and encodes what it decodes", () => {
    const credentials = Schema.decodeUnknownSync(StandardCredentials.schema)({
      ...standardKeys,
      clientSecret: Redacted.make(` ${standardKeys.clientSecret}\n`),
      merchantSerialNumber: "001234"
    })
    assert.isTrue(credentials instanceof StandardCredentials)
    assert.strictEqual<string | undefined>(Option.getOrUndefined(credentials.merchantSerialNumber), "001234")
    const row = Schema.encodeSync(StandardCredentials.schema)(credentials)
    assert.deepStrictEqual(row, { ...standardKeys, merchantSerialNumber: "001234" })
    assert.isTrue(Equal.equals(Schema.decodeSync(StandardCredentials.schema)(row), credentials))
    const specialized = Schema.decodeSync(SpecializedCredentials.schema)({ ...specializedKeys, scope: "a b" })
    assert.deepStrictEqual(Schema.encodeSync(SpecializedCredentials.schema)(specialized), {
      ...specializedKeys,
      scope: "a b"
    })
  })

  it("tells credentials from rows", () => {
    for (const [schema, row] of schemas) {
      const any: Schema.Schema<unknown, unknown> = schema as never
      const credentials = Schema.decodeUnknownSync(any)(row)
      assert.isTrue(Schema.is(any)(credentials))
      assert.isFalse(Schema.is(any)(row))
      assert.isTrue(Schema.is(Schema.typeSchema(any))(credentials))
      assert.isTrue(Either.isLeft(Schema.encodeUnknownEither(any)(row)))
      assert.isTrue(Either.isLeft(Schema.decodeUnknownEither(Schema.typeSchema(any))(row)))
    }
  })

  it("F36 F57 reports all problems of a row at once, by path, and holds no value", () => {
    const row = { clientId: "can ary", clientSecret: "canary\n\ncanary", merchantSerialNumber: "canary" }
    const result = Schema.decodeUnknownEither(StandardCredentials.schema)(row)
    assert.deepStrictEqual(problemsOf(result), [
      "clientId must be visible ASCII characters without spaces",
      "clientSecret must be visible ASCII characters without spaces",
      "subscriptionKey is missing",
      "merchantSerialNumber must be 4 to 10 digits"
    ])
    assert.notInclude(lookedInto(result), "can")
    const swapped = Schema.decodeUnknownEither(StandardCredentials.schema)({
      ...standardKeys,
      clientId: standardKeys.clientSecret,
      clientSecret: standardKeys.clientId
    })
    assert.match(problemsOf(swapped).join(), /^clientId .*swapped$/)
    assert.notInclude(lookedInto(swapped), standardKeys.clientId)
    for (const value of [undefined, null, 7, "canary", [], new Proxy({}, { has: () => assert.fail("canary") })]) {
      for (const [schema] of schemas) {
        const bad = Schema.decodeUnknownEither(schema as Schema.Schema<unknown, unknown>)(value)
        assert.isTrue(Either.isLeft(bad))
        assert.notInclude(lookedInto(bad), "canary")
      }
    }
  })

  it("F57 formats nothing of a value that is nested ten thousand deep", () => {
    let deep: unknown = "canary"
    for (let depth = 0; depth < 10_000; depth++) deep = [deep]
    const result = Schema.decodeUnknownEither(StandardCredentials.schema)({ ...standardKeys, clientSecret: deep })
    assert.deepStrictEqual(problemsOf(result), ["clientSecret must be a string"])
  })
})

describe("fields under other names", () => {
  const { clientId, clientSecret, subscriptionKey } = StandardCredentials.fields
  const Row = Schema.Struct({
    clientId: Schema.propertySignature(clientId).pipe(Schema.fromKey("vipps_client_id")),
    clientSecret: Schema.propertySignature(clientSecret).pipe(Schema.fromKey("vipps_client_secret")),
    subscriptionKey: Schema.propertySignature(subscriptionKey).pipe(Schema.fromKey("vipps_subscription_key"))
  }).pipe(Schema.compose(StandardCredentials.schema))
  const row = {
    vipps_client_id: standardKeys.clientId,
    vipps_client_secret: standardKeys.clientSecret,
    vipps_subscription_key: standardKeys.subscriptionKey
  }

  it("read and write a row with its own names", () => {
    const credentials = Schema.decodeUnknownSync(Row)(row)
    assert.isTrue(Equal.equals(credentials, Schema.decodeUnknownSync(StandardCredentials.schema)(standardKeys)))
  })

  it("F36 F57 name those in every problem, and no formatter prints a value", () => {
    const result = Schema.decodeUnknownEither(Row, { errors: "all" })({
      vipps_client_id: "canary canary",
      vipps_client_secret: 'canary"\n'
    })
    assert.deepStrictEqual(problemsOf(result), [
      "vipps_client_id must be visible ASCII characters without spaces",
      "vipps_client_secret must not be in quotes",
      "vipps_subscription_key is missing"
    ])
    if (Either.isLeft(result)) assert.notInclude(formatted(result.left), "canary")
    const [swapped] = [Schema.decodeUnknownEither(Row)({ ...row, vipps_client_secret: standardKeys.subscriptionKey })]
    if (Either.isLeft(swapped)) assert.notInclude(formatted(swapped.left), standardKeys.subscriptionKey)
  })
})
