/** F68: what becomes a header, a URL or a log line is checked where it comes in, and never printed. */
import { inspect } from "node:util"
import * as HttpClient from "@effect/platform/HttpClient"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Config from "effect/Config"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { CredentialsError } from "../../src/Credentials.js"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { SpecializedFlow } from "../../src/specialized/SpecializedFlow.js"
import { StandardClient } from "../../src/standard/StandardClient.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { StandardFlow, type StandardFlowConfig, type StandardFlowOptions } from "../../src/standard/StandardFlow.js"
import { VippsEmulator } from "../../src/testing.js"
import { type SystemInfo, VippsEnvironment, VippsEnvironmentError } from "../../src/VippsEnvironment.js"
import { sentBy, specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import { recordedStandardGrant, specializedCredentials, standardCredentials, system } from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"

const options: StandardFlowOptions = { credentials: standardCredentials, environment: "test" }

/** What JavaScript lets through: no type says a word. */
const unchecked = (changes: Record<string, unknown>) => ({ ...options, ...changes }) as unknown as StandardFlowOptions

const thrownBy = (make: () => unknown): Error => {
  try {
    make()
  } catch (error) {
    if (error instanceof Error) return error
  }
  throw new Error("nothing was thrown")
}

const good = { systemName: "acme", systemVersion: "1" }

const malformed: ReadonlyArray<readonly [string, ReadonlyArray<unknown>]> = [
  ["systemName", [{ ...good, systemName: "canary\r\nx: y" }, { systemVersion: "1" }, { ...good, systemName: 7 }]],
  [
    "systemVersion",
    [
      { ...good, systemVersion: "canary\n".repeat(2) },
      { ...good, systemVersion: "ø" }
    ]
  ],
  ["pluginName", [{ ...good, pluginName: "canary".repeat(6) }]],
  ["pluginVersion", [{ ...good, pluginVersion: "canary\0" }]],
  ["label", ["", "  ", "canary\ncanary", "canary\u2028", "\ud800", "canary".repeat(20), 7, "\x1b[31mcanary"]],
  [
    "path",
    [
      "canary",
      "",
      "/",
      "/canary?x=y",
      "/canary#x",
      "/can ary",
      "//canary.example",
      "/\\canary",
      "/a/../canary",
      7
    ].concat(["/%2e%2e/canary", "/can%2fary", "/canary\n", "/canary/", "/a//canary", "/canæry", "/canary%"])
  ],
  [
    "requestTimeout",
    [
      Number.NaN,
      -1,
      0,
      Number.POSITIVE_INFINITY,
      "-5 seconds",
      "canary",
      "",
      Duration.infinity,
      Duration.zero,
      {},
      1e300
    ].concat(["2 days"])
  ],
  ["pspId", ["", "can ary", "canary\r\nx: y", "canaryø", "undefined", '"canary"', "x".repeat(2000), 7]]
]

describe("F68 a malformed option", () => {
  for (const [setting, values] of malformed) {
    const option = /^(system|plugin)[NV]/.test(setting) ? "system" : setting
    it(`F68 ${setting} throws with the rule, and prints no value`, () => {
      for (const value of values) {
        for (const make of [StandardFlow.make, StandardFlow.layer]) {
          const error = thrownBy(() => make(unchecked({ [option]: value })))
          assert.instanceOf(error, RangeError, String(value))
          assert.match(error.message, new RegExp(`^${setting} (must|is missing|cannot)`), String(value))
          assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
        }
      }
    })
  }

  it("F68 of the specialized flow too", () => {
    for (const [option, value] of [
      ["label", "canary\n"],
      ["path", "canary"],
      ["requestTimeout", Number.NaN],
      ["system", { systemName: "a\r\nb", systemVersion: "1" }]
    ] as const) {
      const changed = { credentials: specializedCredentials, environment: "test", [option]: value } as never
      assert.throws(() => SpecializedFlow.make(changed), RangeError)
    }
  })

  it("F68 a system that throws when it is read", () => {
    const getter = Object.defineProperty({ ...good }, "pluginName", {
      get: () => {
        throw new Error("canary")
      }
    })
    for (const thrower of [getter, throwingProxy]) {
      const error = thrownBy(() => StandardFlow.make(unchecked({ system: thrower })))
      assert.instanceOf(error, RangeError)
      assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
    }
  })

  it("F68 keys that no constructor has seen are read once more", () => {
    const keys = { ...standardCredentials, clientSecret: Redacted.make("canary\r\nx: y") }
    const error = thrownBy(() => StandardFlow.make(unchecked({ credentials: keys })))
    assert.instanceOf(error, CredentialsError)
    assert.include(error.message, "clientSecret must be visible ASCII")
    for (const merchantSerialNumber of ["12 34", "1\r\nx: y", 123456]) {
      const units = { ...standardCredentials, merchantSerialNumber: Option.some(merchantSerialNumber) }
      assert.include(
        thrownBy(() => StandardFlow.make(unchecked({ credentials: units }))).message,
        "4 to 10 digits|string".split("|")[typeof merchantSerialNumber === "number" ? 1 : 0] ?? ""
      )
    }
    const scoped = { ...specializedCredentials, scope: Option.some("a\r\nb") }
    assert.throws(() => SpecializedFlow.make({ credentials: scoped as never, environment: "test" }), /scope must be/)
  })

  it("F68 an environment that is none", () => {
    for (const environment of ["prod", "https://api.vipps.no", "", undefined, null, 7, {}, { baseUrl: "x" }]) {
      const error = thrownBy(() => StandardFlow.make(unchecked({ environment })))
      assert.instanceOf(error, VippsEnvironmentError, String(environment))
      assert.include(error.message, "environment must be test, production or")
    }
  })
})

const throwingProxy = new Proxy(
  {},
  {
    get: () => {
      throw new Error("canary")
    },
    has: () => {
      throw new Error("canary")
    }
  }
)

describe("F68 a row that throws when it is read", () => {
  const revoked = Proxy.revocable({}, {})
  revoked.revoke()
  const rows: ReadonlyArray<unknown> = [
    throwingProxy,
    revoked.proxy,
    Object.defineProperty({}, "clientId", {
      get: () => {
        throw new Error("canary")
      }
    }),
    { clientId: throwingProxy, clientSecret: revoked.proxy },
    { clientId: Object.create(Redacted.make("x")) }
  ]

  it.effect("F68 decode fails as an effect, and prints nothing of what was thrown", () =>
    Effect.gen(function* () {
      for (const row of rows) {
        for (const decode of [StandardCredentials.decode, SpecializedCredentials.decode]) {
          const error = yield* Effect.flip<unknown, CredentialsError, never>(decode(row))
          assert.instanceOf(error, CredentialsError)
          assert.strictEqual(error.setting, "clientId")
          assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
        }
        assert.instanceOf(yield* Effect.flip(VippsEnvironment.decode(row)), VippsEnvironmentError)
      }
    })
  )
})

describe("F68 options of layerConfig", () => {
  const variables = ConfigProvider.fromMap(
    new Map([
      ["VIPPS_ENVIRONMENT", "test"],
      ["VIPPS_CLIENT_ID", Redacted.value(standardCredentials.clientId)],
      ["VIPPS_CLIENT_SECRET", Redacted.value(standardCredentials.clientSecret)],
      ["VIPPS_SUBSCRIPTION_KEY", Redacted.value(standardCredentials.subscriptionKey)],
      ["SHOP_LABEL", "web\nshop"],
      ["SHOP_PSP", "a b"],
      ["SHOP_ENVIRONMENT", "prod"]
    ])
  )
  const build = (config: StandardFlowConfig) =>
    StandardFlow.pipe(
      Effect.provide(StandardFlow.layerConfig(config)),
      Effect.provideService(HttpClient.HttpClient, recordingClient({}).client),
      Effect.withConfigProvider(variables)
    )

  it.effect("F68 fail with the name of the variable", () =>
    Effect.gen(function* () {
      const cases: ReadonlyArray<readonly [StandardFlowConfig, string]> = [
        [{ label: Config.string("SHOP_LABEL") }, "Invalid data at SHOP_LABEL"],
        [{ pspId: Config.string("SHOP_PSP") }, "Invalid data at SHOP_PSP"],
        [{ environment: Config.string("SHOP_ENVIRONMENT") as never }, "Invalid data at SHOP_ENVIRONMENT"],
        [{ system: Config.succeed({ systemName: "a\nb", systemVersion: "1" } as SystemInfo) }, "systemName"]
      ]
      for (const [config, expected] of cases) {
        const error = yield* Effect.flip(build(config))
        assert.include(String(error), expected)
        assert.strictEqual(error._tag, "ConfigError")
      }
    })
  )

  it.effect("F68 of another type than declared fail, and print no value", () =>
    Effect.gen(function* () {
      const canary = "a-secret-of-the-user"
      for (const value of [canary, 5, null, [canary], { canary }]) {
        for (const name of ["label", "pspId", "credentials", "environment", "system"] as const) {
          if (typeof value === "string" && (name === "label" || name === "pspId")) continue
          const exit = yield* Effect.exit(build({ [name]: Config.succeed(value as never) }))
          assert.isTrue(Exit.isFailure(exit), `${name}: ${String(value)}`)
          assert.notInclude(
            inspect(exit, { depth: 9 }) + (Exit.isFailure(exit) ? Cause.pretty(exit.cause) : ""),
            canary
          )
        }
      }
    })
  )

  it("F68 names of variables that may be the keys themselves throw, and are not printed", () => {
    const keys = {
      clientId: Redacted.value(standardCredentials.clientId),
      clientSecret: "Zq8Kteew6GE2ZmeycEt6egA1",
      subscriptionKey: Redacted.value(standardCredentials.subscriptionKey)
    }
    for (const names of [keys, { clientId: undefined } as never]) {
      const read = Either.try({ try: () => StandardCredentials.configOf(names), catch: (error) => error })
      const error = Either.getOrThrow(Either.flip(read))
      assert.instanceOf(error, CredentialsError)
      assert.match(error.message, /^clientId must be the name of a variable, not its value/)
      for (const value of Object.values(keys)) assert.notInclude(inspect(error), value)
    }
    assert.throws(() => SpecializedCredentials.configOf(keys), CredentialsError)
    const usual = { clientId: "SHOP_1_ID", clientSecret: "shop.clientSecret", subscriptionKey: "shop-subscription-key" }
    assert.isTrue(Config.isConfig(StandardCredentials.configOf(usual)))
  })

  it.effect("F68 behind another provider, a problem still has the full name of its variable", () =>
    Effect.gen(function* () {
      const file = ConfigProvider.fromMap(
        new Map([
          ["SHOP.VIPPS_CLIENT_ID", "of-another-environment"],
          ["SHOP.VIPPS_CLIENT_SECRET", Redacted.value(standardCredentials.clientSecret)],
          ["SHOP.VIPPS_SUBSCRIPTION_KEY", Redacted.value(standardCredentials.subscriptionKey)]
        ])
      )
      const both = ConfigProvider.orElse(ConfigProvider.fromMap(new Map()), () => file)
      const credentials = Config.nested(StandardCredentials.config, "SHOP")
      for (const provider of [file, both]) {
        const error = yield* StandardFlow.pipe(
          Effect.provide(StandardFlow.layerConfig({ credentials, environment: "test" })),
          Effect.provideService(HttpClient.HttpClient, recordingClient({}).client),
          Effect.withConfigProvider(provider),
          Effect.flip
        )
        assert.include(String(error), "Invalid data at SHOP.VIPPS_CLIENT_ID")
      }
    })
  )

  it.effect("F42 take every part from configs of one's own", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ body: recordedStandardGrant })
      const flow = yield* StandardFlow.pipe(
        Effect.provide(
          StandardFlow.layerConfig({
            credentials: Config.succeed(standardCredentials),
            environment: Config.succeed("production"),
            system: Config.succeed(system),
            label: Config.succeed("shop"),
            pspId: Config.succeed("psp-1")
          })
        ),
        Effect.provideService(HttpClient.HttpClient, recording.client),
        Effect.withConfigProvider(ConfigProvider.fromMap(new Map()))
      )
      const sent = yield* sentBy(Effect.succeed(flow), recording)
      assert.strictEqual(sent.url, "https://api.vipps.no/accesstoken/get")
      assert.strictEqual(sent.headers["vipps-system-name"], system.systemName)
      assert.notProperty(sent.headers, "psp-id")
      assert.strictEqual(flow.label, "shop")
      const headers = flow.apiHeaders === undefined ? {} : Redacted.value(flow.apiHeaders)
      assert.strictEqual(headers["psp-id"], "psp-1")
      const plain = yield* build({ environment: "production", label: "bakery" })
      assert.deepStrictEqual([plain.baseUrl.href, plain.label], ["https://api.vipps.no/", "bakery"])
      const given = yield* build({ credentials: standardCredentials, system, pspId: "psp-2" })
      assert.deepInclude(given.apiHeaders === undefined ? {} : Redacted.value(given.apiHeaders), {
        "psp-id": "psp-2",
        "vipps-system-name": system.systemName
      })
      const prod = yield* Effect.flip(build({ environment: "prod" as never }))
      assert.include(String(prod), 'Invalid data at environment: "must be test')
      const optional = yield* build({ system: Config.succeed(Option.some(system)) })
      assert.include(
        JSON.stringify(optional.apiHeaders === undefined ? {} : Redacted.value(optional.apiHeaders)),
        "acme-shop"
      )
    })
  )

  it.effect("F42 VIPPS_PSP_ID goes along with API requests, never with token requests", () =>
    Effect.gen(function* () {
      const emulator = yield* VippsEmulator
      yield* Effect.flatMap(StandardClient, (client) => client.get("/epayment/v1/payments/order-0001")).pipe(
        Effect.provide(StandardClient.layerConfig()),
        Effect.withConfigProvider(
          ConfigProvider.fromMap(
            new Map([
              ["VIPPS_ENVIRONMENT", emulator.baseUrl.origin],
              ["VIPPS_CLIENT_ID", Redacted.value(emulator.credentials.standard.clientId)],
              ["VIPPS_CLIENT_SECRET", Redacted.value(emulator.credentials.standard.clientSecret)],
              ["VIPPS_SUBSCRIPTION_KEY", Redacted.value(emulator.credentials.standard.subscriptionKey)],
              ["VIPPS_PSP_ID", "psp-1"]
            ])
          )
        )
      )
      const [token, api] = yield* emulator.requests
      assert.notProperty(token?.headers, "psp-id")
      assert.strictEqual(api?.headers["psp-id"], "psp-1")
    }).pipe(Effect.provide(VippsEmulator.layer))
  )
})

describe("options that keep the rules", () => {
  it.effect("environments by name", () =>
    Effect.gen(function* () {
      const { client } = recordingClient({})
      assert.strictEqual((yield* standardFlowOver(client, { environment: "production" })).baseUrl.host, "api.vipps.no")
      assert.strictEqual((yield* specializedFlowOver(client, { environment: "test" })).baseUrl.host, "apitest.vipps.no")
    })
  )

  it.effect("F42 pspId, with the other headers of API requests and not with the token request", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ body: recordedStandardGrant })
      const flow = yield* standardFlowOver(recording.client, { pspId: "psp-1" })
      const headers = flow.apiHeaders === undefined ? {} : Redacted.value(flow.apiHeaders)
      assert.hasAllKeys(headers, ["psp-id", "ocp-apim-subscription-key"])
      assert.notProperty((yield* sentBy(Effect.succeed(flow), recording)).headers, "psp-id")
    })
  )

  it("paths, labels and times that are usual", () => {
    for (const path of ["/accesstoken/get", "/a", "/a-b_c.d~e/%20/f;g=h,i", "/@a", "/..a/b.."] as const) {
      assert.isTrue(Effect.isEffect(StandardFlow.make({ ...options, path })))
    }
    for (const label of ["shop", "Blåbær AS – nettbutikk", "a".repeat(100), "👩‍💻"]) {
      assert.isTrue(Effect.isEffect(StandardFlow.make({ ...options, label })))
    }
    for (const requestTimeout of [1, "1 millis", "1 day", Duration.minutes(2)] as const) {
      assert.isTrue(Effect.isEffect(StandardFlow.make({ ...options, requestTimeout })))
    }
    const unset = { system: undefined, label: undefined, path: undefined, requestTimeout: undefined }
    assert.isTrue(Effect.isEffect(StandardFlow.make({ ...options, ...unset })))
  })
})
