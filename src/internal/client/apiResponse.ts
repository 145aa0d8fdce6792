/**
 * Responses and errors as the caller may have them: about the caller's own request, aimed at its server but without the
 * headers that were added to it, so that nothing secret is printed with them.
 */
import * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientRequest from "@effect/platform/HttpClientRequest"
import * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as HttpIncomingMessage from "@effect/platform/HttpIncomingMessage"
import type * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Inspectable from "effect/Inspectable"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Stream from "effect/Stream"
import { type SecretSearch, withoutSecrets } from "../../core/secretSearch.js"
import { isTokenError, type TokenError } from "../../TokenError.js"
import { cleanedCause, cleanedError } from "../http/cleanedError.js"
import { withQuietFibers } from "../http/quietFibers.js"

type Response = HttpClientResponse.HttpClientResponse

/** All that a request can fail with. */
export type ClientError = HttpClientError.HttpClientError | TokenError

/** What a response or an error is sanitized with. */
export interface Sanitizer {
  /** The caller's own request. */
  readonly request: HttpClientRequest.HttpClientRequest
  /** The token and the keys that it was sent with. */
  readonly secrets: () => ReadonlyArray<string>
  readonly holdsSecret: SecretSearch
}

/** Sanitizes a failure of the client below, defects and causes included. */
export const sanitizedCause = (sanitizer: Sanitizer, cause: Cause.Cause<unknown>): Cause.Cause<ClientError> =>
  cleanedCause(cause, (error) => sanitizedError(sanitizer, error), sanitizer.holdsSecret)

/** Total: of an error that throws when it is looked at, nothing is left but that there was one. */
const sanitizedError = (sanitizer: Sanitizer, error: unknown, depth = 0): ClientError =>
  Option.getOrElse(
    readError(sanitizer, error, depth),
    () => new HttpClientError.RequestError({ request: sanitizer.request, reason: "Transport" })
  )

const readError = Option.liftThrowable((sanitizer: Sanitizer, error: unknown, depth: number): ClientError => {
  const { request } = sanitizer
  // A client below may be one of ours, whose token errors hold no secret.
  if (isTokenError(error)) return error
  if (!HttpClientError.isHttpClientError(error)) {
    return new HttpClientError.RequestError({
      request,
      reason: "Transport",
      cause: cleanedError(error, sanitizer.holdsSecret)
    })
  }
  const details = detailsOf(sanitizer, error, depth)
  if (error._tag === "ResponseError" && Predicate.hasProperty(error.response, HttpClientResponse.TypeId)) {
    const reason = responseReasons.find((reason) => reason === error.reason) ?? "Decode"
    return new HttpClientError.ResponseError({
      ...details,
      request,
      response: responseToCaller(sanitizer, error.response),
      reason
    })
  }
  const reason = requestReasons.find((reason) => reason === error.reason) ?? "Transport"
  return new HttpClientError.RequestError({ ...details, request, reason })
})

const requestReasons = ["Transport", "Encode", "InvalidUrl"] as const
const responseReasons = ["StatusCode", "Decode", "EmptyBody"] as const

/** Causes of causes are kept to this depth. */
const maxDepth = 4

const detailsOf = (
  sanitizer: Sanitizer,
  { cause, description }: HttpClientError.HttpClientError,
  depth: number
): { readonly cause?: unknown; readonly description?: string } => ({
  ...(cause === undefined || depth === maxDepth ? {} : { cause: sanitizedDetail(sanitizer, cause, depth + 1) }),
  ...(typeof description === "string" ? { description: withoutSecrets(description, sanitizer.holdsSecret) } : {})
})

/** A client below that wraps its errors has our request in the cause as well. */
const sanitizedDetail = (sanitizer: Sanitizer, cause: unknown, depth: number): unknown =>
  HttpClientError.isHttpClientError(cause) || isTokenError(cause)
    ? sanitizedError(sanitizer, cause, depth)
    : cleanedError(cause, sanitizer.holdsSecret)

/** A sanitized error with another response in it. */
export const errorWith = (
  { cause, description, reason, request }: HttpClientError.ResponseError,
  response: Response
): HttpClientError.ResponseError =>
  new HttpClientError.ResponseError({
    ...(cause === undefined ? {} : { cause }),
    ...(description === undefined ? {} : { description }),
    reason,
    request,
    response
  })

/**
 * Sanitizes a response: status, headers and cookies as they came, and the caller's request. The body is that of `body`,
 * for an answer whose own has been read already.
 */
export const responseToCaller = (sanitizer: Sanitizer, answer: Response, body: Response = answer): Response =>
  new ResponseToCaller(sanitizer, answer, body)

class ResponseToCaller extends Inspectable.Class implements Response {
  // Set by the constructor: a class with fields of computed names is kept by bundlers, even where nothing uses it.
  declare readonly [HttpIncomingMessage.TypeId]: HttpIncomingMessage.TypeId
  declare readonly [HttpClientResponse.TypeId]: HttpClientResponse.TypeId
  readonly request: HttpClientRequest.HttpClientRequest
  readonly #sanitizer: Sanitizer
  readonly #answer: Response
  readonly #body: Response

  constructor(sanitizer: Sanitizer, answer: Response, body: Response) {
    super()
    this[HttpIncomingMessage.TypeId] = HttpIncomingMessage.TypeId
    this[HttpClientResponse.TypeId] = HttpClientResponse.TypeId
    this.request = sanitizer.request
    this.#sanitizer = sanitizer
    this.#answer = answer
    this.#body = body
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
    return this.#read(this.#body.json)
  }
  get text() {
    return this.#read(this.#body.text)
  }
  get urlParamsBody() {
    return this.#read(this.#body.urlParamsBody)
  }
  get formData() {
    return this.#read(this.#body.formData)
  }
  get arrayBuffer() {
    return this.#read(this.#body.arrayBuffer)
  }
  get stream() {
    return Stream.mapErrorCause(this.#body.stream, (cause) => this.#sanitized(cause))
  }

  /** Without the body, which other clients print once it was read: a server may repeat there what it was sent (F36). */
  toJSON(): unknown {
    return {
      _id: "@effect/platform/HttpClientResponse",
      request: this.request.toJSON(),
      status: this.status,
      headers: this.#printedHeaders(),
      remoteAddress: this.remoteAddress.toJSON()
    }
  }

  #printedHeaders(): Readonly<Record<string, unknown>> {
    const { holdsSecret } = this.#sanitizer
    const headers = Object.entries<unknown>(Object(Inspectable.redact(this.headers)))
    return Object.fromEntries(
      headers
        .filter(([name]) => !holdsSecret(name))
        .map(([name, value]) => [name, typeof value === "string" && holdsSecret(value) ? "<redacted>" : value])
    )
  }

  #read<A>(body: Effect.Effect<A, HttpClientError.ResponseError>): Effect.Effect<A, HttpClientError.ResponseError> {
    return Effect.catchAllCause(withQuietFibers(body), (cause) => Effect.failCause(this.#sanitized(cause)))
  }

  #sanitized(cause: Cause.Cause<HttpClientError.ResponseError>): Cause.Cause<HttpClientError.ResponseError> {
    const { holdsSecret, request } = this.#sanitizer
    return cleanedCause(
      cause,
      (error) => {
        const sanitized = sanitizedError(this.#sanitizer, error)
        return sanitized._tag === "ResponseError"
          ? sanitized
          : new HttpClientError.ResponseError({ request, response: this, reason: "Decode", cause: sanitized })
      },
      holdsSecret
    )
  }
}
