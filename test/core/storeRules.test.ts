import { randomBytes } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { prefixRule, sealingKeyRule, sealingKeysOf, sealingKeysRule, storeUrlRule } from "../../src/core/storeRules.js"

const random = randomBytes(32).toString("base64")
const base64 = (text: string) => Buffer.from(text).toString("base64")

describe("a sealing key", () => {
  it("is 32 random bytes in Base64", () => {
    for (let n = 0; n < 1000; n++) assert.isUndefined(sealingKeyRule(randomBytes(32).toString("base64")))
  })

  const refused: Record<string, string> = {
    nothing: "",
    "a passphrase": "correct horse battery staple",
    "a passphrase as long as a key": "correct-horse-battery-staple-correct-horse-4=",
    "a passphrase in Base64": base64("correct horse battery staple 123"),
    "31 bytes": randomBytes(31).toString("base64"),
    "33 bytes": randomBytes(33).toString("base64"),
    hex: randomBytes(32).toString("hex"),
    "Base64 for URLs": `${"-_".repeat(21)}A=`,
    zeros: Buffer.alloc(32).toString("base64"),
    "a pattern": Buffer.from("00ff".repeat(16), "hex").toString("base64"),
    "bits beyond the last byte": `${"A".repeat(42)}B=`,
    "one with something before it": `x${random}`,
    "one with something behind it": `${random}x`,
    "eleven different bytes": Buffer.from(Array.from({ length: 32 }, (_, n) => 200 + (n % 11))).toString("base64")
  }
  for (const [what, key] of Object.entries(refused)) {
    it(`is not ${what}`, () => assert.match(sealingKeyRule(key) ?? "", /^must be 32 random bytes in Base64/))
  }

  it("may repeat bytes, as twelve different ones do", () =>
    assert.isUndefined(
      sealingKeyRule(Buffer.from(Array.from({ length: 32 }, (_, n) => 200 + (n % 12))).toString("base64"))
    ))

  it("comes alone or among others", () => {
    assert.deepStrictEqual(sealingKeysOf(" a, b\n,c "), ["a", "b", "c"])
    assert.isUndefined(sealingKeysRule([random, random]))
    assert.strictEqual(sealingKeysRule([]), "must hold at least one key")
    assert.isDefined(sealingKeysRule([random, "short"]))
  })
})

it("a URL is one of Redis, with or without TLS", () => {
  for (const url of ["redis://h", "rediss://u:p@h:6380/2"]) assert.isUndefined(storeUrlRule(url))
  for (const url of ["", "h:6379", "http://h", "redis", "redis://u:50%@h"]) assert.isDefined(storeUrlRule(url))
})

it("F54 a URL whose password ends the host before its time says how to write it", () => {
  const encoded = /percent-encoded in UTF-8: \/ as %2F, # as %23, \? as %3F/
  for (const password of [":ab/cd#?", ":ab#cd", ":12/cd", "u:1?w", "u#x:pw", "u/x:pw", ":50%", ":a%zz", ":a%4g"]) {
    assert.match(storeUrlRule(`redis://${password}@host:6379`) ?? "", encoded, password)
  }
  const written = encodeURIComponent("ab/cd#?@%")
  assert.isUndefined(storeUrlRule(`redis://:${written}@host:6379/0?family=6`))
  assert.isUndefined(storeUrlRule("rediss://user:p@host"))
})

it("F54 a URL that nothing has filled in says so", () => {
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a template that nobody has filled in
  for (const url of ["redis://${HOST}:6379", "redis://{{ host }}"]) assert.match(storeUrlRule(url) ?? "", /placeholder/)
  for (const url of ['"redis://h"', "https://h"]) assert.match(storeUrlRule(url) ?? "", /begins with redis:/)
  assert.match(storeUrlRule("redis://h:port") ?? "", /^must be a URL such as/)
})

it("a prefix leaves the braces to us", () => {
  assert.isUndefined(prefixRule("shop:"))
  for (const prefix of ["{shop}", "shop}", "{"]) assert.strictEqual(prefixRule(prefix), "must not contain { or }")
})
