/** The emulator as an app for any `HttpServer`. */
import type * as HttpApp from "@effect/platform/HttpApp"
import type * as HttpServer from "@effect/platform/HttpServer"
import * as HttpServerRequest from "@effect/platform/HttpServerRequest"
import * as HttpServerResponse from "@effect/platform/HttpServerResponse"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import type * as Scope from "effect/Scope"
import type { Emulator } from "../emulator.js"
import { type Answer, bodyStream } from "./exchange.js"

/** Answers every request with the emulator. */
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
 * Cuts the busy connections of an app when the scope closes. An HTTP server would wait forever for answers that hang or
 * drip.
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
    // Handlers are uninterruptible by default. A caller that disconnects interrupts its answer.
    return Effect.interruptible(respond)
  })

/** Closes the connection and waits to be interrupted. */
const hangUp = (request: HttpServerRequest.HttpServerRequest): Effect.Effect<never> =>
  Effect.zipRight(
    Effect.sync(() => cut(request)),
    Effect.never
  )

/** Destroys the socket: destroying a message that was read completely leaves it open. */
const cut = ({ source }: HttpServerRequest.HttpServerRequest): void => {
  const socket = Predicate.hasProperty(source, "socket") ? source.socket : undefined
  if (Predicate.hasProperty(socket, "destroy") && Predicate.isFunction(socket.destroy)) socket.destroy()
}

const toResponse = (answer: Answer, emulator: Emulator): HttpServerResponse.HttpServerResponse => {
  const { body, delivery, headers, status } = answer
  if (delivery._tag === "AtOnce") return HttpServerResponse.uint8Array(body, { status, headers })
  // The connection closes afterwards, so that a body shorter than its length is broken for the caller.
  return HttpServerResponse.stream(bodyStream(answer, emulator.clock), {
    status,
    headers: { ...headers, connection: "close" },
    contentLength: body.length
  })
}

/** The URL for callers on this machine. A server on all interfaces is reached over loopback. */
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
