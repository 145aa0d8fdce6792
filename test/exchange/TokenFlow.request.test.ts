/** What each flow sends: method, URL, headers, body, and nothing else. */
import { Buffer } from "node:buffer"
import { readFileSync } from "node:fs"
import * as HttpBody from "@effect/platform/HttpBody"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Redacted from "effect/Redacted"
import { SpecializedCredentials } from "../../src/specialized/SpecializedCredentials.js"
import { StandardCredentials } from "../../src/standard/StandardCredentials.js"
import { MerchantSerialNumber, VippsEnvironment } from "../../src/VippsEnvironment.js"
import { sentBy, specializedFlowOver, standardFlowOver } from "../fixtures/flows.js"
import {
  recordedStandardGrant,
  specializedGrant,
  specializedKeys,
  standardCredentials,
  standardKeys,
  system,
  systemHeaders
} from "../fixtures/keys.js"
import { recordingClient } from "../fixtures/recordingClient.js"

const { version }: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8")
)

const granting = () => recordingClient({ body: recordedStandardGrant })

describe("StandardFlow: the request", () => {
  it.effect("is an empty POST with three keys as headers, and nothing else", () =>
    Effect.gen(function* () {
      const recording = granting()
      const sent = yield* sentBy(standardFlowOver(recording.client), recording)
      assert.strictEqual(sent.method, "POST")
      assert.strictEqual(sent.url, "https://apitest.vipps.no/accesstoken/get")
      assert.strictEqual(sent.urlParams.length, 0)
      assert.deepStrictEqual(
        { ...sent.headers },
        {
          accept: "application/json",
          "accept-encoding": "identity",
          client_id: standardKeys.clientId,
          client_secret: standardKeys.clientSecret,
          "ocp-apim-subscription-key": standardKeys.subscriptionKey,
          "user-agent": `effect-vipps-token/${version}`
        }
      )
      assert.strictEqual(sent.body, HttpBody.empty)
    })
  )

  it.effect("F42 credentials: the merchant serial number becomes a header", () =>
    Effect.gen(function* () {
      const recording = granting()
      const credentials = StandardCredentials.make({
        ...standardCredentials,
        merchantSerialNumber: MerchantSerialNumber.make("001234")
      })
      const sent = yield* sentBy(standardFlowOver(recording.client, { credentials }), recording)
      assert.strictEqual(sent.headers["merchant-serial-number"], "001234")
    })
  )

  it.effect("F42 system: four headers", () =>
    Effect.gen(function* () {
      const recording = granting()
      const sent = yield* sentBy(standardFlowOver(recording.client, { system }), recording)
      assert.deepInclude({ ...sent.headers }, systemHeaders)
    })
  )

  it.effect("F42 environment: another host, and a path prefix is kept", () =>
    Effect.gen(function* () {
      const production = granting()
      const one = standardFlowOver(production.client, { environment: VippsEnvironment.production })
      assert.strictEqual((yield* sentBy(one, production)).url, "https://api.vipps.no/accesstoken/get")
      for (const base of ["http://localhost:8080/vipps/v9", "http://localhost:8080/vipps/v9/"]) {
        const custom = granting()
        const other = standardFlowOver(custom.client, { environment: VippsEnvironment.custom(base) })
        assert.strictEqual((yield* sentBy(other, custom)).url, "http://localhost:8080/vipps/v9/accesstoken/get")
      }
    })
  )

  it.effect("F42 path: another endpoint below the same base URL", () =>
    Effect.gen(function* () {
      const recording = granting()
      const environment = VippsEnvironment.custom("https://proxy.example/vipps")
      const flow = standardFlowOver(recording.client, { environment, path: "/accessToken/get" })
      assert.strictEqual((yield* sentBy(flow, recording)).url, "https://proxy.example/vipps/accessToken/get")
    })
  )

  it.effect("F36 no path leads the keys to another host", () =>
    Effect.gen(function* () {
      for (const path of ["//evil.example/x", "/\\evil.example", "/@evil.example", "/../..//evil.example"] as const) {
        const recording = granting()
        const flow = Either.try(() => standardFlowOver(recording.client, { path }))
        if (Either.isLeft(flow)) continue
        const sent = yield* sentBy(flow.right, recording)
        assert.strictEqual(new URL(sent.url).host, "apitest.vipps.no", path)
      }
    })
  )
})

describe("SpecializedFlow: the request", () => {
  it.effect("is a form with Basic, and nothing else: a subscription key would make Vipps refuse it", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ body: specializedGrant })
      const sent = yield* sentBy(specializedFlowOver(recording.client), recording)
      assert.strictEqual(sent.method, "POST")
      assert.strictEqual(sent.url, "https://api.vipps.no/miami/v1/token")
      assert.deepStrictEqual(Object.fromEntries(Object.entries(sent.headers)), {
        accept: "application/json",
        "accept-encoding": "identity",
        authorization: "Basic OTY1OGY0ZTItMjZhOC00MzQzLTliNzUtNjdhZTkzODAyMzJkOlk4S3RlZXc2R0UyWm1leWNFdDZlZ2c9PQ==",
        "content-length": "29",
        "content-type": "application/x-www-form-urlencoded; charset=utf-8",
        "user-agent": `effect-vipps-token/${version}`
      })
      assert.strictEqual(bodyOf(sent), "grant_type=client_credentials")
    })
  )

  it.effect("F42 credentials: the scope goes into the form, the secret raw and in UTF-8 into Basic", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ body: specializedGrant })
      const credentials = SpecializedCredentials.make({
        clientId: specializedKeys.clientId,
        clientSecret: Redacted.make("blåbær: 100%+=="),
        scope: "donations:read report:read"
      })
      const sent = yield* sentBy(specializedFlowOver(recording.client, { credentials }), recording)
      assert.strictEqual(
        sent.headers.authorization,
        `Basic ${Buffer.from(`${specializedKeys.clientId}:blåbær: 100%+==`, "utf8").toString("base64")}`
      )
      assert.deepStrictEqual(
        [...new URLSearchParams(bodyOf(sent))],
        [
          ["grant_type", "client_credentials"],
          ["scope", "donations:read report:read"]
        ]
      )
    })
  )

  it.effect("F42 system, environment and path, as for the standard flow", () =>
    Effect.gen(function* () {
      const recording = recordingClient({ body: specializedGrant })
      const options = {
        system,
        environment: VippsEnvironment.custom("https://proxy.example/vipps"),
        path: "/authentication/v1/token"
      } as const
      const sent = yield* sentBy(specializedFlowOver(recording.client, options), recording)
      assert.strictEqual(sent.url, "https://proxy.example/vipps/authentication/v1/token")
      assert.deepInclude({ ...sent.headers }, systemHeaders)
    })
  )
})

const bodyOf = ({ body }: { readonly body: HttpBody.HttpBody }): string =>
  body._tag === "Uint8Array" ? new TextDecoder().decode(body.body) : `a body of kind ${body._tag}`
