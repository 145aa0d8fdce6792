import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { judgeTokenAnswer, type TokenAnswer } from "../../src/core/tokenAnswer.js"

const grant = { access_token: "a.token", expires_in: "3599" }
const json = (value: unknown) => ({ kind: "json", json: value }) as const

const judge = (answer: Partial<TokenAnswer>) =>
  judgeTokenAnswer({
    flow: "standard",
    status: 200,
    headers: {},
    body: json(grant),
    secrets: ["canary-key"],
    sentAtMillis: 0,
    receivedAtMillis: 1_000,
    ...answer
  })

const isSuccess = (status: number) => status >= 200 && status < 300

describe("judgeTokenAnswer", () => {
  it("takes a grant with a status of the 200s, and with no other", () => {
    for (let status = 100; status < 600; status++) {
      assert.strictEqual(judge({ status }).kind === "granted", isSuccess(status), String(status))
    }
  })

  it("says why a body cannot be read, and judges a refusal without one", () => {
    const body = { kind: "unreadable", problem: "is not JSON" } as const
    assert.deepInclude(judge({ body }), { kind: "invalidResponse", problem: "body: is not JSON" })
    assert.deepInclude(judge({ status: 403, body }), { kind: "unavailable", reason: "intermediary" })
    assert.deepInclude(judge({ status: 404, body }), { kind: "requestRejected" })
  })

  it("F17 F18 takes no grant that was over before it arrived: it counts from when the request was sent", () => {
    const over = { kind: "invalidResponse", problem: "expires_in: was over before the answer arrived" } as const
    assert.deepInclude(judge({ sentAtMillis: 5_000, receivedAtMillis: 3_604_000 }), over)
    assert.strictEqual(judge({ sentAtMillis: 5_000, receivedAtMillis: 3_603_999 }).kind, "granted")
  })

  it("F51 takes an OAuth error in place of a token for what it says, with a status of the 200s as well", () => {
    for (const status of [200, 201, 299]) {
      const refused = judge({ status, body: json({ error: "invalid_client", error_description: "No, canary-key." }) })
      assert.deepInclude(refused, {
        kind: "invalidCredentials",
        key: "clientSecret",
        status,
        description: "No, <redacted>."
      })
      assert.deepInclude(judge({ status, body: json({ error: "invalid_scope" }) }), { kind: "requestRejected", status })
      assert.deepInclude(judge({ status, body: json({ error: "server_error" }) }), {
        kind: "unavailable",
        reason: "server"
      })
    }
    for (const access_token of [null, "", 0, false, [], {}]) {
      const body = json({ access_token, error: "invalid_client", error_description: "No." })
      assert.deepInclude(judge({ body }), { kind: "invalidCredentials" }, JSON.stringify(access_token))
      assert.deepInclude(judge({ body: json({ access_token, expires_in: 60 }) }), { kind: "invalidResponse" })
    }
    for (const error of ["Unauthorized", "", null, 7, { code: "invalid_client" }, ["invalid_client"]]) {
      assert.deepInclude(
        judge({ body: json({ error }) }),
        { problem: "access_token: is missing" },
        JSON.stringify(error)
      )
    }
    assert.strictEqual(judge({ body: json({ ...grant, error: "invalid_client" }) }).kind, "granted")
  })

  it("F44 F51 reads Retry-After, Date and WWW-Authenticate", () => {
    const headers = {
      "retry-after": "Thu, 15 Jan 2026 12:00:10 GMT, 5",
      date: "Thu, 15 Jan 2026 12:00:00 GMT",
      "www-authenticate": "NTLM"
    }
    const body = json({ statusCode: 401, message: "Unauthorized" })
    assert.deepInclude(judge({ status: 401, headers, body }), { reason: "intermediary", retryAfterMillis: 10_000 })
    assert.deepInclude(judge({ status: 429, headers }), { kind: "rateLimited", retryAfterMillis: 10_000 })
  })

  it("F44 reads Retry-After of an answer without a token, whatever the status", () => {
    for (const status of [200, 202, 204]) {
      for (const body of [json({}), { kind: "unreadable", problem: "is empty" } as const]) {
        const headers = { "retry-after": "30" }
        assert.deepInclude(judge({ status, headers, body }), { kind: "invalidResponse", retryAfterMillis: 30_000 })
      }
    }
  })

  it("never throws, whatever the answer", () => {
    const kinds = ["granted", "invalidResponse", "invalidCredentials", "rateLimited", "unavailable", "requestRejected"]
    const header = fc.option(fc.fullUnicodeString(), { nil: undefined })
    const headers = fc.record({ "retry-after": header, date: header, "www-authenticate": header })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1000 }), headers, fc.anything(), (status, headers, value) => {
        assert.include(kinds, judge({ status, headers, body: json(value) }).kind)
      }),
      { numRuns: 2000 }
    )
  })
})
