import { assert, describe, it } from "@effect/vitest"
import * as fc from "effect/FastCheck"
import { isSubscriptionKeyRefusal, judgeRefusal, type RefusedAnswer } from "../../src/core/refusal.js"

const judge = (answer: Partial<RefusedAnswer>) =>
  judgeRefusal({
    flow: "standard",
    status: 401,
    headers: {},
    body: undefined,
    secrets: ["canary-key"],
    receivedAtMillis: 0,
    ...answer
  })

const challenging = (authenticate: string | undefined) => ({ headers: { "www-authenticate": authenticate } })

const waiting = (retryAfter: string | undefined) => ({ headers: { "retry-after": retryAfter } })

const keyOf = (answer: Partial<RefusedAnswer>) => {
  const refusal = judge(answer)
  return refusal.kind === "invalidCredentials" ? refusal.key : refusal.kind
}

const obstacleOf = (answer: Partial<RefusedAnswer>) => {
  const refusal = judge(answer)
  return refusal.kind === "unavailable" ? refusal.reason : refusal.kind
}

const apiManagement = (statusCode: number, message: string) => ({ statusCode, message })

describe("judgeRefusal: what passes", () => {
  it("429 is a rate limit, whatever the body says", () => {
    for (const body of [undefined, { error: "invalid_client" }, { error: "temporarily_unavailable" }]) {
      assert.deepStrictEqual(judge({ status: 429, body, ...waiting("7") }), {
        kind: "rateLimited",
        status: 429,
        retryAfterMillis: 7_000
      })
    }
  })

  it("F44 so is a 403 of API Management where a quota is used up", () => {
    for (const text of [
      "Out of call volume quota. Quota will be replenished in 00:59:12.",
      "Out of bandwidth quota. Quota will be replenished in 1.02:00:00.",
      "OUT OF CALL VOLUME QUOTA"
    ]) {
      const body = apiManagement(403, text)
      assert.deepStrictEqual(judge({ status: 403, body, ...waiting("3552") }), {
        kind: "rateLimited",
        status: 403,
        retryAfterMillis: 3_552_000
      })
      assert.strictEqual(keyOf({ status: 401, body: apiManagement(401, text) }), "unknown")
    }
    assert.strictEqual(keyOf({ status: 403, body: apiManagement(403, "Out of office") }), "requestRejected")
  })

  it("every 5xx is a server in trouble, and 408 a time-out", () => {
    for (const status of [500, 501, 502, 503, 504, 505, 520, 599, 999]) {
      assert.deepStrictEqual(judge({ status, ...waiting("3"), body: { error: "invalid_client" } }), {
        kind: "unavailable",
        reason: "server",
        status,
        hint: undefined,
        retryAfterMillis: 3_000
      })
    }
    assert.deepStrictEqual(judge({ status: 408 }), {
      kind: "unavailable",
      reason: "timeout",
      status: 408,
      hint: undefined,
      retryAfterMillis: undefined
    })
  })

  it("423 and 425 pass by themselves", () => {
    for (const status of [423, 425]) assert.strictEqual(obstacleOf({ status }), "server", String(status))
  })

  it("a 4xx that says so itself passes too", () => {
    for (const error of ["temporarily_unavailable", "server_error"]) {
      for (const status of [200, 400, 401, 403, 404]) {
        assert.strictEqual(obstacleOf({ status, body: { error } }), "server", `${status} ${error}`)
      }
    }
  })

  it("the gateway's code 1000 passes, as text and as number", () => {
    for (const responseCode of ["1000", 1000]) {
      for (const status of [400, 401, 403]) {
        assert.strictEqual(obstacleOf({ status, body: { responseInfo: { responseCode } } }), "server")
      }
    }
    assert.notStrictEqual(judge({ status: 400, body: { responseInfo: { responseCode: 401 } } }).kind, "unavailable")
  })

  it("a gateway's code of any other shape is no code", () => {
    for (const responseCode of [["1000"], { toString: "1000" }, { toString: null }, null, true, 1e3 + 0.5]) {
      assert.strictEqual(judge({ status: 400, body: { responseInfo: { responseCode } } }).kind, "requestRejected")
    }
  })
})

describe("judgeRefusal: F44 the wait that the server asks for", () => {
  it("is known of every refusal, whatever its status", () => {
    for (let status = 300; status < 600; status++) {
      for (const body of [undefined, { error: "invalid_client" }, apiManagement(status, "No."), "<html>"]) {
        assert.strictEqual(judge({ status, body, ...waiting("299.997, 300") }).retryAfterMillis, 300_000)
        assert.isUndefined(judge({ status, body }).retryAfterMillis)
      }
    }
  })
})

describe("judgeRefusal: F51 an intermediary", () => {
  const foreign: ReadonlyArray<unknown> = [
    ...[undefined, null, "Unauthorized", 7, true, [], {}, [[]], [7]],
    // Kong, AWS, oauth2-proxy, Azure Resource Manager, Express, Cloudflare.
    { message: "Unauthorized" },
    { Message: "User is not authorized to access this resource" },
    { message: "No API key found in request", request_id: "1" },
    { error: "Unauthorized" },
    { error: "Forbidden", message: "You shall not pass" },
    { error: { code: "AuthenticationFailed", message: "No." } },
    { success: false, errors: [{ code: 1020, message: "Access denied" }] },
    { title: "Forbidden" },
    { code: 401 },
    { status: 401 },
    { statusCode: 403 }
  ]

  it("is whoever answers 401 or 403 in none of Vipps' shapes", () => {
    for (const status of [401, 403]) {
      for (const body of foreign) {
        for (const flow of ["standard", "specialized"] as const) {
          for (const authenticate of [undefined, "NTLM", "Negotiate, NTLM", 'Basic realm="Staging"', "Bearer"]) {
            assert.strictEqual(
              obstacleOf({ flow, status, body, ...challenging(authenticate) }),
              "intermediary",
              JSON.stringify(body)
            )
          }
        }
      }
    }
  })

  it("is not assumed of any other status, which says enough by itself", () => {
    for (const status of [300, 302, 400, 402, 404, 405, 407, 411, 415, 418, 422, 431, 451]) {
      for (const body of foreign) assert.strictEqual(obstacleOf({ status, body }), "requestRejected", String(status))
    }
  })

  it("is whoever challenges for a login that Vipps does not have, in whatever shape", () => {
    const shape = { title: "Unauthorized", status: 401, type: "about:blank" }
    for (const authenticate of ["NTLM", "negotiate", 'Digest realm="x", nonce="y"', "Bearer, Negotiate", "Kerberos"]) {
      for (const flow of ["standard", "specialized"] as const) {
        assert.strictEqual(
          obstacleOf({ flow, body: shape, ...challenging(authenticate) }),
          "intermediary",
          authenticate
        )
        assert.strictEqual(
          judge({ flow, body: { error: "invalid_client" }, ...challenging(authenticate) }).kind,
          "invalidCredentials"
        )
      }
    }
    assert.strictEqual(obstacleOf({ body: shape, ...challenging('Basic realm="Staging"') }), "intermediary")
    for (const authenticate of ["Bearer", 'AzureApiManagementKey realm="NTLM",name="basic"', "Bearer error=basic"]) {
      assert.strictEqual(keyOf({ body: shape, ...challenging(authenticate) }), "unknown", authenticate)
    }
    assert.strictEqual(keyOf({ flow: "specialized", body: shape, ...challenging('Basic realm="miami"') }), "unknown")
  })

  it("is named by the hint, with what it asks for", () => {
    assert.match(hintOf({}), /none of the forms that Vipps uses.*proxy, firewall/)
    assert.match(hintOf({ ...challenging("NTLM") }), /wants a login.*proxy, firewall/)
  })
})

const hintOf = (answer: Partial<RefusedAnswer>): string => {
  const refusal = judge(answer)
  return "hint" in refusal ? (refusal.hint ?? "") : ""
}

describe("judgeRefusal: which key", () => {
  it("of the standard flow, by the OAuth code, with any status that does not pass (F51)", () => {
    for (const status of [200, 201, 302, 400, 401, 403, 404, 418]) {
      assert.strictEqual(keyOf({ status, body: { error: "unauthorized_client" } }), "clientId")
      assert.strictEqual(keyOf({ status, body: { error: "invalid_client" } }), "clientSecret")
      assert.strictEqual(keyOf({ status, body: { error: "invalid_request" } }), "clientId")
    }
  })

  it("of the specialized flow, which says invalid_client for everything", () => {
    for (const status of [200, 400, 401]) {
      assert.strictEqual(keyOf({ flow: "specialized", status, body: { error: "invalid_client" } }), "unknown")
    }
    assert.strictEqual(
      keyOf({ flow: "specialized", status: 400, body: { error: "invalid_request" } }),
      "requestRejected"
    )
  })

  it("a 401 with API Management's own sentences is about the subscription key, any other about some key", () => {
    for (const message of [
      "Access denied due to invalid SUBSCRIPTION key.",
      "Access denied due to missing subscription key. Make sure to include subscription key when making requests.",
      "Subscription not found."
    ]) {
      assert.strictEqual(keyOf({ body: apiManagement(401, message) }), "subscriptionKey", message)
    }
    for (const body of [
      apiManagement(401, "Unauthorized"),
      { error: "request_unauthorized", error_description: "The request could not be authorized." },
      apiManagement(401, "No such subscription agreement"),
      apiManagement(401, "The subscription was not found."),
      apiManagement(401, `${"x".repeat(300)}subscription`),
      { error: "access_denied" }
    ]) {
      assert.strictEqual(keyOf({ body }), "unknown", JSON.stringify(body))
    }
  })

  it("no key is blamed by a redirect, or by a 4xx that is not about keys", () => {
    for (const status of [300, 301, 302, 304, 307, 308, 400, 402, 403, 404, 405, 407, 411, 415, 418, 422, 431, 451]) {
      const body = apiManagement(status, "Access denied due to invalid subscription key.")
      assert.strictEqual(keyOf({ status, body }), "requestRejected", String(status))
    }
  })
})

describe("judgeRefusal: hints", () => {
  it("of a 404 fit the flow that was asked", () => {
    assert.notMatch(hintOf({ status: 404 }), /specialized/)
    assert.match(hintOf({ status: 404 }), /base URL and the path/)
    assert.match(hintOf({ flow: "specialized", status: 404 }), /base URL and the path.*specialized.*test environment/)
  })

  it("of the specialized flow name the keys that it takes", () => {
    const hint = hintOf({ flow: "specialized", status: 400, body: { error: "invalid_client" } })
    assert.match(hint, /accounting or donations keys/)
    assert.notMatch(hint, /management/i)
  })
})

describe("isSubscriptionKeyRefusal", () => {
  it("F51 is the gateway's own 401 about the subscription key, in either spelling, and no other answer of an API", () => {
    const message = "Access denied due to missing subscription key."
    assert.isTrue(isSubscriptionKeyRefusal({ statusCode: 401, message }))
    assert.isTrue(isSubscriptionKeyRefusal({ StatusCode: 401, Message: message }))
    assert.isTrue(isSubscriptionKeyRefusal({ statusCode: 401, message: "Subscription not found." }))
    for (const body of [
      undefined,
      "subscription",
      { message },
      { statusCode: 403, message },
      { statusCode: "401", message },
      { statusCode: 401 },
      apiManagement(401, "Unauthorized"),
      apiManagement(401, "No such subscription agreement"),
      apiManagement(401, "Subscription not found for agreement agr_1"),
      apiManagement(401, "Subscription not found. Agreement agr_1 has none"),
      { statusCode: 401, detail: message },
      [{ statusCode: 401, message }],
      apiManagement(401, "The subscription key of the agreement is not known"),
      apiManagement(401, "Agreement: access denied due to missing subscription key")
    ]) {
      assert.isFalse(isSubscriptionKeyRefusal(body), JSON.stringify(body))
    }
  })

  it("F57 reads a body nested 10,000 deep", () => {
    const deep = JSON.parse(`${'{"message":['.repeat(10_000)}${"]}".repeat(10_000)}`)
    assert.isFalse(isSubscriptionKeyRefusal(deep))
    assert.isFalse(isSubscriptionKeyRefusal({ statusCode: 401, message: deep }))
    for (const status of [400, 401, 403, 404]) {
      const fields = { error: deep, message: deep, statusCode: deep, responseInfo: deep, trace_id: deep, title: deep }
      assert.include(["unavailable", "requestRejected"], judge({ status, body: fields }).kind)
      assert.include(["unavailable", "requestRejected"], judge({ status, body: [deep] }).kind)
    }
  })
})

describe("judgeRefusal: what is repeated", () => {
  it("the text of the known fields, the most telling first", () => {
    const spoken: ReadonlyArray<readonly [unknown, string | undefined]> = [
      [{ error: "invalid_client", error_description: "a", message: "b" }, "a"],
      [{ error: "invalid_client", error_description: "", message: "b" }, "b"],
      [{ error: "invalid_client", error_description: 7, message: "b" }, "b"],
      [{ result: { message: "c" }, responseInfo: { responseMessage: "d" } }, "c"],
      [{ responseInfo: { responseMessage: "d" } }, "d"],
      [{ ResponseInfo: { ResponseMessage: "d" } }, "d"],
      [{ status: 401, detail: "e", title: "f" }, "e"],
      [{ status: "401", title: "f" }, "f"],
      [[{ errorCode: "1", errorMessage: "g" }, { errorMessage: "h" }], "g"],
      [{ error: "invalid_client", debug: "x", stack: "y" }, undefined]
    ]
    for (const [body, text] of spoken) {
      const refusal = judge({ body })
      assert.strictEqual(refusal.kind === "invalidCredentials" ? refusal.description : "?", text, JSON.stringify(body))
    }
  })

  it("only what the body itself holds, not what its prototype does", () => {
    const refusal = judge({ status: 400, body: Object.create({ error: "invalid_client", message: "inherited" }) })
    assert.deepInclude(refusal, { kind: "requestRejected", code: undefined, description: undefined })
  })

  const said = { code: 401, message: "Unauthorized" }

  it("ids of both spellings, and no id that does not look like one", () => {
    assert.deepInclude(judge({ body: { ...said, trace_id: "t-1", correlation_id: "c-1" } }), {
      traceId: "t-1",
      correlationId: "c-1"
    })
    assert.deepInclude(judge({ body: { ...said, traceId: "t-2", contextId: "c-2" } }), {
      traceId: "t-2",
      correlationId: "c-2"
    })
    assert.deepInclude(judge({ body: { ...said, error: "a b", trace_id: "<t>", correlation_id: 7 } }), {
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
          ...said,
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
          if ("hint" in refusal && refusal.hint !== undefined)
            assert.match(refusal.hint, /^[A-Z].{20,}\.$/, `${status} ${error}`)
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
          assert.include(kinds, judge({ status, body, ...waiting(retryAfter) }).kind)
        }
      ),
      { numRuns: 2000 }
    )
  })
})
