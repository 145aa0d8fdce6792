/**
 * F59 and F60 of docs/failures.md as a sweep: a server that repeats what it was sent in every place that HTTP has,
 * right and malformed, three clients, secrets of every length. No sink shows one, nothing dies, nothing hangs.
 */
import * as net from "node:net"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import type * as Scope from "effect/Scope"
import * as Stream from "effect/Stream"
import { AccessToken } from "../../src/AccessToken.js"
import { TokenKey } from "../../src/TokenFlow.js"
import type { TokenSource } from "../../src/TokenSource.js"
import { VippsClient, type VippsHttpClient } from "../../src/VippsClient.js"
import { canariesIn } from "../fixtures/canaries.js"
import { httpClients } from "../fixtures/httpClients.js"
import { intoSinks } from "../fixtures/sinks.js"

/** What a server answers, byte for byte, to one that was sent these secrets. */
type Wire = (secrets: { readonly token: string; readonly key: string }) => string

/** A socket that answers each request so, whatever it is, and hangs up. */
const socketServer = (answer: () => string): Effect.Effect<{ readonly url: string }, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly server: net.Server; readonly sockets: Set<net.Socket> }>((resume) => {
      const sockets = new Set<net.Socket>()
      const server = net.createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        let received = ""
        socket.on("data", (chunk) => {
          received += chunk.toString("latin1")
          if (!received.includes("\r\n\r\n")) return
          received = ""
          socket.end(answer(), "latin1")
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, server, sockets }))
      })
    }),
    ({ server, sockets }) =>
      Effect.async<void>((done) => {
        for (const socket of sockets) socket.destroy()
        server.close(() => done(Effect.void))
      })
  )

const bodyOf = (text: string) => `content-length: ${text.length}\r\n\r\n${text}`

const echoes = ({ key, token }: { readonly token: string; readonly key: string }) => ({
  all: `authorization: Bearer ${token}; ocp-apim-subscription-key: ${key}`,
  base64: Buffer.from(`Bearer ${token}`).toString("base64"),
  encoded: encodeURIComponent(`${token} ${key}`)
})

const wires: Readonly<Record<string, Wire>> = {
  "in the status line": (secrets) => `HTTP/1.1 200 ${echoes(secrets).all}\r\n${bodyOf("ok")}`,
  "in the status line of a 401": (secrets) => `HTTP/1.1 401 ${echoes(secrets).all}\r\n${bodyOf("no")}`,
  "in place of a status line": ({ token }) => `HTTP/1.1 ${token}\r\n\r\n`,
  "in place of an answer": (secrets) => `${echoes(secrets).all}\r\n\r\n`,
  "in headers": (secrets) =>
    `HTTP/1.1 200 OK\r\nx-all: ${echoes(secrets).all}\r\nx-base64: ${echoes(secrets).base64}\r\n` +
    `location: /?${echoes(secrets).encoded}\r\ncontent-type: text/plain; x=${secrets.token}\r\n` +
    `set-cookie: t=${secrets.token}\r\nwww-authenticate: Bearer ${secrets.token}\r\n${bodyOf("ok")}`,
  "in headers of a 401": (secrets) => `HTTP/1.1 401 No\r\nx-all: ${echoes(secrets).all}\r\n${bodyOf("no")}`,
  "in headers of a 500": (secrets) => `HTTP/1.1 500 No\r\nx-all: ${echoes(secrets).all}\r\n${bodyOf("no")}`,
  "in headers of a redirect": (secrets) =>
    `HTTP/1.1 307 There\r\nlocation: http://127.0.0.1:1/?${echoes(secrets).encoded}\r\n${bodyOf("")}`,
  "in a header without a colon": ({ token }) => `HTTP/1.1 200 OK\r\nx-echo ${token}\r\n${bodyOf("ok")}`,
  "in a header with a control character": ({ token }) => `HTTP/1.1 200 OK\r\nx-echo: ${token}\u0000\r\n${bodyOf("ok")}`,
  "in the name of a header": ({ key }) => `HTTP/1.1 200 OK\r\n${key}\u0007: 1\r\n${bodyOf("ok")}`,
  "in a content length": ({ token }) => `HTTP/1.1 200 OK\r\ncontent-length: ${token}\r\n\r\nok`,
  "in a content coding": (secrets) =>
    `HTTP/1.1 200 OK\r\ncontent-encoding: gzip, ${secrets.key}\r\n${bodyOf(echoes(secrets).all)}`,
  "in a chunk": (secrets) => {
    const { all } = echoes(secrets)
    return `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${all.length.toString(16)}\r\n${all}\r\n0\r\n\r\n`
  },
  "in place of the size of a chunk": ({ token }) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n${token}\r\n\r\n`,
  "in place of the size of a chunk of a 401": ({ token }) =>
    `HTTP/1.1 401 No\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n${token}\r\n\r\n`,
  "in the extension of a chunk": ({ key }) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2;x=${key}\r\nok\r\n0\r\n\r\n`,
  "in a trailer": ({ token }) =>
    `HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-echo\r\n\r\n2\r\nok\r\n0\r\nx-echo: ${token}\r\n\r\n`,
  "in the body": (secrets) =>
    `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n${bodyOf(`{"token":"${secrets.token}" ${secrets.key}`)}`,
  "in the body of a 401": (secrets) =>
    `HTTP/1.1 401 No\r\ncontent-type: application/json\r\n${bodyOf(JSON.stringify(echoes(secrets)))}`,
  "in the body of a 401 about the subscription key": (secrets) =>
    `HTTP/1.1 401 No\r\ncontent-type: application/json\r\n${bodyOf(
      JSON.stringify({
        statusCode: 401,
        message: `Access denied due to invalid subscription key. ${Object.values(echoes(secrets)).join(" ")}`
      })
    )}`,
  "in a body that breaks off": (secrets) => `HTTP/1.1 200 OK\r\ncontent-length: 99999\r\n\r\n${echoes(secrets).all}`,
  "in headers that break off": (secrets) => `HTTP/1.1 200 OK\r\nx-all: ${echoes(secrets).all}`,
  "in a 204 with a body": (secrets) => `HTTP/1.1 204 No\r\n\r\n${echoes(secrets).all}`,
  "in an early hint": (secrets) =>
    `HTTP/1.1 103 Early\r\nlink: <${echoes(secrets).encoded}>\r\n\r\nHTTP/1.1 200 OK\r\n${bodyOf("ok")}`
}

const post = HttpClientRequest.bodyUnsafeJson(HttpClientRequest.post("/payments"), { amount: 1 })

/** Every way to send and to read. */
const uses: Readonly<Record<string, (client: VippsHttpClient) => Effect.Effect<unknown, unknown>>> = {
  text: (client) => Effect.flatMap(client.get("/payments"), (response) => Effect.as(response.text, response)),
  json: (client) => Effect.flatMap(client.execute(post), (response) => Effect.as(response.json, response)),
  stream: (client) =>
    Effect.flatMap(client.get("/"), (response) => Effect.as(Stream.runDrain(response.stream), response)),
  filtered: (client) =>
    Effect.flatMap(HttpClient.filterStatusOk(client).get("/"), (response) => Effect.as(response.arrayBuffer, response)),
  plain: (client) =>
    Effect.flatMap(VippsClient.toHttpClient(client).get("/"), (response) => Effect.as(response.text, response)),
  unread: (client) => VippsClient.withoutSubscriptionKey(Effect.scoped(HttpClient.withScope(client).get("/")))
}

/** Letters and digits in which no part is like another. */
const secretOf = (length: number, seed: number): string => {
  let state = seed
  return Array.from({ length }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghjkmnpqrstuvwxyz23456789"[Math.floor(state / 65_536) % 55]
  }).join("")
}

/** A source with these secrets; each renewal gives the token another end. */
const sourceWith = (url: string, token: string, key: string): TokenSource => {
  let renewals = 0
  const tokenNow = Effect.sync(() =>
    AccessToken.make({
      value: Redacted.make(renewals === 0 ? token : `${token}${renewals}`),
      flow: "standard",
      issuedAt: DateTime.unsafeMake(Date.now()),
      expiresIn: "1 hour"
    })
  )
  return {
    flow: {
      name: "standard",
      label: "sweep",
      key: TokenKey(`sweep ${url}`),
      baseUrl: new URL(url),
      request: tokenNow,
      apiHeaders: Redacted.make({ "ocp-apim-subscription-key": key }),
      secrets: Redacted.make([key])
    },
    get: tokenNow,
    refresh: Effect.suspend(() => {
      renewals += 1
      return tokenNow
    }),
    invalidate: () => Effect.void,
    status: Effect.dieMessage("not asked for")
  }
}

describe("F59 F60 a server that repeats what it was sent", () => {
  const ways = Object.entries(uses)
  for (const [client, [name, wire]] of httpClients.entries()) {
    for (const [size, length] of [10, 1000, 12_000].entries()) {
      const turn = 3 * client + size
      it.scopedLive(
        `over ${name}, secrets of ${length} characters`,
        () =>
          Effect.gen(function* () {
            const secrets = { token: secretOf(length, 1), key: secretOf(length, 2) }
            // Of a long secret no part is shown either.
            const parts = Object.values(secrets).flatMap((secret) => [secret, secret.slice(0, 40), secret.slice(-40)])
            let answer = ""
            const { url } = yield* socketServer(() => answer)
            for (const [number, [place, wire]] of Object.entries(wires).entries()) {
              answer = wire(secrets)
              // Over clients and lengths, each place is met in most ways.
              const [way, use] = ways[(number + turn) % ways.length] ?? assert.fail()
              const source = sourceWith(url, secrets.token, secrets.key)
              const client = yield* VippsClient.make(source)
              const sunk = yield* intoSinks(Effect.timeout(use(client), "10 seconds"), [client, source])
              const what = `${place}, ${way}`
              for (const [sink, text] of Object.entries(sunk.sinks)) {
                assert.deepStrictEqual(canariesIn(text, parts), [], `${what}: ${sink}`)
              }
              if (Exit.isFailure(sunk.exit)) {
                assert.isTrue(Cause.isFailType(sunk.exit.cause), `${what}: ${Cause.pretty(sunk.exit.cause)}`)
                assert.notInclude(Cause.pretty(sunk.exit.cause), "TimeoutException", what)
              }
            }
          }).pipe(Effect.provide(wire)),
        120_000
      )
    }
  }
})
