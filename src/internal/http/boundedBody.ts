/**
 * Bodies of servers that may be hostile: read up to a limit, after which the connection is given up, and decompressed
 * up to the same limit.
 */
import type * as HttpClientError from "@effect/platform/HttpClientError"
import type * as HttpClientResponse from "@effect/platform/HttpClientResponse"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { collectBounded } from "./boundedStream.js"
import { decodeContent } from "./contentCoding.js"

/** The longest body that is read, in bytes without compression (docs/architecture.md §4). */
export const maxBodyBytes = 64 * 1024

/** What compression may add to a body that cannot be compressed. */
const compressionOverhead = 1024

export interface BoundedBody {
  /** The bytes as they came; of a body over the limit, its beginning. */
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The bytes without compression. */
  readonly content: Uint8Array<ArrayBuffer>
  /** Whether the content is complete. */
  readonly complete: boolean
  /**
   * A content coding that is not understood. A client that has undone it leaves its name in the header all the same.
   */
  readonly unknownCoding: Option.Option<string>
}

export const readBounded = (
  response: HttpClientResponse.HttpClientResponse
): Effect.Effect<BoundedBody, HttpClientError.ResponseError> =>
  Effect.suspend(() => {
    const coding = response.headers["content-encoding"]
    return coding === undefined || coding === ""
      ? Effect.map(readPlain(response), plainBody)
      : Effect.flatMap(readPieces(response, maxBodyBytes + compressionOverhead), (bytes) => packedBody(bytes, coding))
  })

/**
 * Reading a body whole costs a third of reading it in pieces. No client gives more than a well-formed length announces.
 */
const readPlain = (response: HttpClientResponse.HttpClientResponse) => {
  const announced = response.headers["content-length"] ?? ""
  return /^[0-9]+$/.test(announced) && Number(announced) <= maxBodyBytes
    ? Effect.map(response.arrayBuffer, (bytes) => new Uint8Array(bytes))
    : readPieces(response, maxBodyBytes)
}

const readPieces = (response: HttpClientResponse.HttpClientResponse, limit: number) =>
  Effect.catchIf(
    collectBounded(response.stream, limit),
    (error) => error.reason === "EmptyBody",
    () => Effect.succeed(new Uint8Array())
  )

const plainBody = (bytes: Uint8Array<ArrayBuffer>): BoundedBody => {
  const { complete, content } = withinLimit(bytes)
  return { bytes: content, content, complete, unknownCoding: Option.none() }
}

const packedBody = (bytes: Uint8Array<ArrayBuffer>, coding: string): Effect.Effect<BoundedBody> =>
  bytes.length > maxBodyBytes + compressionOverhead
    ? Effect.succeed(plainBody(bytes))
    : Effect.map(decodeContent(bytes, coding, maxBodyBytes), ({ content, unknownCoding }) => ({
        ...withinLimit(content),
        bytes,
        unknownCoding
      }))

const withinLimit = (content: Uint8Array<ArrayBuffer>) => ({
  content: content.subarray(0, maxBodyBytes),
  complete: content.length <= maxBodyBytes
})

const parseJson: (text: string) => Option.Option<unknown> = Option.liftThrowable(JSON.parse)

/** Parses the body as JSON, if it is complete and JSON at all. */
export const jsonOf = (body: BoundedBody): Option.Option<unknown> =>
  body.complete ? parseJson(new TextDecoder().decode(body.content)) : Option.none()
