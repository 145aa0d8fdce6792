/** F60 of docs/failures.md: secrets are found in text, whatever its length and theirs. */
import { assert, describe, it } from "@effect/vitest"
import { secretSearch, withoutSecrets } from "../../src/core/secretSearch.js"
import { canaries, disguisesOf, echoesOf } from "../fixtures/canaries.js"
import { assertLinear } from "../fixtures/growth.js"

const holdsSecret = secretSearch([...Object.values(canaries), `${canaries.clientId}:${canaries.clientSecret}`])

describe("F59 a secret is found", () => {
  for (const [what, canary] of Object.entries(canaries)) {
    for (const [how, echo] of Object.entries(echoesOf(canary))) {
      it(`${what}, ${how}, alone and in the midst`, () => {
        assert.isTrue(holdsSecret(echo))
        assert.isTrue(holdsSecret(`before ${echo}; after`))
        assert.isTrue(holdsSecret(echo.split("").join(" ")))
        assert.isTrue(holdsSecret(echo.split("").join("\u0000")))
      })
    }
  }

  for (const length of [6, 10, 1000, 12_000, 20_000]) {
    it(`of ${length} characters, in time`, () => {
      const secret = "s(e+[".repeat(length).slice(0, length)
      const search = secretSearch([secret])
      assert.isTrue(search(`x${secret}x`))
      assert.isFalse(search(`x${secret.slice(1)}x`))
      assert.isFalse(search("s(d+".repeat(10_000)))
      assert.isTrue(search(secret.repeat(Math.ceil(100_000 / length))))
    })
  }
})

describe("F36 F59 a secret is found in disguise", () => {
  for (const [what, canary] of Object.entries(canaries)) {
    for (const [how, disguise] of Object.entries(disguisesOf(canary))) {
      it(`${what}, ${how}`, () => assert.isTrue(holdsSecret(`before ${disguise} after`), disguise))
    }
  }

  it("of nothing but signs, as it is", () => {
    const search = secretSearch(["+-*/()[]"])
    assert.isTrue(search("a +-*/()[] b"))
    assert.isFalse(search("a b +-*/()[ and so on"))
  })

  it("F60 in linear time, of texts that are made of escapes", () => {
    for (const text of ["%25", "&amp;", "\\u005c", "=3D", "&#38;", "&#x"]) {
      assertLinear((length) => assert.isFalse(holdsSecret(text.repeat(Math.floor(length / text.length)))), 1_024, text)
    }
  })
})

describe("F59 no secret is found", () => {
  const search = secretSearch(["short", "", canaries.token])
  for (const text of ["", "short", "ordinary words, and no more", "x".repeat(60_000), "%", "%zz%e6", "\ud800"]) {
    it(JSON.stringify(text.slice(0, 40)), () => assert.isFalse(search(text)))
  }

  it("without secrets", () => assert.isFalse(secretSearch([])("any text")))

  it("but a text of over 64 KiB is not looked through, and counts as one that holds one", () => {
    assert.isTrue(search("x".repeat(65_537)))
  })
})

describe("a cleaned text", () => {
  it("is one line of at most 300 characters", () => {
    assert.strictEqual(withoutSecrets(" connect\r\n\tECONNREFUSED\u0000 ", holdsSecret), "connect ECONNREFUSED")
    assert.strictEqual(withoutSecrets("x".repeat(300), holdsSecret), "x".repeat(300))
    assert.strictEqual(withoutSecrets("x".repeat(301), holdsSecret), `${"x".repeat(299)}…`)
    assert.strictEqual(withoutSecrets("\u{1f600}".repeat(300), holdsSecret), "\u{1f600}".repeat(300))
  })

  it("is left out where it repeats a secret, also behind the cut", () => {
    for (const text of [canaries.token, `${"x".repeat(400)}${canaries.token}`]) {
      assert.strictEqual(withoutSecrets(text, holdsSecret), "<redacted: the text repeats a secret>")
    }
  })
})
