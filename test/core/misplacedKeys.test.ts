import { assert, describe, it } from "@effect/vitest"
import { foreignKeys, isClientId, misplacedKeys } from "../../src/core/misplacedKeys.js"

const guid = "fb492b5e-7907-4d83-ba20-c7fb60ca35de"
const hex = "0f14ebcab0ec4b29ae0cb90d91b4a84a"
const secret = "Y8Kteew6GE2ZmeycEt6egg=="
const right = { clientId: guid, clientSecret: secret, subscriptionKey: hex }

const settings = (problems: ReadonlyArray<{ readonly setting: string }>) => problems.map(({ setting }) => setting)

describe("misplacedKeys", () => {
  it("F54 finds nothing in keys that may be right", () => {
    for (const keys of [
      right,
      { ...right, clientId: guid.toUpperCase(), subscriptionKey: hex.toUpperCase() },
      { ...right, subscriptionKey: undefined },
      // Servers of one's own: any texts, and a GUID or hexadecimal digits as a secret beside others.
      { clientId: "id", clientSecret: "id", subscriptionKey: "id" },
      { ...right, clientSecret: "9658f4e2-26a8-4343-9b75-67ae9380232d" },
      { ...right, clientSecret: "ffffffffffffffffffffffffffffffff" }
    ]) {
      assert.deepStrictEqual(misplacedKeys(keys), [])
    }
  })

  it("F54 names the place that the key is missing from, and where it is", () => {
    const [problem, ...others] = misplacedKeys({ ...right, clientId: secret, clientSecret: guid })
    assert.deepStrictEqual(others, [])
    assert.deepStrictEqual(problem, {
      setting: "clientId",
      rule: "must be the client id: what looks like it is in the client secret, so the two seem to be swapped"
    })
    assert.deepStrictEqual(settings(misplacedKeys({ ...right, subscriptionKey: secret, clientSecret: hex })), [
      "subscriptionKey"
    ])
    assert.deepStrictEqual(settings(misplacedKeys({ ...right, clientId: hex, subscriptionKey: guid })), [
      "clientId",
      "subscriptionKey"
    ])
  })

  it("F54 finds a key that was pasted twice", () => {
    assert.deepStrictEqual(misplacedKeys({ ...right, clientSecret: guid }), [
      { setting: "clientSecret", rule: "must not be the client id" }
    ])
    assert.deepStrictEqual(misplacedKeys({ ...right, clientSecret: hex }), [
      { setting: "clientSecret", rule: "must not be the subscription key" }
    ])
    assert.deepStrictEqual(settings(misplacedKeys({ ...right, clientSecret: hex.toUpperCase() })), ["clientSecret"])
  })
})

describe("foreignKeys", () => {
  it("F54 says what a client id of Vipps looks like", () =>
    assert.match(foreignKeys({ ...right, clientId: "id" })[0]?.rule ?? "", /^must be a GUID, such as fb492b5e-/))

  it("F54 takes GUIDs alone as client ids, and no GUID of one digit", () => {
    assert.deepStrictEqual(foreignKeys(right), [])
    for (const clientId of [
      "",
      "id",
      hex,
      `${guid} `,
      `{${guid}}`,
      `0${guid}`,
      `${guid}0`,
      "00000000-0000-0000-0000-000000000000"
    ]) {
      assert.deepStrictEqual(settings(foreignKeys({ ...right, clientId })), ["clientId"], clientId)
    }
    assert.isFalse(isClientId(hex))
  })

  it("F54 takes no subscription key as the secret of the specialized flow", () => {
    const keys = { clientId: guid, clientSecret: hex, subscriptionKey: undefined }
    assert.deepStrictEqual(foreignKeys(keys), [
      {
        setting: "clientSecret",
        rule: "must be a client secret: it looks like a subscription key of the standard flow"
      }
    ])
    for (const clientSecret of [secret, `0${hex}`, `${hex}0`]) {
      assert.deepStrictEqual(foreignKeys({ ...keys, clientSecret }), [])
    }
    assert.deepStrictEqual(foreignKeys({ ...right, clientSecret: hex }), [], "beside a key it may be one")
  })
})
