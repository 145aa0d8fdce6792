/** No key and no token is shown by the server: not in requests, state, events, findings, documents or its log. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { faultCatalogue } from "../../../src/internal/emulator/control/faultCatalogue.js"
import { clientLabel } from "../../../src/internal/emulator/control/masking.js"
import { served, standardKeys } from "../../fixtures/emulatorServer.js"

/** With characters that every encoding writes in another way. */
const canaries = {
  secret: 'canary/secret+"==&?\\x',
  subscriptionKey: "canary0subscription0key",
  wrong: "canary~wrong~secret",
  clientId: "ca7a71e5-0000-4000-8000-00000000ca7a",
  query: "canary-in-query",
  bearer: "canary.bearer.token",
  cookie: "canary-cookie",
  header: "canary-api-key"
}

const spellings = (value: string) => [
  value,
  encodeURIComponent(value),
  btoa(value),
  JSON.stringify(value).slice(1, -1),
  new URLSearchParams({ "": value }).toString().slice(1)
]

const assertNoCanary = (text: string, of: ReadonlyArray<string>) => {
  for (const value of of) for (const spelling of spellings(value)) assert.notInclude(text, spelling)
}

describe("masking", () => {
  it.scopedLive(
    "F37 no key, no token and at most eight characters of a client id are shown, whatever the fault",
    () =>
      Effect.gen(function* () {
        const logged: Array<string> = []
        const { ask, control } = yield* served({
          log: (request) => Effect.sync(() => void logged.push(JSON.stringify(request)))
        })
        yield* control("PUT", "keys", {
          clientId: canaries.clientId,
          clientSecret: canaries.secret,
          subscriptionKey: canaries.subscriptionKey
        })
        const keys = {
          client_id: canaries.clientId,
          client_secret: canaries.secret,
          "ocp-apim-subscription-key": canaries.subscriptionKey,
          cookie: `session=${canaries.cookie}`,
          "x-api-key": canaries.header
        }
        const granted = yield* ask("POST", "/accesstoken/get", "", keys)
        const token: string = granted.json.access_token
        const basic = { authorization: `Basic ${btoa(`${canaries.clientId}:${canaries.secret}`)}` }
        const query = new URLSearchParams({ client_secret: canaries.query, x: canaries.secret, access_token: token })
        const form = new URLSearchParams({ client_secret: canaries.wrong, client_id: canaries.clientId }).toString()

        for (const { name, options } of faultCatalogue) {
          if (["hang", "hangMidBody", "slow", "drip", "hugeBody"].includes(name)) continue
          const fault = { fault: name, options: options === undefined ? undefined : JSON.parse(options) }
          for (const on of ["token", "token", "api"]) yield* control("POST", "faults", { ...fault, on })
          yield* Effect.exit(ask("POST", `/accesstoken/get?${query}`, form, { ...keys, client_secret: canaries.wrong }))
          yield* Effect.exit(ask("POST", "/miami/v1/token", form, basic))
          const bearer = { authorization: `Bearer ${canaries.bearer}`, "ocp-apim-subscription-key": canaries.wrong }
          yield* Effect.exit(ask("POST", "/epayment/v1/payments", { client_secret: canaries.secret, token }, bearer))
        }
        yield* ask("POST", "/accesstoken/get", "", { ...keys, client_id: canaries.secret })
        yield* ask("GET", `/epayment/v1/payments/${encodeURIComponent(token)}`, undefined, {
          authorization: `Bearer ${token}`
        })

        const shown = yield* Effect.all([
          control("GET", "requests"),
          control("GET", "state"),
          control("GET", "findings")
        ])
        const { requests } = shown[0].json
        assert.isAbove(requests.length, 100)
        assert.strictEqual(logged.length, requests.length)
        const secrets = Object.entries(canaries).flatMap(([, value]) => value)
        for (const text of [...shown.map(({ text }) => text), ...logged]) {
          assertNoCanary(text, [...secrets, token, token.slice(0, 200)])
          assert.notMatch(text, /eyJ[\w-]{8}/)
        }
        assert.include(shown[0].text, clientLabel(canaries.clientId))
        assert.include(shown[0].text, "not-a-guid")
      }),
    120_000
  )

  it.scopedLive("F37 a cut body does not end with half a key", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const key = standardKeys["ocp-apim-subscription-key"]
      for (const length of [16 * 1024, 64 * 1024]) {
        // The first body ends in the middle of a key, the second is full of keys, which are shorter when masked.
        const edge = `${"x".repeat(length - 20)}${key}${"y".repeat(length)}`
        const full = `${`${key} `.repeat(Math.ceil(length / 33))}${key}`
        for (const body of [edge, full]) yield* ask("POST", "/epayment/v1/payments", body, standardKeys)
      }
      const { text } = yield* control("GET", "requests")
      assert.include(text, "(cut)")
      assert.notInclude(text, key.slice(0, 10))
      assert.notInclude(text, key.slice(-10))
    })
  )

  it.scopedLive("the mask of a subscription key tells whose it is", () =>
    Effect.gen(function* () {
      const { ask, control } = yield* served()
      const clientId = "0f0f0f0f-0000-4000-8000-000000000001"
      const keys = { clientId, clientSecret: "secret-1", subscriptionKey: "sub-key-1" }
      const shown = (key: string) =>
        Effect.gen(function* () {
          yield* ask("POST", "/accesstoken/get", "", { "ocp-apim-subscription-key": key })
          const [{ curl, headers }] = (yield* control("GET", "requests?limit=1")).json.requests
          assert.include(curl, '"ocp-apim-subscription-key: $VIPPS_SUBSCRIPTION_KEY"')
          return headers["ocp-apim-subscription-key"]
        })
      assert.strictEqual(yield* shown("sub-key-1"), "•••• (of unknown keys)")
      for (const [merchant, label] of [
        [{}, "client 0f0f0f0f…"],
        [{ merchantSerialNumber: "777001" }, "sales unit 777001"],
        [{ merchants: ["777001"] }, "partner 0f0f0f0f…"]
      ] as const) {
        yield* control("PUT", "keys", { ...keys, ...merchant })
        assert.strictEqual(yield* shown("sub-key-1"), `•••• (of ${label})`)
      }
      yield* control("PUT", "keys", { ...keys, clientId: "canary", merchantSerialNumber: "777002" })
      yield* control("PUT", "keys", { ...keys, clientId: "canary-2" })
      assert.strictEqual(yield* shown("sub-key-1"), "•••• (of partner 0f0f0f0f…, sales unit 777002, client not-a-guid)")
    })
  )

  it("a label shows nothing of a value that does not look like a client id", () => {
    assert.strictEqual(clientLabel(standardKeys.client_id), "e3b0c442…")
    for (const secret of [standardKeys.client_secret, "short", "", "00000000000000000000000000000000"]) {
      assert.strictEqual(clientLabel(secret), "not-a-guid")
    }
  })
})
