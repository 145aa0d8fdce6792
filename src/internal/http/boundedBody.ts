/**
 * Reading a body that may be hostile: no further than to the limit, after which the connection is given up.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"

/** No answer that we have to understand is longer, and no hostile one costs us more (docs/architecture.md §4). */
export const maxBodyBytes = 64 * 1024

export interface BoundedBody {
  /** What was read; of a body over the limit, its beginning. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** Whether that is all of it. */
  readonly complete: boolean
}

export const readBounded = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<BoundedBody, HttpClientError.ResponseError> =>
  saysItIsShort(response)
    ? Effect.map(response.arrayBuffer, (bytes) => joined([new Uint8Array(bytes)]))
    : readPieces(response)

/**
 * No client gives more than the announced length, unless the body is packed: then its pieces are counted. As a whole a
 * body costs a third of what it costs in pieces.
 */
const saysItIsShort = ({ headers }: HttpClientResponse.HttpClientResponse): boolean =>
  headers["content-encoding"] === undefined && Number(headers["content-length"] ?? Number.NaN) <= maxBodyBytes

const readPieces = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<BoundedBody, HttpClientError.ResponseError> =>
  response.stream.pipe(
    Stream.mapAccum(0, (before, chunk) => [before + chunk.byteLength, { chunk, read: before + chunk.byteLength }]),
    Stream.takeUntil(({ read }) => read > maxBodyBytes),
    Stream.map(({ chunk }) => chunk),
    Stream.runCollect,
    Effect.map((chunks) => joined(Array.from(chunks))),
    Effect.catchIf(
      (error) => error.reason === "EmptyBody",
      () => Effect.succeed(joined([]))
    )
  )

const joined = (chunks: ReadonlyArray<Uint8Array>): BoundedBody => {
  const read = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const bytes = new Uint8Array(Math.min(read, maxBodyBytes))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, maxBodyBytes - offset), offset)
    offset += chunk.byteLength
  }
  return { bytes, complete: read <= maxBodyBytes }
}

export const textOf = (body: BoundedBody): string => new TextDecoder().decode(body.bytes)

const parseJson: (text: string) => Option.Option<unknown> = Option.liftThrowable(JSON.parse)

/** The body as JSON, if it is all there and JSON at all. */
export const jsonOf = (body: BoundedBody): Option.Option<unknown> =>
  body.complete ? parseJson(textOf(body)) : Option.none()
