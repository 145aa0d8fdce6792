import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Equal from "effect/Equal"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { CredentialsError } from "../../src/Credentials.js"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { MerchantSerialNumber } from "../../src/VippsEnvironment.js"

const standardRow = { clientId: "id", clientSecret: "secret", subscriptionKey: "key" }
const specializedRow = { clientId: "id", clientSecret: "secret" }
const visible = "must be visible ASCII characters without spaces"

const thrownBy = (make: () => unknown): CredentialsError => {
  try {
    make()
  } catch (error) {
    if (error instanceof CredentialsError) return error
    throw error
  }
  throw new Error("nothing was thrown")
}

const opened = (keys: object) =>
  Object.fromEntries(
    Object.entries(keys).map(([name, value]) => [
      name,
      Redacted.isRedacted(value) ? Redacted.value(value) : Option.isOption(value) ? Option.getOrUndefined(value) : value
    ])
  )

describe("StandardCredentials", () => {
  it("F42 make keeps every key, the client id redacted or not", () => {
    for (const clientId of ["id", Redacted.make("id")]) {
      const credentials = StandardCredentials.make({
        clientId,
        clientSecret: Redacted.make("secret"),
        subscriptionKey: Redacted.make("key"),
        merchantSerialNumber: MerchantSerialNumber.make("001234")
      })
      assert.deepStrictEqual(opened(credentials), { ...standardRow, merchantSerialNumber: "001234" })
      assert.isTrue(Redacted.isRedacted(credentials.clientId))
    }
  })

  it.effect("decode reads a row: plain or redacted, options or nulls, all else ignored", () =>
    Effect.gen(function* () {
      const rows: ReadonlyArray<unknown> = [
        standardRow,
        { ...standardRow, id: 7, merchantSerialNumber: null },
        { ...standardRow, merchantSerialNumber: "" },
        { ...standardRow, merchantSerialNumber: Option.none() },
        { clientId: Option.some("id"), clientSecret: Redacted.make("secret"), subscriptionKey: Redacted.make("key") }
      ]
      for (const row of rows) {
        const credentials = yield* StandardCredentials.decode(row)
        assert.deepStrictEqual(opened(credentials), { ...standardRow, merchantSerialNumber: undefined })
      }
      const merchant = yield* StandardCredentials.decode({ ...standardRow, merchantSerialNumber: " 001234 " })
      assert.deepStrictEqual(Option.getOrUndefined(merchant.merchantSerialNumber), "001234" as MerchantSerialNumber)
      assert.isTrue(merchant instanceof StandardCredentials)
    })
  )

  it.effect("trims the white space around every key", () =>
    Effect.gen(function* () {
      const padded = Object.fromEntries(Object.entries(standardRow).map(([name, key]) => [name, ` \t${key}\r\n`]))
      assert.isTrue(
        Equal.equals(yield* StandardCredentials.decode(padded), yield* StandardCredentials.decode(standardRow))
      )
    })
  )

  it.effect("F36 decode fails with field and rule, and nothing of the value", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [unknown, string, string]> = [
        [undefined, "clientId", "is missing"],
        [null, "clientId", "is missing"],
        ["canary", "clientId", "is missing"],
        [{ ...standardRow, clientId: undefined }, "clientId", "is missing"],
        [{ ...standardRow, clientSecret: null }, "clientSecret", "is missing"],
        [{ ...standardRow, subscriptionKey: Option.none() }, "subscriptionKey", "is missing"],
        [{ ...standardRow, clientId: 7 }, "clientId", "must be a string"],
        [{ ...standardRow, clientSecret: Redacted.make(7) }, "clientSecret", "must be a string"],
        [{ ...standardRow, clientSecret: " " }, "clientSecret", "must not be empty"],
        [{ ...standardRow, clientId: "can ary" }, "clientId", visible],
        [{ ...standardRow, clientSecret: Redacted.make("canary\ncanary") }, "clientSecret", visible],
        [{ ...standardRow, subscriptionKey: "canaryø" }, "subscriptionKey", visible],
        [{ ...standardRow, merchantSerialNumber: 123456 }, "merchantSerialNumber", "must be a string"],
        [{ ...standardRow, merchantSerialNumber: "canary" }, "merchantSerialNumber", "must be 4 to 10 digits"]
      ]
      for (const [row, setting, rule] of cases) {
        const error = yield* Effect.flip(StandardCredentials.decode(row))
        assert.deepInclude(error, { _tag: "CredentialsError", setting, rule })
        assert.isTrue(error.message.startsWith(`${setting} ${rule}`), error.message)
        assert.notInclude(inspect(error, { depth: null, showHidden: true }), "can")
      }
    })
  )

  it("F36 make throws with field and rule, and nothing of the value", () => {
    const error = thrownBy(() =>
      StandardCredentials.make({
        clientId: "id",
        clientSecret: Redacted.make("canary\ncanary"),
        subscriptionKey: Redacted.make("key")
      })
    )
    assert.strictEqual(error.message, `clientSecret ${visible}`)
    assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
  })
})

describe("SpecializedCredentials", () => {
  it("F42 make keeps every key", () => {
    const keys = { clientId: "id", clientSecret: Redacted.make("blåbær: 密码"), scope: "a b" }
    assert.deepStrictEqual(opened(SpecializedCredentials.make(keys)), {
      clientId: "id",
      clientSecret: "blåbær: 密码",
      scope: "a b"
    })
    assert.isUndefined(opened(SpecializedCredentials.make({ ...keys, scope: undefined })).scope)
  })

  it.effect("decode reads a row, and trims it", () =>
    Effect.gen(function* () {
      const plain = yield* SpecializedCredentials.decode(specializedRow)
      assert.deepStrictEqual(opened(plain), { ...specializedRow, scope: undefined })
      const padded = yield* SpecializedCredentials.decode({ clientId: " id\n", clientSecret: "\tsecret ", scope: " " })
      assert.isTrue(Equal.equals(plain, padded))
    })
  )

  it.effect("F36 decode fails with field and rule, and nothing of the value", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [unknown, string, string]> = [
        [{}, "clientId", "is missing"],
        [{ clientId: "id" }, "clientSecret", "is missing"],
        [{ ...specializedRow, clientId: "can:ary" }, "clientId", "must not contain a colon"],
        [{ ...specializedRow, clientId: "canø" }, "clientId", visible],
        [{ ...specializedRow, clientSecret: "can\0ary" }, "clientSecret", "must not contain control characters"],
        [{ ...specializedRow, clientSecret: "can\ud800" }, "clientSecret", "must be well-formed Unicode"],
        [{ ...specializedRow, scope: "can  ary" }, "scope", "must be scope names separated by single spaces"],
        [{ ...specializedRow, scope: 7 }, "scope", "must be a string"]
      ]
      for (const [row, setting, rule] of cases) {
        const error = yield* Effect.flip(SpecializedCredentials.decode(row))
        assert.deepInclude(error, { _tag: "CredentialsError", setting, rule })
        assert.notInclude(inspect(error, { depth: null, showHidden: true }), "can")
      }
    })
  )

  it("F36 make throws with field and rule, and nothing of the value", () => {
    const error = thrownBy(() =>
      SpecializedCredentials.make({ clientId: "id", clientSecret: Redacted.make("canary\0") })
    )
    assert.strictEqual(error.message, "clientSecret must not contain control characters")
    assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
  })
})

describe("credentials", () => {
  it.effect("F30 are equal by value, and differ wherever a key does", () =>
    Effect.gen(function* () {
      const same = yield* StandardCredentials.decode(standardRow)
      assert.isTrue(Equal.equals(same, yield* StandardCredentials.decode({ ...standardRow })))
      for (const field of ["clientId", "clientSecret", "subscriptionKey", "merchantSerialNumber"]) {
        const other = yield* StandardCredentials.decode({ ...standardRow, [field]: "9999" })
        assert.isFalse(Equal.equals(same, other), field)
      }
      const specialized = yield* SpecializedCredentials.decode(specializedRow)
      for (const field of ["clientId", "clientSecret", "scope"]) {
        const other = yield* SpecializedCredentials.decode({ ...specializedRow, [field]: "9999" })
        assert.isFalse(Equal.equals(specialized, other), field)
      }
    })
  )

  it.effect("F36 print no key", () =>
    Effect.gen(function* () {
      const keys = { clientId: "canary-1", clientSecret: "canary-2" }
      for (const credentials of [
        yield* StandardCredentials.decode({ ...keys, subscriptionKey: "canary-3" }),
        yield* SpecializedCredentials.decode(keys)
      ]) {
        const inspected = inspect(credentials, { depth: null, showHidden: true, getters: true })
        for (const text of [JSON.stringify(credentials), String(credentials), inspected]) {
          assert.notInclude(text, "canary")
        }
      }
    })
  )

  it.effect("config reads below a prefix of the user's own, and names the variable there", () =>
    Effect.gen(function* () {
      const load = (secret: string) => {
        const variables = { VIPPS_CLIENT_ID: "id", VIPPS_CLIENT_SECRET: secret, VIPPS_SUBSCRIPTION_KEY: "key" }
        const prefixed = Object.entries(variables).map(([name, value]) => [`SHOP_${name}`, value] as const)
        return ConfigProvider.fromMap(new Map(prefixed), { pathDelim: "_" })
          .pipe(ConfigProvider.nested("SHOP"))
          .load(StandardCredentials.config)
      }
      const error = yield* Effect.flip(load("can ary"))
      assert.include(String(error), "VIPPS_CLIENT_SECRET")
      assert.notInclude(String(error), "can ary")
      assert.deepInclude(opened(yield* load("secret")), standardRow)
    })
  )
})

describe("CredentialsError", () => {
  it.effect("goes to another process and comes back", () =>
    Effect.gen(function* () {
      const error = new CredentialsError({ problems: [{ setting: "clientId", rule: "is missing" }] })
      const wire = JSON.stringify(yield* Schema.encode(CredentialsError)(error))
      const back = yield* Schema.decodeUnknown(CredentialsError)(JSON.parse(wire))
      assert.deepStrictEqual(back.problems, error.problems)
      assert.strictEqual(back.message, "clientId is missing")
      assert.deepInclude(JSON.parse(JSON.stringify(error)), {
        _tag: "CredentialsError",
        message: "clientId is missing"
      })
    })
  )
})
