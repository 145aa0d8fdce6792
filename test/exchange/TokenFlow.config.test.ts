/** `layerConfig`: which variables are read, and how a bad one is named. */
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import type * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Layer from "effect/Layer"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import type { TokenFlow } from "../../src/TokenFlow.js"
import { recordedStandardGrant, specializedKeys, standardKeys } from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"

type Variables = Readonly<Record<string, string | undefined>>

const standardVariables = {
  VIPPS_ENVIRONMENT: "test",
  VIPPS_CLIENT_ID: standardKeys.clientId,
  VIPPS_CLIENT_SECRET: standardKeys.clientSecret,
  VIPPS_SUBSCRIPTION_KEY: standardKeys.subscriptionKey
}

const specializedVariables = {
  VIPPS_ENVIRONMENT: "production",
  VIPPS_SPECIALIZED_CLIENT_ID: specializedKeys.clientId,
  VIPPS_SPECIALIZED_CLIENT_SECRET: specializedKeys.clientSecret
}

const systemVariables = {
  VIPPS_SYSTEM_NAME: "acme",
  VIPPS_SYSTEM_VERSION: "1.0",
  VIPPS_SYSTEM_PLUGIN_NAME: "plug",
  VIPPS_SYSTEM_PLUGIN_VERSION: "2.0"
}

const flows = {
  standard: { variables: standardVariables, flow: Effect.provide(StandardFlow, StandardFlow.layerConfig()) },
  specialized: { variables: specializedVariables, flow: Effect.provide(SpecializedFlow, SpecializedFlow.layerConfig()) }
}

const build = (
  name: keyof typeof flows,
  changes: Variables = {},
  client = recordingClient({ body: recordedStandardGrant }).client
): Effect.Effect<TokenFlow, ConfigError.ConfigError> => {
  const variables = Object.entries({ ...flows[name].variables, ...changes }).flatMap(([variable, value]) =>
    value === undefined ? [] : [[variable, value] as const]
  )
  return flows[name].flow.pipe(
    Effect.provide(Layer.setConfigProvider(ConfigProvider.fromMap(new Map(variables)))),
    Effect.provideService(HttpClient.HttpClient, client)
  )
}

/** The request that a flow from these variables sends. */
const sentWith = (name: keyof typeof flows, changes: Variables = {}) =>
  Effect.gen(function* () {
    const recording = recordingClient({ body: recordedStandardGrant })
    const flow = yield* build(name, changes, recording.client)
    yield* flow.request
    const [sent] = recording.requests
    return { url: sent?.url ?? "", headers: { ...sent?.headers } as Record<string, string>, body: sent?.body }
  })

describe("StandardFlow.layerConfig()", () => {
  it.effect("F42 reads environment and keys", () =>
    Effect.gen(function* () {
      const sent = yield* sentWith("standard")
      assert.strictEqual(sent.url, "https://apitest.vipps.no/accesstoken/get")
      assert.strictEqual(sent.headers.client_id, standardKeys.clientId)
      assert.strictEqual(sent.headers.client_secret, standardKeys.clientSecret)
      assert.strictEqual(sent.headers["ocp-apim-subscription-key"], standardKeys.subscriptionKey)
      assert.notProperty(sent.headers, "merchant-serial-number")
      assert.notProperty(sent.headers, "vipps-system-name")
    })
  )

  it.effect("F42 reads the merchant serial number and the system, if they are there", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentWith("standard", { ...systemVariables, VIPPS_MERCHANT_SERIAL_NUMBER: "001234" })
      assert.deepInclude(headers, {
        "merchant-serial-number": "001234",
        "vipps-system-name": "acme",
        "vipps-system-version": "1.0",
        "vipps-system-plugin-name": "plug",
        "vipps-system-plugin-version": "2.0"
      })
    })
  )

  it.effect("trims what a shell or a secret file adds, and keeps commas", () =>
    Effect.gen(function* () {
      const { headers } = yield* sentWith("standard", {
        VIPPS_ENVIRONMENT: " production\n",
        VIPPS_CLIENT_ID: `\t${standardKeys.clientId}\r\n`,
        VIPPS_CLIENT_SECRET: " a,b,c \n"
      })
      assert.strictEqual(headers.client_id, standardKeys.clientId)
      assert.strictEqual(headers.client_secret, "a,b,c")
    })
  )
})

describe("SpecializedFlow.layerConfig()", () => {
  it.effect("F42 reads environment, keys, scope and system from variables of its own", () =>
    Effect.gen(function* () {
      const plain = yield* sentWith("specialized")
      assert.strictEqual(plain.url, "https://api.vipps.no/miami/v1/token")
      const basic = Buffer.from(`${specializedKeys.clientId}:${specializedKeys.clientSecret}`).toString("base64")
      assert.strictEqual(plain.headers.authorization, `Basic ${basic}`)
      const full = yield* sentWith("specialized", { ...systemVariables, VIPPS_SPECIALIZED_SCOPE: "a b" })
      assert.strictEqual(full.headers["vipps-system-plugin-version"], "2.0")
      const form = full.body?._tag === "Uint8Array" ? new TextDecoder().decode(full.body.body) : ""
      assert.strictEqual(form, "grant_type=client_credentials&scope=a+b")
    })
  )

  it.effect("takes a secret beyond ASCII, as the standard flow does not", () =>
    Effect.gen(function* () {
      yield* sentWith("specialized", { VIPPS_SPECIALIZED_CLIENT_SECRET: "blåbær" })
      assert.isTrue(Either.isLeft(yield* Effect.either(build("standard", { VIPPS_CLIENT_SECRET: "blåbær" }))))
    })
  )
})

describe("an optional variable that is blank counts as absent", () => {
  for (const blank of ["", "  ", "\n"]) {
    it.effect(JSON.stringify(blank), () =>
      Effect.gen(function* () {
        const system = Object.fromEntries(Object.keys(systemVariables).map((name) => [name, blank]))
        const standard = yield* sentWith("standard", { ...system, VIPPS_MERCHANT_SERIAL_NUMBER: blank })
        assert.deepStrictEqual(standard.headers, (yield* sentWith("standard")).headers)
        const specialized = yield* sentWith("specialized", { ...system, VIPPS_SPECIALIZED_SCOPE: blank })
        assert.deepStrictEqual(specialized.headers, (yield* sentWith("specialized")).headers)
      })
    )
  }
})

describe("F36 a bad variable is named with the rule that it breaks, never with its value", () => {
  const visible = "must be visible ASCII characters without spaces"
  const chars = "must be 1 to 30 visible ASCII characters"
  const cases: ReadonlyArray<readonly [keyof typeof flows, string, string | undefined, string]> = [
    ["standard", "VIPPS_ENVIRONMENT", undefined, ""],
    ["standard", "VIPPS_ENVIRONMENT", "canary", "must be test, production or a URL"],
    ["standard", "VIPPS_ENVIRONMENT", "http://canary.example", "must begin with https://"],
    ["standard", "VIPPS_ENVIRONMENT", "https://canary:canary@api.vipps.no", "must not contain a user name or password"],
    ["standard", "VIPPS_CLIENT_ID", undefined, ""],
    ["standard", "VIPPS_CLIENT_ID", "canary canary", visible],
    ["standard", "VIPPS_CLIENT_SECRET", undefined, ""],
    ["standard", "VIPPS_CLIENT_SECRET", "", "must not be empty"],
    ["standard", "VIPPS_CLIENT_SECRET", "  ", "must not be empty"],
    ["standard", "VIPPS_CLIENT_SECRET", "canary\ncanary", visible],
    ["standard", "VIPPS_SUBSCRIPTION_KEY", undefined, ""],
    ["standard", "VIPPS_SUBSCRIPTION_KEY", "canary-ø", visible],
    ["standard", "VIPPS_MERCHANT_SERIAL_NUMBER", "canary", "must be 4 to 10 digits"],
    ["standard", "VIPPS_SYSTEM_NAME", "canary".repeat(6), chars],
    ["standard", "VIPPS_SYSTEM_PLUGIN_NAME", "canary\nx", chars],
    ["specialized", "VIPPS_ENVIRONMENT", undefined, ""],
    ["specialized", "VIPPS_SPECIALIZED_CLIENT_ID", undefined, ""],
    ["specialized", "VIPPS_SPECIALIZED_CLIENT_ID", "canary:canary", "must not contain a colon"],
    ["specialized", "VIPPS_SPECIALIZED_CLIENT_SECRET", undefined, ""],
    ["specialized", "VIPPS_SPECIALIZED_CLIENT_SECRET", "canary\x07", "must not contain control characters"],
    ["specialized", "VIPPS_SPECIALIZED_SCOPE", "canary  canary", "must be scope names separated by single spaces"]
  ]
  for (const [flow, variable, value, rule] of cases) {
    it.effect(`${variable} ${value === undefined ? "missing" : JSON.stringify(value)}`, () =>
      Effect.gen(function* () {
        const error = yield* Effect.flip(build(flow, { [variable]: value }))
        const text = `${error} ${JSON.stringify(error)}`
        assert.include(text, variable)
        assert.include(text, rule)
        assert.notInclude(text, "canary")
        if (value === undefined) assert.match(text, /missing|Expected/i)
      })
    )
  }

  it.effect("VIPPS_SYSTEM_VERSION is missed where any other of the system is set, and so is VIPPS_SYSTEM_NAME", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [Variables, string]> = [
        [{ VIPPS_SYSTEM_NAME: "acme" }, "VIPPS_SYSTEM_VERSION"],
        [{ VIPPS_SYSTEM_NAME: "acme", VIPPS_SYSTEM_VERSION: " " }, "VIPPS_SYSTEM_VERSION"],
        [{ VIPPS_SYSTEM_VERSION: "1.0" }, "VIPPS_SYSTEM_NAME"],
        [{ VIPPS_SYSTEM_PLUGIN_NAME: "plug" }, "VIPPS_SYSTEM_NAME"]
      ]
      for (const [variables, missing] of cases) {
        const error = String(yield* Effect.flip(build("standard", variables)))
        assert.include(error, missing)
        assert.match(error, /Expected|must/)
      }
    })
  )

  it.effect("a sentence that reads well where VIPPS_ENVIRONMENT is neither a name nor a URL", () =>
    Effect.gen(function* () {
      for (const value of ["", "staging", "api.vipps.no"]) {
        const error = String(yield* Effect.flip(build("standard", { VIPPS_ENVIRONMENT: value })))
        assert.notMatch(error, /a URL must be a URL/)
      }
    })
  )
})
