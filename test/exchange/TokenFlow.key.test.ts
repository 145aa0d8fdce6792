/** Which flows share a token, and which never may (F30). */
import { createHash } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import type { SpecializedFlowOptions } from "../../src/specialized/SpecializedFlow.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import type { StandardFlowOptions } from "../../src/standard/StandardFlow.js"
import { MerchantSerialNumber, SystemInfo, VippsEnvironment } from "../../src/VippsEnvironment.js"
import { specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { specializedKeys, standardKeys } from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"

const { client } = recordingClient({ status: 500 })

const standard = (keys: Partial<typeof standardKeys> = {}, options: Partial<StandardFlowOptions> = {}) =>
  Effect.map(
    standardFlowOver(client, { credentials: standardCredentialsOf(keys), ...options }),
    ({ key }): string => key
  )

const standardCredentialsOf = (keys: Partial<typeof standardKeys>, merchantSerialNumber?: MerchantSerialNumber) => {
  const { clientId, clientSecret, subscriptionKey } = { ...standardKeys, ...keys }
  return StandardCredentials.make({
    clientId,
    clientSecret: Redacted.make(clientSecret),
    subscriptionKey: Redacted.make(subscriptionKey),
    merchantSerialNumber
  })
}

const specialized = (
  keys: { clientId?: string; clientSecret?: string; scope?: string } = {},
  options: Partial<SpecializedFlowOptions> = {}
) => {
  const { clientId, clientSecret, scope } = { ...specializedKeys, scope: undefined, ...keys }
  const credentials = SpecializedCredentials.make({ clientId, clientSecret: Redacted.make(clientSecret), scope })
  return Effect.map(specializedFlowOver(client, { credentials, ...options }), ({ key }): string => key)
}

const sha256 = (text: string) => createHash("sha256").update(text, "utf8").digest("base64url")

describe("TokenKey", () => {
  it.effect("F30 is SHA-256 over the parts with their lengths: every process and every release computes the same", () =>
    Effect.gen(function* () {
      assert.strictEqual(
        yield* standard(),
        sha256(
          "25:https://apitest.vipps.no/" +
            "8:standard36:fb492b5e-7907-4d83-ba20-c7fb60ca35de" +
            "24:Y8Kteew6GE2ZmeycEt6egg==32:0f14ebcab0ec4b29ae0cb90d91b4a84a-"
        )
      )
      assert.strictEqual(
        yield* specialized({ scope: "donations:read" }),
        sha256(
          "21:https://api.vipps.no/11:specialized36:9658f4e2-26a8-4343-9b75-67ae9380232d" +
            "24:Y8Kteew6GE2ZmeycEt6egg==-14:donations:read"
        )
      )
      assert.match(yield* standard(), /^[A-Za-z0-9_-]{43}$/)
    })
  )

  it.effect("F30 differs wherever the keys, the environment or the scope do", () =>
    Effect.gen(function* () {
      const same = { clientId: "c", clientSecret: "s" }
      // Vipps' own servers have GUIDs alone.
      const own = { environment: VippsEnvironment.custom("https://own.example") }
      const keys = yield* Effect.all([
        standard(),
        standard({}, own),
        standard({ clientId: "x" }, own),
        standard({ clientSecret: "x" }),
        standard({ subscriptionKey: "x" }),
        standard({ clientId: "FB492B5E-7907-4D83-BA20-C7FB60CA35DE" }),
        standard({}, { environment: VippsEnvironment.production }),
        standard({}, { environment: VippsEnvironment.custom("https://apitest.vipps.no/prefix") }),
        standard({}, { environment: VippsEnvironment.custom("https://apitest.vipps.no:8443") }),
        specialized(),
        specialized({ clientId: "x" }, own),
        specialized({ clientSecret: "x" }),
        specialized({ scope: "a" }),
        specialized({ scope: "b" }),
        specialized({}, { environment: VippsEnvironment.test }),
        // The same two keys in both flows, and their parts moved from one to the next.
        standard({ ...same, subscriptionKey: "k" }, own),
        specialized(same, own),
        standard({ clientId: "ab", clientSecret: "c" }, own),
        standard({ clientId: "a", clientSecret: "bc" }, own)
      ])
      assert.strictEqual(new Set(keys).size, keys.length)
    })
  )

  it.effect("F30 is the same for all else: one partner token serves many merchants", () =>
    Effect.gen(function* () {
      const merchant = standardCredentialsOf({}, MerchantSerialNumber.make("123456"))
      const system = SystemInfo.make({ systemName: "acme", systemVersion: "1" })
      const keys = yield* Effect.all([
        standard(),
        standard({}, { credentials: merchant }),
        standard({}, { label: "another" }),
        standard({}, { path: "/another" }),
        standard({}, { requestTimeout: "1 second" }),
        standard({}, { system }),
        standard({ clientSecret: ` ${standardKeys.clientSecret}\n` }),
        standard({}, { environment: VippsEnvironment.custom("HTTPS://APITEST.VIPPS.NO:443//") })
      ])
      assert.strictEqual(new Set(keys).size, 1)
      assert.strictEqual(yield* specialized({}, { path: "/authentication/v1/token", label: "a" }), yield* specialized())
    })
  )

  it.effect("F36 tells no key", () =>
    Effect.gen(function* () {
      const key = yield* standard({ clientSecret: "a" })
      for (const secret of Object.values(standardKeys)) assert.notInclude(key, secret)
    })
  )
})
