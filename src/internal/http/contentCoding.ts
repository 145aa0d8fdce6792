/**
 * Content codings: gzip and deflate are undone if the HTTP client has not done so itself (F50). `fetch` has, and leaves
 * the header as it was; undici and node:http never do. So the bytes decide, not the header alone.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Stream from "effect/Stream"
import { collectBounded } from "./boundedStream.js"

interface DecodedContent {
  /** Of content over the limit, its beginning and at least one byte more than the limit. */
  readonly content: Uint8Array<ArrayBuffer>
  readonly unknownCoding: Option.Option<string>
}

/** No server applies more codings than this; a hostile one may name thousands. */
const mostCodings = 5

/**
 * Undoes the codings of a `Content-Encoding`, last applied first. Damaged content yields what was unpacked before the
 * damage, since some servers leave the trailer out; if nothing was, it stays as it is.
 */
export const decodeContent = (
  bytes: Uint8Array<ArrayBuffer>,
  contentEncoding: string,
  limit: number
): Effect.Effect<DecodedContent> => {
  const codings = contentEncoding
    .toLowerCase()
    .split(",")
    .map((coding) => coding.trim())
    .filter((coding) => coding !== "" && coding !== "identity")
  const unknown =
    codings.length > mostCodings ? contentEncoding : codings.find((coding) => !Object.hasOwn(formatOf, coding))
  return unknown === undefined
    ? Effect.map(
        Effect.reduce(codings.toReversed(), bytes, (content, coding) => undo(content, coding, limit)),
        (content) => ({ content, unknownCoding: Option.none() })
      )
    : Effect.succeed({ content: bytes, unknownCoding: Option.some(unknown) })
}

const undo = (
  bytes: Uint8Array<ArrayBuffer>,
  coding: string,
  limit: number
): Effect.Effect<Uint8Array<ArrayBuffer>> => {
  const format = formatOf[coding]?.(bytes)
  return format === undefined
    ? Effect.succeed(bytes)
    : Effect.map(unpack(format === "gzip" ? withoutLineBreak(bytes) : bytes, format, limit), (content) =>
        content.length === 0 ? bytes : content
      )
}

/** Some servers append one, which loses all unpacked content. Gzip itself ends with a zero, the length's high byte. */
const withoutLineBreak = (bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> =>
  bytes.subarray(0, bytes.findLastIndex((byte) => byte !== 0x0d && byte !== 0x0a) + 1)

const unpack = (bytes: Uint8Array<ArrayBuffer>, format: CompressionFormat, limit: number) =>
  collectBounded(
    Stream.fromReadableStream({
      evaluate: () => new Blob([bytes]).stream().pipeThrough(new DecompressionStream(format)),
      onError: () => "damaged" as const
    }).pipe(Stream.catchAll(() => Stream.empty)),
    limit
  )

/** The format that the first bytes show; none if the content is no longer packed. */
const formatOf: Readonly<Record<string, (bytes: Uint8Array) => CompressionFormat | undefined>> = {
  gzip: (bytes) => gzipFormat(bytes),
  "x-gzip": (bytes) => gzipFormat(bytes),
  deflate: (bytes) => deflateFormat(bytes)
}

const gzipFormat = ([first, second]: Uint8Array): CompressionFormat | undefined =>
  first === 0x1f && second === 0x8b ? "gzip" : undefined

/** The zlib format by RFC 9110; some servers send the bare stream, which has no mark: what looks like text is text. */
const deflateFormat = ([first = 0, second = 0]: Uint8Array): CompressionFormat | undefined =>
  (first & 0x0f) === 8 && ((first << 8) | second) % 31 === 0
    ? "deflate"
    : /[\s{["<\xef]/.test(String.fromCharCode(first))
      ? undefined
      : "deflate-raw"
