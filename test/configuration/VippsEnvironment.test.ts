import { inspect } from "node:util"
import { assert, describe, it, vi } from "@effect/vitest"
import * as ConfigProvider from "effect/ConfigProvider"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Equal from "effect/Equal"
import * as Hash from "effect/Hash"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import {
  MerchantSerialNumber,
  SystemInfo,
  VippsEnvironment,
  VippsEnvironmentError
} from "../../src/VippsEnvironment.js"

const provider = (variables: Record<string, string>) => ConfigProvider.fromMap(new Map(Object.entries(variables)))

describe("VippsEnvironment", () => {
  it("knows Vipps' two servers", () => {
    assert.strictEqual(VippsEnvironment.test.baseUrl.href, "https://apitest.vipps.no/")
    assert.strictEqual(VippsEnvironment.test.name, "test")
    assert.strictEqual(VippsEnvironment.production.baseUrl.href, "https://api.vipps.no/")
    assert.strictEqual(VippsEnvironment.production.name, "production")
  })

  it("custom takes text or URL, and drops trailing slashes", () => {
    for (const url of ["http://localhost:8080/vipps/", new URL("http://localhost:8080/vipps//")]) {
      const environment = VippsEnvironment.custom(url)
      assert.strictEqual(environment.baseUrl.href, "http://localhost:8080/vipps")
      assert.strictEqual(environment.name, "custom")
    }
  })

  it("F36 custom throws with the rule, and nothing of the value", () => {
    const cases: ReadonlyArray<readonly [string | URL, RegExp]> = [
      ["canary", /must be a URL/],
      ["http://canary.example", /must begin with https/],
      [new URL("https://canary:canary@api.vipps.no"), /user name or password/],
      ["https://api.vipps.no?canary", /query or fragment/]
    ]
    for (const [url, rule] of cases) {
      try {
        VippsEnvironment.custom(url)
        assert.fail(`${url} was taken`)
      } catch (error) {
        assert.instanceOf(error, VippsEnvironmentError)
        assert.match(error.message, /^environment /)
        assert.match(error.message, rule)
        assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
      }
    }
  })

  it.effect("decode reads a name or a URL, and fails with the rule", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* VippsEnvironment.decode("test"), VippsEnvironment.test)
      assert.strictEqual(yield* VippsEnvironment.decode(" production\n"), VippsEnvironment.production)
      const custom = yield* VippsEnvironment.decode("http://127.0.0.1:1/")
      assert.strictEqual(custom.baseUrl.href, "http://127.0.0.1:1/")
      assert.strictEqual(custom.name, "custom")
      for (const value of [undefined, null, 7, "", "Test", "prod", "ftp://x", "http://canary.example", {}]) {
        const error = yield* Effect.flip(VippsEnvironment.decode(value))
        assert.strictEqual(error._tag, "VippsEnvironmentError")
        assert.strictEqual(error.setting, "environment")
        assert.notInclude(inspect(error, { depth: null, showHidden: true }), "canary")
      }
    })
  )

  it.effect("config reads VIPPS_ENVIRONMENT, and has no default", () =>
    Effect.gen(function* () {
      const load = (variables: Record<string, string>) => provider(variables).load(VippsEnvironment.config)
      assert.strictEqual(yield* load({ VIPPS_ENVIRONMENT: "test" }), VippsEnvironment.test)
      assert.strictEqual(yield* load({ VIPPS_ENVIRONMENT: "production" }), VippsEnvironment.production)
      assert.strictEqual((yield* load({ VIPPS_ENVIRONMENT: "http://localhost" })).name, "custom")
      for (const variables of [{}, { VIPPS_ENVIRONMENT: "" }, { VIPPS_ENVIRONMENT: "prod" }]) {
        assert.include(String(yield* Effect.flip(load(variables))), "VIPPS_ENVIRONMENT")
      }
    })
  )

  it.effect("plain http reaches other hosts where it is allowed, by option or variable", () =>
    Effect.gen(function* () {
      const url = "http://emulator:8080/vipps"
      assert.strictEqual(VippsEnvironment.custom(url, { insecureHttp: "allow" }).baseUrl.href, url)
      assert.strictEqual((yield* VippsEnvironment.decode(url, { insecureHttp: "allow" })).baseUrl.href, url)
      const load = (variables: Record<string, string>) =>
        provider({ VIPPS_ENVIRONMENT: url, ...variables }).load(VippsEnvironment.config)
      assert.strictEqual((yield* load({ VIPPS_INSECURE_HTTP: " allow\n" })).baseUrl.href, url)
      for (const variables of [{}, { VIPPS_INSECURE_HTTP: "" }] as ReadonlyArray<Record<string, string>>) {
        const refused = String(yield* Effect.flip(load(variables)))
        assert.include(refused, "VIPPS_ENVIRONMENT")
        assert.include(refused, "VIPPS_INSECURE_HTTP=allow")
        assert.include(refused, "can read keys and tokens")
      }
      for (const value of ["true", "1", "ALLOW"]) {
        const error = String(yield* Effect.flip(load({ VIPPS_INSECURE_HTTP: value })))
        assert.include(error, "VIPPS_INSECURE_HTTP")
        assert.include(error, "must be allow, or not be set")
      }
    })
  )

  it.effect("F54 quotes and templates around a name or URL are called that", () =>
    Effect.gen(function* () {
      for (const [value, rule] of [
        ['"test"', "must not be in quotes"],
        ["'https://api.vipps.no'", "must not be in quotes"],
        // biome-ignore lint/suspicious/noTemplateCurlyInString: a template that nobody has filled in
        ["https://${HOST}/vipps", "placeholder"]
      ] as const) {
        assert.include((yield* Effect.flip(VippsEnvironment.decode(value))).rule, rule)
      }
    })
  )

  it("F47 is equal to one of another copy of the package", async () => {
    vi.resetModules()
    const copy = await import("../../src/VippsEnvironment.js")
    assert.notStrictEqual(copy.VippsEnvironment, VippsEnvironment)
    assert.isTrue(Equal.equals(VippsEnvironment.test, copy.VippsEnvironment.test))
    assert.isFalse(Equal.equals(VippsEnvironment.test, copy.VippsEnvironment.production))
  })

  it("F30 is equal to another with the same servers, whatever it is called", () => {
    const same = VippsEnvironment.custom("HTTPS://api.vipps.no:443/")
    assert.isTrue(Equal.equals(VippsEnvironment.production, same))
    assert.strictEqual(Hash.hash(VippsEnvironment.production), Hash.hash(same))
    for (const other of [VippsEnvironment.test, VippsEnvironment.custom("https://api.vipps.no/prefix"), "x", null]) {
      assert.isFalse(Equal.equals(VippsEnvironment.production, other))
    }
  })

  it("F30 hands out a URL that nobody else sees: changing it changes no environment", () => {
    VippsEnvironment.production.baseUrl.host = "evil.example"
    assert.strictEqual(VippsEnvironment.production.baseUrl.host, "api.vipps.no")
  })

  it("prints its name and its server", () => {
    assert.deepStrictEqual(JSON.parse(JSON.stringify(VippsEnvironment.test)), {
      _id: "VippsEnvironment",
      name: "test",
      baseUrl: "https://apitest.vipps.no"
    })
    assert.include(inspect(VippsEnvironment.test), "apitest.vipps.no")
  })
})

describe("MerchantSerialNumber", () => {
  it("is 4 to 10 digits, as text", () => {
    for (const digits of ["1234", "001234", "1234567890"]) {
      assert.strictEqual<string>(MerchantSerialNumber.make(digits), digits)
    }
    const decode = Schema.decodeUnknownEither(MerchantSerialNumber)
    for (const value of [123456, "123", "12345678901", "12a4", "", null]) assert.isTrue(Either.isLeft(decode(value)))
    assert.throws(() => MerchantSerialNumber.make("abc"), /4 to 10 digits/)
  })
})

describe("SystemInfo", () => {
  const full = { systemName: "acme", systemVersion: "1.0", pluginName: "plug", pluginVersion: "2.0" }
  const variables = {
    VIPPS_SYSTEM_NAME: " acme ",
    VIPPS_SYSTEM_VERSION: "1.0",
    VIPPS_SYSTEM_PLUGIN_NAME: "plug",
    VIPPS_SYSTEM_PLUGIN_VERSION: "2.0"
  }

  it("F42 keeps what it is given, and throws where a field breaks the rule", () => {
    assert.deepInclude(SystemInfo.make(full), full)
    for (const field of Object.keys(full)) {
      for (const text of ["", " x", "x".repeat(31), "a\nb", "blåbær"]) {
        assert.throws(() => SystemInfo.make({ ...full, [field]: text }), /visible ASCII/, field)
      }
    }
  })

  it.effect("F42 config reads four variables, trimmed, or none", () =>
    Effect.gen(function* () {
      const load = (some: Record<string, string>) => provider(some).load(SystemInfo.config)
      assert.deepInclude(Option.getOrThrow(yield* load(variables)), full)
      assert.isTrue(Option.isNone(yield* load({})))
      assert.isTrue(Option.isNone(yield* load({ VIPPS_SYSTEM_NAME: "", VIPPS_SYSTEM_PLUGIN_NAME: " " })))
      const { VIPPS_SYSTEM_NAME, VIPPS_SYSTEM_VERSION } = variables
      const two = Option.getOrThrow(yield* load({ VIPPS_SYSTEM_NAME, VIPPS_SYSTEM_VERSION }))
      assert.deepStrictEqual({ ...two }, {
        systemName: "acme",
        systemVersion: "1.0",
        pluginName: undefined,
        pluginVersion: undefined
      } as never)
    })
  )

  it.effect("config names the variable that breaks the rule", () =>
    Effect.gen(function* () {
      for (const name of Object.keys(variables)) {
        const error = yield* Effect.flip(provider({ ...variables, [name]: "x".repeat(31) }).load(SystemInfo.config))
        assert.include(String(error), name)
        assert.include(String(error), "must be 1 to 30 visible ASCII characters")
      }
    })
  )

  it("is equal by value", () => assert.isTrue(Equal.equals(SystemInfo.make(full), SystemInfo.make(full))))
})
