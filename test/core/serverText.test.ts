import { Buffer } from "node:buffer"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { serverReader } from "../../src/core/serverText.js"
import { canaries, canariesIn, disguisesOf } from "../fixtures/canaries.js"
import { assertLinear } from "../fixtures/growth.js"

const serverTextReader = (keys: ReadonlyArray<string>) => serverReader(keys).text
const serverCode = (value: unknown) => serverReader([]).code(value)
const read = (value: unknown) => serverTextReader(["canary-key", ""])(value)

describe("serverCode", () => {
  it("takes what looks like an id or an OAuth code", () => {
    for (const code of ["invalid_client", "0282e4c3-1bb8-44eb-9e8e-1a0e1c2d8a00", "44", "A", "x".repeat(64)]) {
      assert.strictEqual(serverCode(code), code)
    }
    assert.strictEqual(
      serverCode("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"),
      "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    )
  })

  it("leaves all else out", () => {
    for (const value of ["", "x".repeat(65), "a b", "a\n", "a.b", "<b>", "blåbær", 44, null, undefined, {}, ["a"]]) {
      assert.isUndefined(serverCode(value), String(value))
    }
  })

  it("F36 a code that is a key is left out, whole or in part", () => {
    const { code, unchanged } = serverReader(["canary-key"])
    for (const echo of ["canary-key", "x_CANARY-KEY_y"]) {
      assert.isUndefined(code(echo))
      assert.isUndefined(unchanged(echo))
    }
    assert.strictEqual(code("canary"), "canary")
    assert.strictEqual(unchanged("a canary"), "a canary")
    assert.isUndefined(unchanged("a  canary"))
  })
})

describe("serverTextReader", () => {
  it("hands on plain text", () => {
    assert.strictEqual(
      read("Access denied due to invalid subscription key."),
      "Access denied due to invalid subscription key."
    )
    assert.strictEqual(read("Noe gikk galt, prøv igjen 😀"), "Noe gikk galt, prøv igjen 😀")
  })

  it("reads nothing but text, and no empty text", () => {
    for (const value of [undefined, null, 1, true, {}, ["text"], "", " \r\n\t ", "\0"]) {
      assert.isUndefined(read(value), JSON.stringify(value))
    }
  })

  it("makes one line: no control characters, no separators, no invisible ones", () => {
    assert.strictEqual(
      read("AADSTS700016: no.\r\nTrace ID: 1\r\nTimestamp: 2\r\n"),
      "AADSTS700016: no. Trace ID: 1 Timestamp: 2"
    )
    assert.strictEqual(read("a\0b\x1b[31mc\x7fd\x9be\u2028f\u2029g\u202eh\u200bi\ufeffj"), "a b [31mc d e f g h i j")
    assert.strictEqual(read("half \ud800 pair"), "half \ufffd pair")
  })

  it("cuts at 300 characters, counted as people count them, and says so", () => {
    assert.strictEqual(read("x".repeat(300)), "x".repeat(300))
    assert.strictEqual(read("x".repeat(301)), `${"x".repeat(299)}…`)
    assert.strictEqual(read("😀".repeat(300)), "😀".repeat(300))
    assert.strictEqual(read("😀".repeat(301)), `${"😀".repeat(299)}…`)
    assert.strictEqual(read("x".repeat(1_000_000)), `${"x".repeat(299)}…`)
  })

  it("F36 blanks a key out, wherever and however often it stands, in upper or lower case", () => {
    assert.strictEqual(read("canary-key"), "<redacted>")
    assert.strictEqual(read("key=canary-key;canary-keycanary-key."), "key=<redacted>;<redacted><redacted>.")
    assert.strictEqual(read("CANARY-KEY and Canary-Key"), "<redacted> and <redacted>")
  })

  it("F36 blanks a key out before it cuts: the cut never leaves the front of one", () => {
    for (let before = 285; before <= 302; before++) {
      assert.notInclude(read(`${"x".repeat(before)}canary-key and more`) ?? "", "can", String(before))
    }
  })

  it("F36 blanks a key out as Base64 of either alphabet, with and without padding", () => {
    for (const key of ["k", "ke", "key", "~~~???>>>", "Y8Kteew6GE2ZmeycEt6egg==", "blåbær?~"]) {
      const encoded = Buffer.from(key).toString("base64")
      for (const spelling of [encoded, encoded.replace(/=+$/, ""), Buffer.from(key).toString("base64url")]) {
        assert.strictEqual(serverTextReader([key])(`<${spelling.replace(/=+$/, "")}>`), "<<redacted>>", spelling)
      }
    }
  })

  it("F36 blanks a key out as a URL or a form would spell it", () => {
    const key = "Y8K/ee+6G E2Z~m'ey=="
    const forms = [encodeURIComponent(key), new URLSearchParams({ key }).toString().slice(4)]
    for (const form of [...forms, ...forms.map((form) => form.toLowerCase())]) {
      assert.strictEqual(serverTextReader([key])(`at ${form}.`), "at <redacted>.", form)
    }
  })

  for (const key of ["Y8K/ee+6G(E2Z)m~*ey==", "blåbær/(1)*"]) {
    it(`F36 blanks ${key} out as other languages percent-encode it`, () => {
      const spellings = {
        "RFC 3986 (.NET, PHP rawurlencode)": encodeURIComponent(key).replace(/[!'()*]/g, percent),
        "slash left alone (Python quote)": encodeURIComponent(key)
          .replace(/[!'()*]/g, percent)
          .replaceAll("%2F", "/"),
        "every character": Array.from(key, percent).join("")
      }
      for (const [name, spelling] of Object.entries(spellings)) {
        assert.notInclude(serverTextReader([key])(`at ${spelling}.`) ?? "", spelling, name)
      }
    })
  }

  it("F36 blanks a key out that has inner spaces or invisible characters of its own", () => {
    for (const key of ["can  ary", "can\u00a0ary", "can\u200dary", "👩‍💻can ary", "can\u2003\u2003ary"]) {
      assert.notMatch(serverTextReader([key])(`at ${key}.`) ?? "", /can|ary/, JSON.stringify(key))
    }
  })

  it("F36 blanks a key out that a control character or a line break splits", () => {
    assert.notMatch(read("at canary\0-key.") ?? "", /can|key/)
    assert.notMatch(read("at CANARY\0-KEY.") ?? "", /can|key/i)
    const long = "k".repeat(70)
    const wrapped = Buffer.from(long).toString("base64").replace(/.{76}/g, "$&\r\n")
    assert.notInclude(serverTextReader([long])(wrapped) ?? "", "a2tra2tra2tr")
  })

  it("F36 blanks no key out of the middle of another one and leaves that to be read", () => {
    assert.isUndefined(read("cancanary-keyary-key"))
  })

  it("a key of nothing but signs that may come between others hides no other text", () => {
    assert.strictEqual(serverTextReader(["++"])("a text"), "a text")
  })

  for (const [what, canary] of Object.entries(canaries)) {
    for (const [how, disguise] of Object.entries(disguisesOf(canary))) {
      it(`F36 leaves out a text with ${what}, ${how}`, () => {
        const text = serverTextReader([canary])(`You sent ${disguise}, really.`)
        assert.notInclude(text ?? "", disguise)
        assert.deepStrictEqual(canariesIn(text ?? ""), [])
      })
    }
  }

  it("F36 an id is no other spelling of a key", () => {
    assert.isUndefined(serverReader([canaries.clientId]).code(canaries.clientId.replaceAll("-", "")))
    assert.isUndefined(
      serverReader([canaries.subscriptionKey]).code(
        canaries.subscriptionKey.replace(/(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-")
      )
    )
  })

  it("F36 takes the longest of overlapping keys first", () => {
    const pair = serverTextReader(["id", "secret", "id:secret"])
    assert.strictEqual(pair("id:secret"), "<redacted>")
    assert.strictEqual(serverTextReader(["abc", "abcdef"])("abcdefg"), "<redacted>g")
  })

  it("F36 a key is text, never a pattern", () => {
    for (const key of ["a.c", "(", "[a-z]*", "a|b", "^$", "\\d+", "a{2}", "x?", "a/b", "a-b", "$&"]) {
      assert.strictEqual(serverTextReader([key])(`<${key}>`), "<<redacted>>", key)
    }
    assert.strictEqual(serverTextReader(["a.c"])("abc"), "abc")
  })

  it("F60 a key of any length and any characters is compared as text", () => {
    for (const length of [10, 1_000, 20_000, 100_000]) {
      for (const part of ["k", "(", "[a-", "\\\\x{"]) {
        const key = part.repeat(Math.ceil(length / part.length))
        const read = serverTextReader([key])
        assert.strictEqual(read(`before ${key} after`), "before <redacted> after", `${part} ${length}`)
        assert.strictEqual(read("nothing of it"), "nothing of it")
      }
    }
  })

  it("F60 takes linear time, also for texts that are made against it", () => {
    const adversaries: ReadonlyArray<(half: string) => readonly [key: string, line: string]> = [
      (half) => [`${half}b${half}`, half.repeat(20)],
      (half) => [`${half}b`, half.repeat(20)],
      (half) => [`b${half}`, half.repeat(20)],
      (half) => ["ab".repeat(half.length), "ba".repeat(10 * half.length)],
      (half) => [`${half}b${half}`, `${half}c`.repeat(20)]
    ]
    adversaries.forEach((adversary, index) => {
      const read = (length: number) => {
        const [key, line] = adversary("a".repeat(length))
        return serverTextReader([key])(line)
      }
      assertLinear(read, 500, String(index))
    })
  })

  it("F36 finds a key whose upper and lower case differ in length or by their place", () => {
    for (const [key, echo] of [
      ["İstanbul-key", "İSTANBUL-KEY"],
      ["ΟΔΟΣ", "οδος"],
      ["ΟΔΟΣ", "οδοσ"],
      ["blåbær", "BLÅBÆR"]
    ] as const) {
      assert.strictEqual(serverTextReader([key])(`at ${echo}.`), "at <redacted>.", echo)
      assert.strictEqual(serverTextReader([key])(`İİ ${echo}.`), "İİ <redacted>.", echo)
    }
  })

  it("without keys nothing is blanked", () => {
    assert.strictEqual(serverTextReader([])("a text"), "a text")
    assert.strictEqual(serverTextReader(["", ""])("a text"), "a text")
  })

  it("F36 no text of any kind gets a key through, nor a control character, nor over 300 characters", () => {
    const key = fc
      .stringOf(fc.fullUnicode(), { minLength: 6, maxLength: 12 })
      .filter((text) => !/[\p{Cc}\p{Cf}\s]/u.test(text))
    fc.assert(
      fc.property(key, fc.fullUnicodeString({ maxLength: 320 }), fc.fullUnicodeString(), (key, before, after) => {
        const text = serverTextReader([key])(`${before}${key}${after}`)
        if (text === undefined) return
        assert.notInclude(text, key)
        assert.notMatch(text, /[\p{Cc}\u2028\u2029]/u)
        assert.isAtMost(Array.from(text).length, 300)
      }),
      { numRuns: 2000 }
    )
  })
})

const percent = (character: string) =>
  Array.from(Buffer.from(character), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, "0")}`).join("")
