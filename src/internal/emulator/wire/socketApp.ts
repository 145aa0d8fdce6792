/**
 * The emulator behind a socket, as an app of any `HttpServer`.
 */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type { Emulator } from "../emulator.js"
import { type Answer, bodyStream } from "./exchange.js"

/** The emulator as an app: answers every request. */
export const socketApp = (emulator: Emulator, baseUrl: URL): HttpApp.Default =>
  Effect.gen(function* () {
    const request = yield* HttpServerRequest.HttpServerRequest
    const body = yield* Effect.orElseSucceed(request.text, () => "")
    const url = new URL(`${baseUrl.origin}${request.url}`)
    const answer = emulator.handle({ method: request.method, url, headers: { ...request.headers }, body })
    return yield* Effect.matchEffect(answer, {
      onSuccess: (answer) => Effect.succeed(toResponse(answer, emulator)),
      onFailure: () => hangUp(request)
    })
  })

/**
 * The app, whose connections that are still busy are cut when the scope closes: an HTTP server waits for them, and an
 * answer that hangs or drips would hold it up for ever.
 */
export const cutAtClose = (
  app: HttpApp.Default
): Effect.Effect<HttpApp.Default<never, Scope.Scope>, never, Scope.Scope> =>
  Effect.gen(function* () {
    const busy = new Set<HttpServerRequest.HttpServerRequest>()
    let closed = false
    yield* Effect.addFinalizer(() =>
      Effect.sync(() => {
        closed = true
        for (const request of busy) cut(request)
      })
    )
    const respond = Effect.gen(function* () {
      const request = yield* HttpServerRequest.HttpServerRequest
      yield* Effect.acquireRelease(
        Effect.sync(() => busy.add(request)),
        () => Effect.sync(() => busy.delete(request))
      )
      return closed ? yield* hangUp(request) : yield* app
    })
    // Handlers of HttpServer cannot be interrupted from outside unless they say so: a caller that leaves ends its answer.
    return Effect.interruptible(respond)
  })

/** Closes the connection, then waits for the interruption that this brings. */
const hangUp = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<never> =>
  Effect.zipRight(
    Effect.sync(() => cut(request)),
    Effect.never
  )

/** Node's message leaves its socket open once it was read to its end, so it is the socket that is destroyed. */
const cut = ({ source }: HttpServerRequest.HttpServerRequest): void => {
  const socket = Predicate.hasProperty(source, "socket") ? source.socket : undefined
  if (Predicate.hasProperty(socket, "destroy") && Predicate.isFunction(socket.destroy)) socket.destroy()
}

const toResponse = (answer: Answer, emulator: Emulator): HttpServerResponse.HttpServerResponse => {
  const { body, delivery, headers, status } = answer
  if (delivery._tag === "AtOnce") return HttpServerResponse.uint8Array(body, { status, headers })
  // A body that ends before its length is a broken one to the caller, if the connection is closed after it.
  return HttpServerResponse.stream(bodyStream(answer, emulator.clock), {
    status,
    headers: { ...headers, connection: "close" },
    contentLength: body.length
  })
}

/** The address as its callers on this machine write it: a server on all interfaces is reached by loopback. */
export const addressUrl = (address: HttpServer.Address): URL => {
  switch (address._tag) {
    case "TcpAddress": {
      const { hostname, port } = address
      const host = hostname === "0.0.0.0" || hostname === "localhost" ? "127.0.0.1" : hostname
      return new URL(`http://${host.includes(":") ? `[${host}]` : host}:${port}`)
    }
    case "UnixAddress":
      throw new Error("VippsEmulator.layerServer needs a server on a TCP port: an environment is a URL")
  }
}
