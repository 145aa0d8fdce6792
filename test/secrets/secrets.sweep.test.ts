/**
 * F36 F37 F59 F60 the exchange against servers that repeat the request in every place that HTTP has: over each of the
 * three clients, with keys of every length. No sink shows a key, nothing dies, nothing takes longer than it may.
 */
import { Buffer } from "node:buffer"
import { createServer, type Socket } from "node:net"
import * as HttpBody from "@effect/platform/HttpBody"
import * as HttpClient from "@effect/platform/HttpClient"
import * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import { assert, describe, it } from "@effect/vitest"
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { specializedTokenRequest, standardTokenRequest, type TokenRequest } from "../../src/core/tokenRequest.js"
import type { Endpoint } from "../../src/internal/exchange/judgeAnswer.js"
import { exchange } from "../../src/internal/exchange/tokenExchange.js"
import { isTokenError } from "../../src/TokenError.js"
import { httpClients } from "../fixtures/httpClients.js"
import { intoSinks } from "../fixtures/sinks.js"

const unit = "CaNaRySeCrEt"
const keyOf = (length: number) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length)
const lengths = [10, 1_000, 12_000, 100_000]

/**
 * A piece of a key that is too short to be one by accident, in every spelling. Base64 has three, by where it begins.
 */
const traces = [
  unit.slice(0, 10).toLowerCase(),
  ...[0, 1, 2].map((before) =>
    Buffer.from("x".repeat(before) + unit.repeat(4))
      .toString("base64")
      .slice(4, 16)
      .toLowerCase()
  )
]

const tracesIn = (text: string) => {
  const searched = text.toLowerCase()
  return traces.filter((trace) => searched.includes(trace))
}

/** What a server makes of the text that it was sent. */
const servers: Readonly<Record<string, (socket: Socket, sent: string) => void>> = {
  "in the status line": (socket, sent) => socket.end(`HTTP/1.1 401 ${oneLine(sent)}\r\ncontent-length: 0\r\n\r\n`),
  "as the status line": (socket, sent) => socket.end(`${sent}\r\n\r\n`),
  "in headers": (socket, sent) =>
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nx-echo: ${oneLine(sent)}\r\nset-cookie: key=${oneLine(sent)}\r\n` +
        `www-authenticate: Basic realm="${oneLine(sent)}"\r\ncontent-length: 0\r\n\r\n`
    ),
  "in a redirect": (socket, sent) =>
    socket.end(`HTTP/1.1 307 x\r\nlocation: http://127.0.0.1:1/?${oneLine(sent)}\r\ncontent-length: 0\r\n\r\n`),
  "in the length": (socket, sent) => socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${oneLine(sent)}\r\n\r\n{}`),
  "in a content coding": (socket, sent) =>
    socket.end(`HTTP/1.1 200 OK\r\ncontent-encoding: ${oneLine(sent)}\r\ncontent-length: 2\r\n\r\nno`),
  "in a retry-after": (socket, sent) =>
    socket.end(`HTTP/1.1 429 x\r\nretry-after: ${oneLine(sent)}\r\ncontent-length: 0\r\n\r\n`),
  "in a date": (socket, sent) =>
    socket.end(`HTTP/1.1 429 x\r\ndate: ${oneLine(sent)}\r\nretry-after: 7\r\ncontent-length: 0\r\n\r\n`),
  "in a content type": (socket, sent) =>
    socket.end(`HTTP/1.1 200 x\r\ncontent-type: ${oneLine(sent)}\r\ncontent-length: 2\r\n\r\n{}`),
  "as a header without a name": (socket, sent) => socket.end(`HTTP/1.1 200 OK\r\n: ${oneLine(sent)}\r\n\r\n`),
  "in the size of a chunk": (socket, sent) =>
    socket.end(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${oneLine(sent)}\r\n`),
  "in chunks, and then silence": (socket, sent) =>
    socket.write(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n${chunk(sent)}`),
  "in chunks, and then a reset": (socket, sent) =>
    socket.write(`HTTP/1.1 401 x\r\ntransfer-encoding: chunked\r\n\r\n${chunk(sent)}`, () => socket.resetAndDestroy()),
  "in trailers": (socket, sent) =>
    socket.end(
      `HTTP/1.1 401 x\r\ntransfer-encoding: chunked\r\n\r\n${chunk("{}")}0\r\nx-echo: ${oneLine(sent)}\r\n\r\n`
    ),
  "as the body": (socket, sent) => socket.end(withBody("401 x", sent)),
  "in the texts of a refusal": (socket, sent) =>
    socket.end(
      withBody(
        "401 x",
        JSON.stringify({ error: oneLine(sent), error_description: sent, trace_id: sent, message: sent })
      )
    ),
  "as a token": (socket, sent) =>
    socket.end(withBody("200 OK", JSON.stringify({ access_token: sent, expires_in: sent, token_type: sent }))),
  "as the scope of a token": (socket, sent) =>
    socket.end(withBody("200 OK", JSON.stringify({ access_token: "t", expires_in: 900, scope: sent })))
}

const oneLine = (text: string) => text.replace(/[\r\n]+/g, " ")
const chunk = (text: string) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
const withBody = (status: string, body: string) =>
  `HTTP/1.1 ${status}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`

/** Told all of a request, as text. */
const echoServer = (echo: (socket: Socket, sent: string) => void) =>
  Effect.acquireRelease(
    Effect.async<{ readonly url: string; readonly close: Effect.Effect<void> }>((resume) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => {})
        let sent = ""
        socket.on("data", (data) => {
          sent += data.toString("latin1")
          const [head = "", body] = sent.split("\r\n\r\n")
          const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0)
          if (body !== undefined && body.length >= length) echo(socket, sent)
        })
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        const close = Effect.async<void>((done) => {
          server.close(() => done(Effect.void))
          for (const socket of sockets) socket.destroy()
        })
        resume(Effect.succeed({ url: `http://127.0.0.1:${port}/`, close }))
      })
    }),
    ({ close }) => close
  )

const requestTimeout = Duration.seconds(1)
/** Long enough for a machine with much to do, and too short for what hangs. */
const budget = Duration.seconds(10)

const endpointsOf = (url: string, length: number): ReadonlyArray<Endpoint> => {
  const key = keyOf(length)
  const endpoint = (name: Endpoint["name"], { form, headers }: TokenRequest): Endpoint => ({
    name,
    label: "sweep",
    requestTimeout,
    secrets: [key, `${key}:${key}`],
    request: HttpClientRequest.post(url, {
      headers,
      acceptJson: true,
      body: form === undefined ? HttpBody.empty : HttpBody.text(form)
    })
  })
  const keys = { clientId: key, clientSecret: key }
  return [
    endpoint(
      "standard",
      standardTokenRequest({ ...keys, subscriptionKey: key, merchantSerialNumber: undefined }, undefined)
    ),
    endpoint("specialized", specializedTokenRequest({ ...keys, scope: undefined }, undefined))
  ]
}

for (const [name, layer] of httpClients) {
  // Some wait for a server that falls silent.
  describe.concurrent(`F59 F60 over ${name}, a server that repeats the request`, () => {
    for (const [place, echo] of Object.entries(servers)) {
      it.scopedLive(
        place,
        () =>
          Effect.gen(function* () {
            const client = yield* HttpClient.HttpClient
            const { url } = yield* echoServer(echo)
            for (const length of lengths) {
              for (const endpoint of endpointsOf(url, length)) {
                const what = `${endpoint.name}, ${length} characters`
                const sunk = yield* intoSinks(exchange(client, endpoint), []).pipe(
                  Effect.timeoutFail({ duration: budget, onTimeout: () => `${what}: hangs` })
                )
                for (const [sink, text] of Object.entries(sunk.sinks)) {
                  assert.deepStrictEqual(tracesIn(text), [], `${what}: ${sink}`)
                }
                if (Exit.isFailure(sunk.exit)) {
                  assert.isTrue(isTokenError(Cause.squash(sunk.exit.cause)), `${what}: ${sunk.exit}`)
                }
              }
            }
          }).pipe(Effect.provide(layer)),
        120_000
      )
    }
  })
}
