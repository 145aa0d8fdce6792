/** F50 a 401 of an API that is compressed, over each of the three HTTP clients. */
import { gunzipSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsClient } from "../../src/VippsClient.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { sourceOf } from "../fixtures/caches.js"
import { httpClients } from "../fixtures/httpClients.js"
import { answerJson, httpServer } from "../fixtures/httpServer.js"
import { recordedStandardGrant, standardCredentials } from "../fixtures/keys.js"

/** An API that refuses every request with this body, packed. */
const refused = (body: unknown) =>
  Effect.gen(function* () {
    let granted = 0
    const server = yield* httpServer((response, request) => {
      if (request.method === "POST") {
        const access_token = `${recordedStandardGrant.access_token}${granted++}`
        return answerJson({ ...recordedStandardGrant, access_token })(response, request)
      }
      response.writeHead(401, { "content-type": "application/json", "content-encoding": "gzip" })
      response.end(gzipSync(JSON.stringify(body)))
    })
    const flow = yield* StandardFlow.make({
      credentials: standardCredentials,
      environment: VippsEnvironment.custom(server.url)
    })
    const client = yield* VippsClient.make(yield* sourceOf(flow))
    return { outcome: yield* Effect.either(client.get("/epayment/v1/payments/order-1234")), requests: server.requests }
  })

for (const [name, client] of httpClients) {
  describe(`F50 over ${name}`, () => {
    it.scopedLive("a packed 401 about the subscription key: InvalidCredentials, and no renewal", () =>
      Effect.gen(function* () {
        const message =
          "Access denied due to invalid subscription key. Make sure to provide a valid key for an active subscription."
        const { outcome, requests } = yield* refused({ statusCode: 401, message })
        assert.deepInclude(Either.getLeft(outcome), { _tag: "Some" })
        if (Either.isLeft(outcome)) {
          assert.deepInclude(outcome.left, { _tag: "InvalidCredentials", key: "subscriptionKey" })
        }
        assert.strictEqual(requests.length, 2)
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("another packed 401 is handed on as the client gave it", () =>
      Effect.gen(function* () {
        const body = { title: "Unauthorized" }
        const { outcome } = yield* refused(body)
        const response = yield* outcome
        assert.strictEqual(response.status, 401)
        const bytes = Buffer.from(yield* response.arrayBuffer)
        // fetch has unpacked it.
        const text = name === "fetch" ? bytes : gunzipSync(bytes)
        assert.deepStrictEqual(JSON.parse(text.toString("utf8")), body)
      }).pipe(Effect.provide(client))
    )
  })
}
