/** F50 answers that are compressed though nobody asked for it, over each of the three HTTP clients. */
import { Buffer } from "node:buffer"
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from "node:zlib"
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { StandardFlow } from "../../src/standard/StandardFlow.js"
import { VippsEnvironment } from "../../src/VippsEnvironment.js"
import { httpClients } from "../fixtures/httpClients.js"
import { type Handler, httpServer } from "../fixtures/httpServer.js"
import { recordedStandardGrant, sampleToken, standardCredentials } from "../fixtures/keys.js"
import { told } from "../fixtures/told.js"

const grant = JSON.stringify(recordedStandardGrant)

const answer =
  (body: string | Buffer, coding: string, status = 200): Handler =>
  (response) => {
    response.writeHead(status, { "content-type": "application/json", "content-encoding": coding })
    response.end(body)
  }

const requestFrom = (handler: Handler) =>
  Effect.gen(function* () {
    const server = yield* httpServer(handler)
    const flow = yield* StandardFlow.make({
      credentials: standardCredentials,
      environment: VippsEnvironment.custom(server.url)
    })
    return { server, outcome: yield* Effect.either(flow.request) }
  })

const understood: Readonly<Record<string, Handler>> = {
  gzip: answer(gzipSync(grant), "gzip"),
  "x-gzip": answer(gzipSync(grant), "x-gzip"),
  GZIP: answer(gzipSync(grant), "GZIP"),
  deflate: answer(deflateSync(grant), "deflate"),
  "deflate, without its frame": answer(deflateRawSync(grant), "deflate"),
  "deflate, stored": answer(deflateRawSync(grant, { level: 0 }), "deflate"),
  identity: answer(grant, "identity"),
  "two codings": answer(gzipSync(deflateSync(grant)), "deflate, gzip"),
  "gzip in pieces": (response) => {
    const bytes = gzipSync(grant)
    response.writeHead(200, { "content-encoding": "gzip" })
    response.write(bytes.subarray(0, 1), () => response.end(bytes.subarray(1)))
  }
}

for (const [name, client] of httpClients) {
  describe(`F50 over ${name}`, () => {
    for (const [kind, handler] of Object.entries(understood)) {
      it.scopedLive(`a grant: ${kind}`, () =>
        Effect.gen(function* () {
          const { outcome, server } = yield* requestFrom(handler)
          if (outcome._tag === "Left") return yield* Effect.fail(outcome.left)
          assert.strictEqual(Redacted.value(outcome.right.value), sampleToken)
          assert.strictEqual(server.requests[0]?.headers["accept-encoding"], "identity")
        }).pipe(Effect.provide(client))
      )
    }

    it.scopedLive("a refusal", () =>
      Effect.gen(function* () {
        const body = gzipSync(JSON.stringify({ error: "invalid_client", trace_id: "t-1" }))
        const { outcome } = yield* requestFrom(answer(body, "gzip", 401))
        assert.strictEqual(outcome._tag, "Left")
        if (outcome._tag === "Left")
          assert.deepInclude(told(outcome.left), { _tag: "InvalidCredentials", traceId: "t-1" })
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("what unpacks to more than 64 KiB is not unpacked to its end", () =>
      Effect.gen(function* () {
        const bomb = gzipSync(Buffer.alloc(50 * 1024 * 1024, " "))
        assert.isBelow(bomb.length, 64 * 1024)
        const before = process.memoryUsage().rss
        const { outcome } = yield* requestFrom(answer(bomb, "gzip"))
        assert.strictEqual(outcome._tag, "Left")
        if (outcome._tag === "Left") {
          assert.deepInclude(outcome.left, { _tag: "InvalidResponse", problem: "body: is longer than 65536 bytes" })
        }
        assert.isBelow(process.memoryUsage().rss - before, 30 * 1024 * 1024)
      }).pipe(Effect.provide(client))
    )

    for (const [kind, body] of Object.entries({
      "no gzip": Buffer.from("gzip it is not"),
      "gzip that breaks off": gzipSync(grant).subarray(0, 60),
      "gzip of something else": gzipSync("<html>"),
      nothing: Buffer.alloc(0)
    })) {
      it.scopedLive(`said to be gzip, but ${kind}: an error`, () =>
        Effect.gen(function* () {
          const { outcome } = yield* requestFrom(answer(body, "gzip"))
          assert.strictEqual(outcome._tag, "Left")
          if (outcome._tag === "Left") assert.include(["InvalidResponse", "Unavailable"], outcome.left._tag)
        }).pipe(Effect.provide(client))
      )
    }
  })
}

for (const [name, client] of httpClients.filter(([name]) => name !== "fetch")) {
  describe(`F50 over ${name}`, () => {
    for (const [kind, body] of Object.entries({
      "without its trailer": gzipSync(grant).subarray(0, -8),
      "before a line break": Buffer.concat([gzipSync(grant), Buffer.from("\r\n")])
    })) {
      it.scopedLive(`a grant: gzip ${kind}`, () =>
        Effect.gen(function* () {
          const { outcome } = yield* requestFrom(answer(body, "gzip"))
          if (outcome._tag === "Left") return yield* Effect.fail(outcome.left)
          assert.strictEqual(Redacted.value(outcome.right.value), sampleToken)
        }).pipe(Effect.provide(client))
      )
    }

    for (const coding of ["br", "zstd", "compress", "snappy"]) {
      it.scopedLive(`${coding} is not understood, and is named`, () =>
        Effect.gen(function* () {
          const { outcome } = yield* requestFrom(answer(brotliCompressSync(grant), coding))
          assert.strictEqual(outcome._tag, "Left")
          if (outcome._tag === "Left") {
            assert.deepInclude(outcome.left, {
              _tag: "InvalidResponse",
              problem: `body: its content-encoding is ${coding}, not gzip or deflate`
            })
          }
        }).pipe(Effect.provide(client))
      )
    }

    it.scopedLive("F36 a coding that is a key is not named", () =>
      Effect.gen(function* () {
        const { outcome } = yield* requestFrom((response, { headers }) =>
          answer(Buffer.from([1, 2, 3]), String(headers["ocp-apim-subscription-key"]))(response, {} as never)
        )
        assert.strictEqual(outcome._tag, "Left")
        if (outcome._tag === "Left") {
          assert.deepInclude(outcome.left, {
            problem: "body: its content-encoding is none that has a name, not gzip or deflate"
          })
        }
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("a name that JavaScript knows is a coding like any other", () =>
      Effect.gen(function* () {
        for (const coding of ["constructor", "__proto__", "toString"]) {
          const { outcome } = yield* requestFrom(answer(Buffer.from([1, 2, 3]), coding))
          assert.strictEqual(outcome._tag, "Left")
          if (outcome._tag === "Left") assert.strictEqual(outcome.left._tag, "InvalidResponse")
        }
      }).pipe(Effect.provide(client))
    )

    it.scopedLive("a refusal in a coding that is not understood is judged by its status", () =>
      Effect.gen(function* () {
        const { outcome } = yield* requestFrom(answer(brotliCompressSync("{}"), "br", 429))
        assert.strictEqual(outcome._tag, "Left")
        if (outcome._tag === "Left") assert.strictEqual(outcome.left._tag, "RateLimited")
      }).pipe(Effect.provide(client))
    )
  })
}
