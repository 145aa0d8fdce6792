import { assert, describe, it } from "@effect/vitest"
import {
  basicClientIdRule,
  basicSecretRule,
  headerKeyRule,
  merchantSerialNumberRule,
  type Rule,
  scopeRule,
  subscriptionKeyRule,
  systemHeaderRule
} from "../../src/core/keyRules.js"

const keeps = (rule: Rule, values: ReadonlyArray<string>) => {
  for (const value of values) assert.isUndefined(rule(value), JSON.stringify(value))
}

const breaks = (rule: Rule, sentence: string, values: ReadonlyArray<string>) => {
  for (const value of values) assert.strictEqual(rule(value), sentence, JSON.stringify(value))
}

const everyVisibleAscii = Array.from({ length: 0x7e - 0x21 + 1 }, (_, i) => String.fromCharCode(0x21 + i)).join("")

describe("headerKeyRule", () => {
  it("takes any visible ASCII: a secret need not be Base64", () => {
    keeps(headerKeyRule, [everyVisibleAscii, "x", "a~b.c-d_e", "Y8Kteew6GE2ZmeycEt6egg=="])
  })

  it("refuses what a header cannot carry, at any place in the key", () => {
    const sentence = "must be visible ASCII characters without spaces"
    const forbidden = [" ", "\t", "\r", "\n", "\0", "\x7f", "\x80", "é", "ø", "\u00a0", "\u200b", "😀", "\ud800"]
    for (const character of forbidden) {
      breaks(headerKeyRule, sentence, [`${character}key`, `k${character}ey`, `key${character}`, character])
    }
  })

  it("calls an empty key empty", () => breaks(headerKeyRule, "must not be empty", [""]))

  it("F60 has at most 1024 bytes, also where that is fewer characters", () => {
    keeps(headerKeyRule, ["k".repeat(1024)])
    breaks(headerKeyRule, "must be at most 1024 bytes", ["k".repeat(1025), "é".repeat(513), "k".repeat(100_000)])
    breaks(headerKeyRule, "must be visible ASCII characters without spaces", ["é".repeat(512)])
  })
})

describe("F54 a key that can never be right", () => {
  const key = "Y8Kteew6GE2ZmeycEt6egg=="

  it("has a quote before or behind it, as in a line of JSON or a URL", () => {
    const values = [
      `"${key}`,
      `${key}"`,
      `"${key}",`,
      `'${key}';`,
      `\\"${key}\\"`,
      `&quot;${key}&quot;`,
      `%22${key}%22`
    ]
    breaks(headerKeyRule, "must not be in quotes", values)
    breaks(basicSecretRule, "must not be in quotes", [`“${key}`, `${key}”,`])
  })

  it("is a template that nothing has filled in, or what a program prints in its place", () => {
    const values = ["#{KEY}#", "#{Vipps.Key}", "__KEY__", "@@KEY@@", "N/A", "(redacted)", "true", "False"]
    breaks(headerKeyRule, "must be the real value, not a placeholder that nothing has filled in", values)
    breaks(basicSecretRule, "must be the real value, not a placeholder that nothing has filled in", ["•••", "ab•••••"])
  })

  it("is kept elsewhere, or is its ciphertext", () => {
    breaks(headerKeyRule, "must be the value itself, not the address where it is kept", [
      "ENC[AES256_GCM,data:abc=,type:str]",
      "{cipher}AQICAHh",
      "vault:secret/data/vipps#key",
      "ssm:/vipps/key",
      "env:VIPPS_KEY",
      "env(VIPPS_KEY)",
      "process.env.VIPPS_KEY",
      "os.environ['VIPPS_KEY']",
      "/run/secrets/vipps"
    ])
  })

  it("stands behind its name", () => {
    const names = ["VIPPS_CLIENT_ID", "client_id", "client-id", "clientId", "CLIENT_SECRET", "client-secret"]
    const more = ["clientSecret", "ocp-apim-subscription-key", "Ocp-Apim-Subscription-Key", "export VIPPS_X"]
    for (const name of [...names, ...more]) {
      const lines = [`${name}=abc`, `${name}:abc`, `${name} =abc`].filter((line) => !line.startsWith("export VIPPS_X "))
      breaks(headerKeyRule, "must be the value alone, without its name", lines)
    }
    keeps(headerKeyRule, [
      "my-VIPPS_KEY=abc",
      "aclient_id=abc",
      "VIPPS=abc",
      "client.id=abc",
      "xocp-apim-subscription-key=a"
    ])
  })

  it("is two subscription keys, or one with what stood behind it", () => {
    breaks(subscriptionKeyRule, "must not contain a comma", [`${key},${key}`, `${key},`])
    keeps(subscriptionKeyRule, [key])
  })
})

describe("basicClientIdRule", () => {
  it("is the header rule, and no colon: Basic ends the client id at the first one", () => {
    keeps(basicClientIdRule, ["9658f4e2-26a8-4343-9b75-67ae9380232d", everyVisibleAscii.replace(":", "")])
    breaks(basicClientIdRule, "must not contain a colon", [":", "a:", ":a", "a:b"])
    breaks(basicClientIdRule, "must not be empty", [""])
    breaks(basicClientIdRule, "must be visible ASCII characters without spaces", ["a b", "é:"])
  })
})

describe("basicSecretRule", () => {
  it("takes any text, since Base64 carries it", () => {
    keeps(basicSecretRule, ["Y8Kteew6GE2ZmeycEt6egg==", "blåbær: og fløte", "密码", "👩‍💻", " ", ":"])
  })

  it("refuses control characters", () => {
    breaks(
      basicSecretRule,
      "must not contain control characters",
      ["\0", "\t", "\r", "\n", "\x1f", "\x7f", "\x80", "\x9f"].map((control) => `sec${control}ret`)
    )
  })

  it("refuses half a surrogate pair, which UTF-8 cannot carry", () => {
    breaks(basicSecretRule, "must be well-formed Unicode", ["sec\ud800ret", "\udc00"])
  })

  it("calls an empty secret empty", () => breaks(basicSecretRule, "must not be empty", [""]))
})

describe("scopeRule", () => {
  it("takes scope names between single spaces", () => {
    keeps(scopeRule, ["donations:read", "donations:read donations:write", "a b c", "!", "#$%&'()*+,-./", "[]^_`{|}~"])
  })

  it("refuses all else", () => {
    breaks(scopeRule, "must be scope names separated by single spaces", [
      "",
      " ",
      " a",
      "a ",
      "a  b",
      "a\tb",
      "a\nb",
      'a"b',
      "a\\b",
      "blåbær"
    ])
  })
})

describe("merchantSerialNumberRule", () => {
  it("takes 4 to 10 digits, leading zeros too", () => {
    keeps(merchantSerialNumberRule, ["1234", "0001", "123456", "1234567", "1234567890"])
  })

  it("refuses all else", () => {
    const values = ["", "123", "12345678901", "12a4", " 1234", "1234 ", "1234\n", "-1234", "12.34", "١٢٣٤", "１２３４"]
    breaks(merchantSerialNumberRule, "must be 4 to 10 digits", values)
  })
})

describe("systemHeaderRule", () => {
  it("takes 1 to 30 visible ASCII characters, with spaces between words", () => {
    keeps(systemHeaderRule, ["a", "ab", "acme-shop", "6.4.3/8.5.1", "a  b", "x".repeat(30)])
  })

  it("refuses all else", () => {
    const values = ["", " ", " a", "a ", "x".repeat(31), "a\nb", "a\r\nset-cookie: x", "a\tb", "blåbær"]
    breaks(systemHeaderRule, "must be 1 to 30 visible ASCII characters", values)
  })
})
