import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { isSubscriptionKeyRefusal, judgeRefusal, type RefusedAnswer } from "../../src/core/refusal.js"

const judge = (answer: Partial<RefusedAnswer>) =>
  judgeRefusal({
    flow: "standard",
    status: 401,
    retryAfter: undefined,
    date: undefined,
    body: undefined,
    keys: ["canary-key"],
    nowMillis: 0,
    ...answer
  })

const keyOf = (answer: Partial<RefusedAnswer>) => {
  const refusal = judge(answer)
  return refusal.kind === "invalidCredentials" ? refusal.key : refusal.kind
}

describe("judgeRefusal: what passes", () => {
  it("429 is a rate limit, whatever the body says", () => {
    for (const body of [undefined, { error: "invalid_client" }, { error: "temporarily_unavailable" }]) {
      assert.deepStrictEqual(judge({ status: 429, body, retryAfter: "7" }), {
        kind: "rateLimited",
        retryAfterMillis: 7_000
      })
    }
  })

  it("every 5xx is a server in trouble, and 408 a time-out", () => {
    for (const status of [500, 501, 502, 503, 504, 505, 520, 599, 999]) {
      assert.deepStrictEqual(judge({ status, retryAfter: "3", body: { error: "invalid_client" } }), {
        kind: "unavailable",
        reason: "server",
        status,
        retryAfterMillis: 3_000
      })
    }
    assert.deepStrictEqual(judge({ status: 408 }), {
      kind: "unavailable",
      reason: "timeout",
      status: 408,
      retryAfterMillis: undefined
    })
  })

  it("423 and 425 pass by themselves", () => {
    for (const status of [423, 425]) assert.strictEqual(judge({ status }).kind, "unavailable", String(status))
  })

  it("a 4xx that says so itself passes too", () => {
    for (const error of ["temporarily_unavailable", "server_error"]) {
      for (const status of [400, 401, 403, 404]) {
        assert.strictEqual(judge({ status, body: { error } }).kind, "unavailable", `${status} ${error}`)
      }
    }
  })

  it("the gateway's code 1000 passes, as text and as number", () => {
    for (const responseCode of ["1000", 1000]) {
      assert.strictEqual(judge({ status: 400, body: { responseInfo: { responseCode } } }).kind, "unavailable")
    }
    assert.notStrictEqual(judge({ status: 400, body: { responseInfo: { responseCode: 401 } } }).kind, "unavailable")
  })

  it("a gateway's code of any other shape is no code", () => {
    for (const responseCode of [["1000"], { toString: "1000" }, { toString: null }, null, true, 1e3 + 0.5]) {
      assert.strictEqual(judge({ status: 400, body: { responseInfo: { responseCode } } }).kind, "requestRejected")
    }
  })
})

describe("judgeRefusal: which key", () => {
  it("of the standard flow, by the OAuth code", () => {
    for (const status of [400, 401, 403]) {
      assert.strictEqual(keyOf({ status, body: { error: "unauthorized_client" } }), "clientId")
      assert.strictEqual(keyOf({ status, body: { error: "invalid_client" } }), "clientSecret")
      assert.strictEqual(keyOf({ status, body: { error: "invalid_request" } }), "clientId")
    }
  })

  it("of the specialized flow, which says invalid_client for everything", () => {
    for (const status of [400, 401]) {
      assert.strictEqual(keyOf({ flow: "specialized", status, body: { error: "invalid_client" } }), "unknown")
    }
    assert.strictEqual(
      keyOf({ flow: "specialized", status: 400, body: { error: "invalid_request" } }),
      "requestRejected"
    )
  })

  it("a 401 about a subscription is about the subscription key, any other about some key", () => {
    assert.strictEqual(
      keyOf({ body: { message: "Access denied due to invalid SUBSCRIPTION key." } }),
      "subscriptionKey"
    )
    for (const body of [
      undefined,
      null,
      "Unauthorized",
      [],
      {},
      { message: "Unauthorized" },
      { message: `${"x".repeat(300)}subscription` },
      { error: "access_denied" }
    ]) {
      assert.strictEqual(keyOf({ body }), "unknown", JSON.stringify(body))
    }
  })

  it("no key is blamed by a redirect, or by a 4xx that is not about keys", () => {
    for (const status of [300, 301, 302, 304, 307, 308, 400, 402, 403, 404, 405, 407, 411, 415, 418, 422, 431, 451]) {
      assert.strictEqual(keyOf({ status, body: { message: "subscription" } }), "requestRejected", String(status))
    }
    assert.strictEqual(keyOf({ status: 302, body: { error: "invalid_client" } }), "requestRejected")
  })
})

describe("isSubscriptionKeyRefusal", () => {
  it("is the gateway's own 401 about a subscription, in either spelling, and no other answer of an API", () => {
    const message = "Access denied due to missing subscription key."
    assert.isTrue(isSubscriptionKeyRefusal({ statusCode: 401, message }))
    assert.isTrue(isSubscriptionKeyRefusal({ StatusCode: 401, Message: message }))
    for (const body of [
      undefined,
      "subscription",
      { message },
      { statusCode: 403, message },
      { statusCode: "401", message },
      { statusCode: 401 },
      { statusCode: 401, message: "Unauthorized" }
    ]) {
      assert.isFalse(isSubscriptionKeyRefusal(body), JSON.stringify(body))
    }
  })
})

describe("judgeRefusal: what is repeated", () => {
  it("the text of the known fields, the most telling first", () => {
    const spoken: ReadonlyArray<readonly [unknown, string | undefined]> = [
      [{ error_description: "a", message: "b" }, "a"],
      [{ error_description: "", message: "b" }, "b"],
      [{ error_description: 7, message: "b" }, "b"],
      [{ result: { message: "c" }, responseInfo: { responseMessage: "d" } }, "c"],
      [{ responseInfo: { responseMessage: "d" } }, "d"],
      [{ ResponseInfo: { ResponseMessage: "d" } }, "d"],
      [{ detail: "e", title: "f" }, "e"],
      [{ title: "f" }, "f"],
      [[{ errorMessage: "g" }, { errorMessage: "h" }], "g"],
      [{ debug: "x", stack: "y" }, undefined],
      ["text", undefined]
    ]
    for (const [body, text] of spoken) {
      const refusal = judge({ body })
      assert.strictEqual(refusal.kind === "invalidCredentials" ? refusal.description : "?", text, JSON.stringify(body))
    }
  })

  it("only what the body itself holds, not what its prototype does", () => {
    const refusal = judge({ body: Object.create({ error: "invalid_client", message: "inherited" }) })
    assert.deepInclude(refusal, { key: "unknown", code: undefined, description: undefined })
  })

  it("ids of both spellings, and no id that does not look like one", () => {
    assert.deepInclude(judge({ body: { trace_id: "t-1", correlation_id: "c-1" } }), {
      traceId: "t-1",
      correlationId: "c-1"
    })
    assert.deepInclude(judge({ body: { traceId: "t-2", contextId: "c-2" } }), { traceId: "t-2", correlationId: "c-2" })
    assert.deepInclude(judge({ body: { error: "a b", trace_id: "<t>", correlation_id: 7 } }), {
      code: undefined,
      traceId: undefined,
      correlationId: undefined
    })
  })

  it("F36 no key, in the text or where a code or an id should be", () => {
    for (const status of [400, 401, 403, 404]) {
      const refusal = judge({
        status,
        body: {
          error: "canary-key",
          error_description: "you sent canary-key",
          trace_id: "canary-key",
          correlation_id: "x-canary-key"
        }
      })
      assert.notInclude(JSON.stringify(refusal), "canary", String(status))
    }
  })
})

describe("judgeRefusal", () => {
  it("gives every refusal of every status a meaning, with a hint that ends in a full stop", () => {
    for (let status = 100; status < 600; status++) {
      for (const flow of ["standard", "specialized"] as const) {
        for (const error of [undefined, "invalid_client", "invalid_request", "unauthorized_client", "invalid_scope"]) {
          const refusal = judge({ flow, status, body: { error } })
          if ("hint" in refusal) assert.match(refusal.hint, /^[A-Z].{20,}\.$/, `${status} ${error}`)
        }
      }
    }
  })

  it("never throws, whatever the body", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 1000 }),
        fc.anything(),
        fc.option(fc.string(), { nil: undefined }),
        (status, body, retryAfter) => {
          const kinds = ["invalidCredentials", "rateLimited", "unavailable", "requestRejected"]
          assert.include(kinds, judge({ status, body, retryAfter }).kind)
        }
      ),
      { numRuns: 2000 }
    )
  })
})
