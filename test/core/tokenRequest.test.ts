import { Buffer } from "node:buffer"
import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import {
  announcedSpecializedPath,
  base64,
  basicAuthorization,
  defaultTokenPath,
  merchantHeaders,
  secretHeaderNames,
  specializedTokenRequest,
  standardApiHeaders,
  standardTokenRequest,
  systemHeaders
} from "../../src/core/tokenRequest.js"

const standardKeys = { clientId: "id", clientSecret: "secret", subscriptionKey: "key", merchantSerialNumber: undefined }
const specializedKeys = { clientId: "id", clientSecret: "secret", scope: undefined }
const system = { systemName: "acme", systemVersion: "1.0" }

describe("token paths", () => {
  it("are those of Access token API 2.0.0, and the announced one", () => {
    assert.deepStrictEqual(defaultTokenPath, { standard: "/accesstoken/get", specialized: "/miami/v1/token" })
    assert.strictEqual(announcedSpecializedPath, "/authentication/v1/token")
  })
})

describe("standardTokenRequest", () => {
  it("puts three keys into headers, and nothing into the body", () => {
    assert.deepStrictEqual(standardTokenRequest(standardKeys, undefined), {
      headers: { client_id: "id", client_secret: "secret", "ocp-apim-subscription-key": "key" },
      form: undefined
    })
  })

  it("adds merchant serial number and system where they are known", () => {
    const request = standardTokenRequest(
      { ...standardKeys, merchantSerialNumber: "001234" },
      { ...system, pluginName: "plug", pluginVersion: "2.0" }
    )
    assert.deepStrictEqual(request.headers, {
      client_id: "id",
      client_secret: "secret",
      "ocp-apim-subscription-key": "key",
      "merchant-serial-number": "001234",
      "vipps-system-name": "acme",
      "vipps-system-version": "1.0",
      "vipps-system-plugin-name": "plug",
      "vipps-system-plugin-version": "2.0"
    })
  })
})

describe("standardApiHeaders", () => {
  it("are the subscription key, and the merchant serial number where it is known: never the client's keys", () => {
    assert.deepStrictEqual(standardApiHeaders(standardKeys), { "ocp-apim-subscription-key": "key" })
    assert.deepStrictEqual(standardApiHeaders({ ...standardKeys, merchantSerialNumber: "001234" }), {
      "ocp-apim-subscription-key": "key",
      "merchant-serial-number": "001234"
    })
  })
})

describe("specializedTokenRequest", () => {
  it("is OAuth 2.0 client credentials: Basic and a form", () => {
    assert.deepStrictEqual(specializedTokenRequest(specializedKeys, undefined), {
      headers: { authorization: `Basic ${Buffer.from("id:secret").toString("base64")}` },
      form: "grant_type=client_credentials"
    })
  })

  it("adds scope and system where they are known", () => {
    assert.deepStrictEqual(specializedTokenRequest({ ...specializedKeys, scope: "donations:read a&b" }, system), {
      headers: {
        authorization: `Basic ${Buffer.from("id:secret").toString("base64")}`,
        "vipps-system-name": "acme",
        "vipps-system-version": "1.0"
      },
      form: "grant_type=client_credentials&scope=donations%3Aread+a%26b"
    })
  })
})

describe("basicAuthorization", () => {
  it("is over the raw pair, as in the specification's own example: '==' is not percent-encoded", () => {
    assert.strictEqual(
      basicAuthorization("9658f4e2-26a8-4343-9b75-67ae9380232d", "Y8Kteew6GE2ZmeycEt6egg=="),
      "Basic OTY1OGY0ZTItMjZhOC00MzQzLTliNzUtNjdhZTkzODAyMzJkOlk4S3RlZXc2R0UyWm1leWNFdDZlZ2c9PQ=="
    )
  })

  it("is UTF-8", () => {
    assert.strictEqual(basicAuthorization("id", "blåbær 😀"), basicOf("id:blåbær 😀"))
  })
})

const basicOf = (pair: string) => `Basic ${Buffer.from(pair, "utf8").toString("base64")}`

describe("base64", () => {
  it("agrees with Node's on every text", () => {
    fc.assert(
      fc.property(fc.fullUnicodeString({ maxLength: 200 }), (text) => {
        assert.strictEqual(base64(text), Buffer.from(text.toWellFormed(), "utf8").toString("base64"))
      }),
      { numRuns: 1000 }
    )
  })

  it("takes a megabyte", () => {
    const text = "ø".repeat(500_000)
    assert.strictEqual(base64(text), Buffer.from(text).toString("base64"))
  })
})

describe("headers", () => {
  it("absent settings make no header, not an empty one", () => {
    assert.deepStrictEqual(merchantHeaders(undefined), {})
    assert.deepStrictEqual(systemHeaders(undefined), {})
    assert.deepStrictEqual(systemHeaders({ ...system, pluginName: undefined, pluginVersion: undefined }), {
      "vipps-system-name": "acme",
      "vipps-system-version": "1.0"
    })
    assert.deepStrictEqual(systemHeaders({ ...system, pluginVersion: "3" }), {
      "vipps-system-name": "acme",
      "vipps-system-version": "1.0",
      "vipps-system-plugin-version": "3"
    })
  })

  it("F36 every header that holds a key is named as secret", () => {
    const names = [
      ...Object.keys(standardTokenRequest(standardKeys, undefined).headers),
      ...Object.keys(specializedTokenRequest(specializedKeys, undefined).headers)
    ]
    assert.sameMembers([...secretHeaderNames], names)
  })
})
