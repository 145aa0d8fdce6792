/**
 * Responses and errors as the caller may have them: about the caller's own request, aimed at its server but without the
 * headers that were added to it, so that nothing secret is printed with them.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Stream from "effect/Stream"

type Request = HttpClientRequest.HttpClientRequest
type Response = HttpClientResponse.HttpClientResponse

/** The same error about the caller's request. */
export const errorAbout = (
  request: Request,
  error: HttpClientError.HttpClientError
): HttpClientError.HttpClientError =>
  error._tag === "RequestError"
    ? new HttpClientError.RequestError({ ...about(error, request), request, reason: error.reason })
    : responseErrorAbout(request, error)

const responseErrorAbout = (request: Request, error: HttpClientError.ResponseError): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({
    ...about(error, request),
    request,
    response: responseTo(request, error.response),
    reason: error.reason
  })

/** The same error with another response in it. */
export const errorWith = (error: HttpClientError.ResponseError, response: Response): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({ ...about(error), request: error.request, response, reason: error.reason })

/** A client below that wraps its errors has our request in the cause as well. */
const about = (error: HttpClientError.HttpClientError, request = error.request) => ({
  ...(error.cause === undefined
    ? {}
    : { cause: HttpClientError.isHttpClientError(error.cause) ? errorAbout(request, error.cause) : error.cause }),
  ...(error.description === undefined ? {} : { description: error.description })
})

/** The same response to the caller's request. */
export const responseTo = (request: Request, response: Response): Response => new ResponseToCaller(request, response)

class ResponseToCaller extends Inspectable.Class implements Response {
  // Set by the constructor: a class with fields of computed names is kept by bundlers, even where nothing uses it.
  declare readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId
  declare readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId
  readonly request: Request
  readonly #answer: Response

  constructor(request: Request, answer: Response) {
    super()
    this[HttpIncomingMessage.TypeId] = HttpIncomingMessage.TypeId
    this[HttpClientResponse.TypeId] = HttpClientResponse.TypeId
    this.request = request
    this.#answer = answer
  }

  get status() {
    return this.#answer.status
  }
  get headers() {
    return this.#answer.headers
  }
  get cookies() {
    return this.#answer.cookies
  }
  get remoteAddress() {
    return this.#answer.remoteAddress
  }
  get json() {
    return this.#read(this.#answer.json)
  }
  get text() {
    return this.#read(this.#answer.text)
  }
  get urlParamsBody() {
    return this.#read(this.#answer.urlParamsBody)
  }
  get formData() {
    return this.#read(this.#answer.formData)
  }
  get arrayBuffer() {
    return this.#read(this.#answer.arrayBuffer)
  }
  get stream() {
    return Stream.mapError(this.#answer.stream, (error) => responseErrorAbout(this.request, error))
  }

  /** Without the body, which other clients print once it was read: a server may repeat there what it was sent (F36). */
  toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
      headers: Inspectable.redact(this.headers),
      remoteAddress: this.remoteAddress.toJSON()
    }
  }

  #read<A>(body: Effect.Effect<A, HttpClientError.ResponseError>): Effect.Effect<A, HttpClientError.ResponseError> {
    // `Effect.mapError` without its share in a success.
    return Effect.catchAllCause(body, (cause) =>
      Effect.failCause(Cause.map(cause, (error) => responseErrorAbout(this.request, error)))
    )
  }
}
