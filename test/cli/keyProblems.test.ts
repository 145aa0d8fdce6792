import { assert, describe, it } from "@effect/vitest"
import { environmentProblem, isVippsHost } from "../../src/internal/cli/keys/environmentProblems.js"
import { keyProblems } from "../../src/internal/cli/keys/keyProblems.js"

/** In the shapes of real keys, and nobody's. */
const keys = {
  VIPPS_CLIENT_ID: "3c9e4a01-7b52-4f0d-9d6e-8a1b2c3d4e5f",
  VIPPS_CLIENT_SECRET: "q83vEjRWeJCrze8SNFZ4kA==",
  VIPPS_SUBSCRIPTION_KEY: "9a1f00c47d2e4b6fa8c3d5e7f9012b4d",
  VIPPS_MERCHANT_SERIAL_NUMBER: "123456"
}

const specialized = {
  VIPPS_SPECIALIZED_CLIENT_ID: "3c9e4a01-7b52-4f0d-9d6e-8a1b2c3d4e5f",
  VIPPS_SPECIALIZED_CLIENT_SECRET: "q83vEjRWeJCrze8SNFZ4kA==",
  VIPPS_SPECIALIZED_SCOPE: "donations:read"
}

const problems = (changed: Record<string, string>, isVipps = true) =>
  keyProblems({ ...keys, ...changed }, { flow: "standard", isVipps }).map(
    ({ outcome, rule, variable }) => `${outcome}: ${variable} ${rule}`
  )

describe("F54 what is wrong with keys", () => {
  it("nothing, where they look like keys; a secret has no shape", () => {
    assert.deepStrictEqual(problems({}), [])
    assert.deepStrictEqual(problems({ VIPPS_CLIENT_ID: ` ${keys.VIPPS_CLIENT_ID}\n` }), [])
    for (const secret of ["aB1~.x-_yZ0~Qw8Q~abcdefghijklmnopqrstuvwx", "+/abc==", "Sommer2026!", "test1234"]) {
      assert.deepStrictEqual(problems({ VIPPS_CLIENT_SECRET: secret }), [], secret)
    }
    assert.deepStrictEqual(keyProblems(specialized, { flow: "specialized", isVipps: true }), [])
  })

  it.each(["VIPPS_CLIENT_ID", "VIPPS_CLIENT_SECRET", "VIPPS_SUBSCRIPTION_KEY"] as const)(
    "%s in quotes, whatever the quotes",
    (name) => {
      for (const [open, close] of ['""', "''", "“”", "„“", "‘’", "«»", "``"].map((pair) => [...pair])) {
        assert.deepStrictEqual(problems({ [name]: `${open}${keys[name]}${close}` }), [
          `fail: ${name} must not be in quotes`
        ])
      }
      assert.lengthOf(problems({ [name]: `"${keys[name]}` }), 1)
    }
  )

  it.each([
    "<your-client-id>",
    "[client secret]",
    "{client_id}",
    "{{ vipps.clientId }}",
    "$" + "{VIPPS_CLIENT_ID}",
    "$VIPPS_CLIENT_SECRET",
    "$(cat secret)",
    "%VIPPS_CLIENT_ID%",
    "#{ClientSecret}#",
    "undefined",
    "null",
    "NaN",
    "None",
    "[object Object]",
    "<redacted>",
    "[REDACTED]",
    "***",
    "••••••",
    "...",
    "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx",
    "XXXXX",
    "00000000-0000-0000-0000-000000000000",
    "changeme",
    "CHANGE_ME",
    "your-client-id",
    "YOUR_SUBSCRIPTION_KEY",
    "yourClientSecret",
    "YOUR-SECRET-HERE",
    "insert-key-here",
    "client_secret",
    "CLIENT-ID",
    "Ocp-Apim-Subscription-Key",
    "secret",
    "todo",
    "placeholder",
    "dummy"
  ])("the placeholder %s", (value) => {
    for (const name of ["VIPPS_CLIENT_ID", "VIPPS_CLIENT_SECRET", "VIPPS_SUBSCRIPTION_KEY"]) {
      const [found = "", ...rest] = problems({ [name]: value })
      assert.match(found, new RegExp(`^fail: ${name} must be the real value, not a placeholder`))
      assert.isEmpty(rest)
    }
  })

  it("10,000 random keys are taken for none of it", () => {
    const random = (bytes: number) => crypto.getRandomValues(new Uint8Array(bytes))
    for (let index = 0; index < 10_000; index++) {
      const secret = Buffer.from(random(16)).toString("base64")
      const subscriptionKey = Buffer.from(random(16)).toString("hex")
      const found = problems({
        VIPPS_CLIENT_ID: crypto.randomUUID(),
        VIPPS_CLIENT_SECRET: secret,
        VIPPS_SUBSCRIPTION_KEY: subscriptionKey
      })
      assert.deepStrictEqual(found, [], `${secret} ${subscriptionKey}`)
    }
  })

  it("two keys swapped, also in quotes: both variables are named", () => {
    const { VIPPS_CLIENT_ID: id, VIPPS_CLIENT_SECRET: secret, VIPPS_SUBSCRIPTION_KEY: key } = keys
    for (const quote of ["", '"']) {
      const found = problems({ VIPPS_CLIENT_ID: quote + secret + quote, VIPPS_CLIENT_SECRET: quote + id + quote })
      assert.lengthOf(found, 2)
      assert.match(found[0] ?? "", /^fail: VIPPS_CLIENT_ID does not look like a client id$/)
      assert.match(found[1] ?? "", /^fail: VIPPS_CLIENT_SECRET /)
    }
    assert.match(
      problems({ VIPPS_CLIENT_SECRET: key, VIPPS_SUBSCRIPTION_KEY: secret })[0] ?? "",
      /^fail: VIPPS_SUBSCRIPTION_KEY does not look like a subscription key$/
    )
    assert.match(
      problems({ VIPPS_CLIENT_ID: key, VIPPS_SUBSCRIPTION_KEY: id }).join("\n"),
      /fail: VIPPS_CLIENT_ID does not look like a client id\nfail: VIPPS_SUBSCRIPTION_KEY does not look like a subscription key/
    )
    assert.deepStrictEqual(
      keyProblems(
        { VIPPS_SPECIALIZED_CLIENT_ID: secret, VIPPS_SPECIALIZED_CLIENT_SECRET: id },
        { flow: "specialized", isVipps: true }
      ).map(({ variable }) => variable),
      ["VIPPS_SPECIALIZED_CLIENT_ID", "VIPPS_SPECIALIZED_CLIENT_SECRET"]
    )
  })

  it("three keys in a circle name all that are wrong", () => {
    const found = problems({
      VIPPS_CLIENT_ID: keys.VIPPS_CLIENT_SECRET,
      VIPPS_CLIENT_SECRET: keys.VIPPS_SUBSCRIPTION_KEY,
      VIPPS_SUBSCRIPTION_KEY: keys.VIPPS_CLIENT_ID
    })
    assert.isNotEmpty(found)
    for (const name of Object.keys(keys).slice(0, 3)) assert.include(found.join("\n"), name)
  })

  it("a GUID where a secret belongs, and one key in two variables", () => {
    assert.match(
      problems({ VIPPS_CLIENT_SECRET: crypto.randomUUID() }).join(),
      /VIPPS_CLIENT_SECRET must be the secret: it is a GUID/
    )
    assert.match(
      problems({ VIPPS_SUBSCRIPTION_KEY: crypto.randomUUID() }).join(),
      /VIPPS_SUBSCRIPTION_KEY must be the subscription key: it is a GUID/
    )
    assert.deepStrictEqual(problems({ VIPPS_CLIENT_SECRET: keys.VIPPS_CLIENT_ID }), [
      "fail: VIPPS_CLIENT_SECRET must not be the client id"
    ])
  })

  it("a client id that is no GUID, at Vipps' own servers alone", () => {
    assert.lengthOf(problems({ VIPPS_CLIENT_ID: "my-shop" }), 1)
    assert.deepStrictEqual(problems({ VIPPS_CLIENT_ID: "my-shop", VIPPS_SUBSCRIPTION_KEY: "any" }, false), [])
  })

  it("a subscription key of another shape is only warned of", () => {
    assert.match(problems({ VIPPS_SUBSCRIPTION_KEY: "abc" }).join(), /^warn: VIPPS_SUBSCRIPTION_KEY does not look like/)
  })

  it.each([
    ["VIPPS_CLIENT_ID", "client_id: 3c9e4a01-7b52-4f0d-9d6e-8a1b2c3d4e5f", "without its name"],
    ["VIPPS_CLIENT_SECRET", "VIPPS_CLIENT_SECRET=q83v", "without its name"],
    ["VIPPS_CLIENT_SECRET", "Bearer abc", "visible ASCII"],
    ["VIPPS_CLIENT_SECRET", "two words", "visible ASCII"],
    ["VIPPS_CLIENT_SECRET", "two\nlines", "visible ASCII"],
    ["VIPPS_CLIENT_SECRET", "zero\u200bwidth", "visible ASCII"],
    ["VIPPS_CLIENT_SECRET", "ab".repeat(600), "at most 1024 bytes"],
    ["VIPPS_CLIENT_ID", "fb492b5e-7907-4d83-ba20-c7fb60ca35de", "example of Vipps' documentation"],
    ["VIPPS_MERCHANT_SERIAL_NUMBER", "12-3456", "4 to 10 digits"]
  ])("%s: %j", (name, value, rule) => {
    const [found = ""] = problems({ [name]: value })
    assert.include(found, `${name} `)
    assert.include(found, rule)
    assert.notInclude(found, value)
  })

  it("a missing subscription key alone may mean the other flow", () => {
    const [missing] = keyProblems({ ...keys, VIPPS_SUBSCRIPTION_KEY: "" }, { flow: "standard", isVipps: true })
    assert.strictEqual(missing?.rule, "is missing")
    assert.include(missing?.next ?? "", "VIPPS_SPECIALIZED_CLIENT_ID")
  })
})

describe("what is wrong with the environment", () => {
  it.each(["test", "production", "https://api.vipps.no", "http://127.0.0.1:8787"])("nothing with %s", (value) => {
    assert.isUndefined(environmentProblem(value))
  })

  it.each([
    [undefined, "is missing"],
    [" ", "is missing"],
    ['"test"', "must not be in quotes"],
    ["mt", "must be test, production or a URL"],
    ["Production", "must be test, production or a URL"],
    ["api.vipps.no", "must be test, production or a URL"],
    ["<environment>", "must be test, production or a URL"],
    ["https://api.vipps.no/accesstoken/get", "address of a token endpoint"],
    ["http://127.0.0.1:8787/__emulator/", "address of the emulator's page"],
    ["https://vipps.example/?x", "must not contain a query"]
  ])("%s", (value, rule) => {
    assert.include(environmentProblem(value)?.rule, rule)
  })

  it.each([
    ["127.0.0.1:8791", "Put http:// in front: http://127.0.0.1:8791."],
    ["localhost", "Put http:// in front: http://localhost."],
    ["vipps:8787", "Put http:// in front: http://vipps:8787."],
    ["api.vipps.no", "Put https:// in front: https://api.vipps.no."],
    ["http://127.0.0.1:8791/accesstoken/get", "Use http://127.0.0.1:8791."],
    ["http://user:pass@127.0.0.1:8791/", "Use http://127.0.0.1:8791."],
    ["9a1f00c47d2e4b6fa8c3d5e7f9012b4d", "Use test or production."],
    ["Sandbox", "Did you mean test?"],
    ["LIVE", "Did you mean production?"]
  ])("%s: %s", (value, next) => {
    assert.strictEqual(environmentProblem(value)?.next, next)
  })

  it("knows Vipps' hosts, whatever stands around them", () => {
    assert.deepStrictEqual(
      ["test", "https://apitest.vipps.no/", "https://vipps.no.example", "nonsense"].map(isVippsHost),
      [true, true, false, false]
    )
  })
})
