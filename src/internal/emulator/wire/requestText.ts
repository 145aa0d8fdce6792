/** The body of a client request as text. */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Reads the body. Fails if that is impossible, for example because a stream breaks. */
export const requestText = (
  request: HttpClientRequest.HttpClientRequest
): Effect.Effect<string, HttpClientError.RequestError> => {
  const unreadable = (cause: unknown) => new HttpClientError.RequestError({ request, reason: "Encode", cause })
  const { body } = request
  switch (body._tag) {
    case "Empty":
      return Effect.succeed("")
    case "Uint8Array":
      return Effect.succeed(new TextDecoder().decode(body.body))
    case "Raw":
      return typeof body.body === "string" ? Effect.succeed(body.body) : webText(body.body, unreadable)
    case "FormData":
      return webText(body.formData, unreadable)
    case "Stream":
      return body.stream.pipe(Stream.decodeText(), Stream.mkString, Effect.mapError(unreadable))
  }
}

/** Reads whatever fetch accepts as a body; no client of this platform can send anything else. */
const webText = <E>(body: unknown, unreadable: (cause: unknown) => E): Effect.Effect<string, E> =>
  isWebBody(body)
    ? Effect.tryPromise({ try: () => new Response(body).text(), catch: unreadable })
    : Effect.fail(unreadable("the body is of no kind that fetch can send"))

type WebBody = ArrayBuffer | Blob | FormData | ReadableStream<Uint8Array> | URLSearchParams | Uint8Array<ArrayBuffer>

const isWebBody = (body: unknown): body is WebBody =>
  [ArrayBuffer, Blob, FormData, ReadableStream, URLSearchParams, Uint8Array].some((kind) => body instanceof kind)
