/** F54: values that can never be right are named, with variable and rule, before anything is sent. */
import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Config from "effect/Config"
import * as ConfigError from "effect/ConfigError"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { CredentialsError } from "../../src/Credentials.js"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { StandardFlow, type StandardFlowConfig } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { standardFlowOver } from "../fixtures/flows.js"
import { specializedKeys, standardKeys } from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"

const { clientId, clientSecret, subscriptionKey } = standardKeys

const variables = {
  VIPPS_ENVIRONMENT: "test",
  VIPPS_CLIENT_ID: clientId,
  VIPPS_CLIENT_SECRET: clientSecret,
  VIPPS_SUBSCRIPTION_KEY: subscriptionKey,
  VIPPS_SPECIALIZED_CLIENT_ID: specializedKeys.clientId,
  VIPPS_SPECIALIZED_CLIENT_SECRET: specializedKeys.clientSecret
}

type Changes = Partial<Record<keyof typeof variables | "VIPPS_PSP_ID" | "VIPPS_INSECURE_HTTP", string>>

const providerOf = (changes: Record<string, string | undefined>) =>
  ConfigProvider.fromMap(
    new Map(Object.entries(changes).flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])))
  )

/** Fails the test if a single request is sent. */
const silent = recordingClient(() => Effect.dieMessage("something was sent"))

const flows = {
  standard: Effect.provide(StandardFlow, StandardFlow.layerConfig()),
  specialized: Effect.provide(SpecializedFlow, SpecializedFlow.layerConfig())
}

const refusal = (flow: keyof typeof flows, changes: Changes) =>
  flows[flow].pipe(
    Effect.provideService(HttpClient.HttpClient, silent.client),
    Effect.withConfigProvider(providerOf({ ...variables, ...changes })),
    Effect.flip,
    Effect.orDie
  )

const pathsIn = (error: ConfigError.ConfigError): ReadonlyArray<string> =>
  ConfigError.isAnd(error) || ConfigError.isOr(error)
    ? [...pathsIn(error.left), ...pathsIn(error.right)]
    : [error.path.join(".")]

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: templates that nobody has filled in
const placeholders = [
  "<your-client-id>",
  "[key]",
  "{key}",
  "{{vipps.key}}",
  "${VIPPS_KEY}",
  "prefix-${KEY}",
  "$VIPPS_KEY",
  "$(cat_key)",
  "%VIPPS_KEY%",
  "undefined",
  "null",
  "None",
  "NaN",
  "[object Object]",
  "<redacted>",
  "xxx",
  "XXXXXXXX",
  "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
  "changeme",
  "change-me",
  "CHANGE_ME_PLEASE",
  "replace_with_key",
  "insert-secret-here",
  "your-client-id",
  "YOUR_CLIENT_SECRET",
  "yourSecret",
  "TODO",
  "placeholder",
  "********",
  "Y8K*****",
  "...",
  "client_id",
  "client-secret",
  "VIPPS_CLIENT_SECRET"
]
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: templates that nobody has filled in

const quoted = [`"${clientId}"`, `'${clientId}'`, `\`${clientId}\``, `\\"${clientId}\\"`, '"', '""']

const others = {
  "must be the value alone, without its name": [`VIPPS_CLIENT_ID=${clientId}`, `client_secret:${clientSecret}`],
  "must be the value itself, not the address where it is kept": [
    "op://vault/vipps/secret",
    "https://vault.example/v1/secret",
    "arn:aws:secretsmanager:eu-north-1:1:secret:vipps",
    "@Microsoft.KeyVault(SecretUri=x)",
    "projects/1/secrets/vipps/versions/latest"
  ],
  "must be at most 1024 bytes": ["a".repeat(1025), "eyJ".repeat(400)]
}

const rules: ReadonlyArray<readonly [string, ReadonlyArray<string>]> = [
  ["must not be in quotes", quoted],
  ["must be the real value, not a placeholder that nothing has filled in", placeholders],
  ...Object.entries(others)
]

const places: ReadonlyArray<readonly [keyof typeof flows, keyof typeof variables]> = [
  ["standard", "VIPPS_CLIENT_ID"],
  ["standard", "VIPPS_CLIENT_SECRET"],
  ["standard", "VIPPS_SUBSCRIPTION_KEY"],
  ["specialized", "VIPPS_SPECIALIZED_CLIENT_ID"],
  ["specialized", "VIPPS_SPECIALIZED_CLIENT_SECRET"]
]

describe("F54 a value that can never be right", () => {
  for (const [flow, variable] of places) {
    for (const [rule, values] of rules) {
      it.effect(`F54 ${variable} ${rule}`, () =>
        Effect.gen(function* () {
          for (const value of values) {
            // A colon ends a client id, whatever else is wrong with it.
            if (variable === "VIPPS_SPECIALIZED_CLIENT_ID" && value.includes(":")) continue
            const error = yield* refusal(flow, { [variable]: value })
            assert.deepStrictEqual(pathsIn(error), [variable], value)
            assert.strictEqual(String(error), `(Invalid data at ${variable}: "${rule}")`, value)
          }
        })
      )
    }
  }

  it("F54 real keys pass, whatever characters they have", () => {
    for (const secret of [
      clientSecret,
      "abc8Q~dEf.gHi-jKl_mNo~pQr",
      "x",
      "secret",
      "a".repeat(1024),
      "Tr0ub4dor&3",
      "$1"
    ]) {
      const row = { clientId, clientSecret: secret, subscriptionKey }
      assert.isTrue(Either.isRight(Effect.runSync(Effect.either(StandardCredentials.decode(row)))), secret)
    }
  })

  it.effect("F54 typographic quotes and over 1 kB of other characters, where the secret may be any text", () =>
    Effect.gen(function* () {
      for (const [value, rule] of [
        ["“secret”", "must not be in quotes"],
        ["„secret“", "must not be in quotes"],
        ["«secret»", "must not be in quotes"],
        ["ø".repeat(513), "must be at most 1024 bytes"]
      ] as const) {
        assert.include(String(yield* refusal("specialized", { VIPPS_SPECIALIZED_CLIENT_SECRET: value })), rule)
      }
    })
  )
})

describe("F54 keys in each other's place", () => {
  const swaps: ReadonlyArray<readonly [string, keyof typeof flows, Changes, ReadonlyArray<string>]> = [
    [
      "client id and secret",
      "standard",
      { VIPPS_CLIENT_ID: clientSecret, VIPPS_CLIENT_SECRET: clientId },
      ["VIPPS_CLIENT_ID"]
    ],
    [
      "subscription key and secret",
      "standard",
      { VIPPS_SUBSCRIPTION_KEY: clientSecret, VIPPS_CLIENT_SECRET: subscriptionKey },
      ["VIPPS_SUBSCRIPTION_KEY"]
    ],
    [
      "client id and subscription key",
      "standard",
      { VIPPS_CLIENT_ID: subscriptionKey, VIPPS_SUBSCRIPTION_KEY: clientId },
      ["VIPPS_CLIENT_ID", "VIPPS_SUBSCRIPTION_KEY"]
    ],
    [
      "all three, one on",
      "standard",
      { VIPPS_CLIENT_ID: subscriptionKey, VIPPS_CLIENT_SECRET: clientId, VIPPS_SUBSCRIPTION_KEY: clientSecret },
      ["VIPPS_CLIENT_ID", "VIPPS_SUBSCRIPTION_KEY"]
    ],
    ["the client id twice", "standard", { VIPPS_CLIENT_SECRET: clientId }, ["VIPPS_CLIENT_SECRET"]],
    ["the subscription key twice", "standard", { VIPPS_CLIENT_SECRET: subscriptionKey }, ["VIPPS_CLIENT_SECRET"]],
    [
      "client id and secret of the specialized flow",
      "specialized",
      { VIPPS_SPECIALIZED_CLIENT_ID: clientSecret, VIPPS_SPECIALIZED_CLIENT_SECRET: clientId },
      ["VIPPS_SPECIALIZED_CLIENT_ID"]
    ],
    [
      "a subscription key in the specialized flow",
      "specialized",
      { VIPPS_SPECIALIZED_CLIENT_SECRET: subscriptionKey },
      ["VIPPS_SPECIALIZED_CLIENT_SECRET"]
    ]
  ]
  for (const [what, flow, changes, expected] of swaps) {
    it.effect(`F54 ${what}`, () =>
      Effect.gen(function* () {
        const error = yield* refusal(flow, changes)
        assert.deepStrictEqual(pathsIn(error), expected)
        const printed = `${error} ${inspect(error, { depth: null, showHidden: true })}`
        for (const value of Object.values(changes)) assert.notInclude(printed, value.slice(0, 8))
      })
    )
  }

  it.effect("F54 a row with a subscription key is none of the specialized flow", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(SpecializedCredentials.decode(standardKeys))
      assert.strictEqual(error.setting, "subscriptionKey")
      yield* SpecializedCredentials.decode({ ...specializedKeys, subscriptionKey: null })
    })
  )
})

describe("F54 client ids of Vipps' own environments are GUIDs", () => {
  const credentials = StandardCredentials.make({
    clientId: "shop-1",
    clientSecret: Redacted.make("secret"),
    subscriptionKey: Redacted.make("key")
  })

  for (const environment of ["test", "production", "https://api.vipps.no"]) {
    it.effect(`F54 layerConfig() fails under ${environment} with the name of the variable`, () =>
      Effect.gen(function* () {
        for (const id of [
          "shop-1",
          "00000000-0000-0000-0000-000000000000",
          `{${clientId}`,
          clientId.replaceAll("-", "")
        ]) {
          const error = yield* refusal("standard", { VIPPS_ENVIRONMENT: environment, VIPPS_CLIENT_ID: id })
          assert.deepStrictEqual(pathsIn(error), ["VIPPS_CLIENT_ID"])
          assert.include(String(error), "must be a GUID")
        }
        const specialized = yield* refusal("specialized", {
          VIPPS_ENVIRONMENT: environment,
          VIPPS_SPECIALIZED_CLIENT_ID: "shop-1"
        })
        assert.deepStrictEqual(pathsIn(specialized), ["VIPPS_SPECIALIZED_CLIENT_ID"])
      })
    )
  }

  it("F54 make and layer throw a CredentialsError, a server of one's own takes any client id", () => {
    for (const environment of ["test", "production", VippsEnvironment.test] as const) {
      for (const make of [StandardFlow.make, StandardFlow.layer]) {
        assert.throws(() => make({ credentials, environment }), CredentialsError, /clientId must be a GUID/)
      }
    }
    const own = StandardFlow.make({ credentials, environment: VippsEnvironment.custom("http://localhost:8080") })
    assert.isTrue(Effect.isEffect(own))
  })

  it.effect("F54 decode(row, environment) fails as an effect", () =>
    Effect.gen(function* () {
      const row = { clientId: "shop-1", clientSecret: "secret", subscriptionKey: "key" }
      const error = yield* Effect.flip(StandardCredentials.decode(row, "production"))
      assert.strictEqual(error.setting, "clientId")
      assert.strictEqual(
        (yield* Effect.flip(SpecializedCredentials.decode({ clientId: "a", clientSecret: "b" }, "test"))).setting,
        "clientId"
      )
      yield* StandardCredentials.decode(row, VippsEnvironment.custom("https://own.example"))
    })
  )

  it.effect("F54 a default label shows a client id, and nothing else in its place", () =>
    Effect.gen(function* () {
      const environment = VippsEnvironment.custom("https://own.example")
      assert.strictEqual((yield* standardFlowOver(silent.client, { credentials, environment })).label, "standard")
      assert.strictEqual((yield* standardFlowOver(silent.client)).label, "standard fb492b5e")
    })
  )
})

describe("F54 all problems at once", () => {
  it.effect("F54 of the variables, missing and malformed, of every part", () =>
    Effect.gen(function* () {
      const error = yield* refusal("standard", {
        VIPPS_ENVIRONMENT: "prod",
        VIPPS_CLIENT_ID: '"id"',
        VIPPS_CLIENT_SECRET: undefined as never,
        VIPPS_SUBSCRIPTION_KEY: "null",
        VIPPS_PSP_ID: "a b"
      })
      assert.sameMembers(
        [...pathsIn(error)],
        ["VIPPS_ENVIRONMENT", "VIPPS_CLIENT_ID", "VIPPS_CLIENT_SECRET", "VIPPS_SUBSCRIPTION_KEY", "VIPPS_PSP_ID"]
      )
    })
  )

  it.effect("F54 of a row", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(StandardCredentials.decode({ clientId: "a b", merchantSerialNumber: "x" }))
      assert.deepStrictEqual(
        error.problems.map(({ setting }) => setting),
        ["clientId", "clientSecret", "subscriptionKey", "merchantSerialNumber"]
      )
      assert.strictEqual(error.setting, "clientId")
      assert.strictEqual(error.rule, error.problems[0].rule)
      for (const { rule, setting } of error.problems) assert.include(error.message, `${setting} ${rule}`)
    })
  )
})

describe("the full name of a variable", () => {
  const build = (config: StandardFlowConfig, provider: ConfigProvider.ConfigProvider) =>
    StandardFlow.pipe(
      Effect.provide(StandardFlow.layerConfig(config)),
      Effect.provideService(HttpClient.HttpClient, silent.client),
      Effect.withConfigProvider(provider),
      Effect.flip
    )

  const named = (id: string) => Object.entries({ ...variables, VIPPS_CLIENT_ID: id, VIPPS_SUBSCRIPTION_KEY: undefined })

  const full = ["SHOP.VIPPS_CLIENT_ID", "SHOP.VIPPS_SUBSCRIPTION_KEY"]

  it.effect("below Config.nested, ConfigProvider.nested and both", () =>
    Effect.gen(function* () {
      const under = (prefix: string) =>
        providerOf(Object.fromEntries(named('"id"').map(([name, value]) => [`${prefix}.${name}`, value])))
      const environment = Config.succeed("test" as const)
      const nested = { environment, credentials: Config.nested(StandardCredentials.config, "SHOP") }
      assert.deepStrictEqual(pathsIn(yield* build(nested, under("SHOP"))), full)
      assert.deepStrictEqual(pathsIn(yield* build({}, ConfigProvider.nested(under("SHOP"), "SHOP"))), full)
      assert.deepStrictEqual(
        pathsIn(yield* build(nested, ConfigProvider.nested(under("NO.SHOP"), "NO"))),
        full.map((name) => `NO.${name}`)
      )
    })
  )

  it.effect("for rules over several keys, and for those of the environment", () =>
    Effect.gen(function* () {
      const under = (changes: Record<string, string>) =>
        ConfigProvider.nested(
          providerOf(
            Object.fromEntries(
              Object.entries({ ...variables, ...changes }).map(([name, value]) => [`SHOP.${name}`, value])
            )
          ),
          "SHOP"
        )
      const swapped = { VIPPS_CLIENT_ID: clientSecret, VIPPS_CLIENT_SECRET: clientId }
      assert.deepStrictEqual(pathsIn(yield* build({}, under(swapped))), ["SHOP.VIPPS_CLIENT_ID"])
      assert.deepStrictEqual(pathsIn(yield* build({}, under({ VIPPS_CLIENT_ID: "shop" }))), ["SHOP.VIPPS_CLIENT_ID"])
    })
  )

  it.effect("of the application's own", () =>
    Effect.gen(function* () {
      const credentials = StandardCredentials.configOf({
        clientId: "ID",
        clientSecret: "SECRET",
        subscriptionKey: "KEY"
      })
      const environment = Config.succeed("test" as const)
      const missing = yield* build({ credentials, environment }, providerOf({ ID: "x", SECRET: "'s'" }))
      assert.deepStrictEqual(pathsIn(missing), ["SECRET", "KEY"])
      const foreign = yield* build({ credentials, environment }, providerOf({ ID: "x", SECRET: "s", KEY: "k" }))
      assert.deepStrictEqual(pathsIn(foreign), ["ID"])
      const books = SpecializedCredentials.configOf({ clientId: "ID", clientSecret: "SECRET", scope: "SCOPE" })
      const scope = yield* Effect.flip(providerOf({ ID: "x", SECRET: "s", SCOPE: "a  b" }).load(books))
      assert.deepStrictEqual(pathsIn(scope), ["SCOPE"])
    })
  )

  it.effect("a set of keys that is not there at all may have a default", () =>
    Effect.gen(function* () {
      const load = (changes: Record<string, string>) =>
        providerOf(changes).load(Config.option(StandardCredentials.config))
      assert.strictEqual((yield* load({}))._tag, "None")
      assert.deepStrictEqual(pathsIn(yield* Effect.flip(load({ VIPPS_CLIENT_ID: "a b" }))), [
        "VIPPS_CLIENT_ID",
        "VIPPS_CLIENT_SECRET",
        "VIPPS_SUBSCRIPTION_KEY"
      ])
    })
  )
})
