/**
 * Streams, read up to a limit.
 */
import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/**
 * Collects the stream until more than `limit` bytes were read, and closes it; keeps at most one byte over the limit.
 */
export const collectBounded = <E, R>(
  stream: Stream.Stream<Uint8Array, E, R>,
  limit: number
): Effect.Effect<Uint8Array<ArrayBuffer>, E, R> =>
  stream.pipe(
    Stream.mapAccum(0, (before, chunk) => [before + chunk.byteLength, { chunk, read: before + chunk.byteLength }]),
    Stream.takeUntil(({ read }) => read > limit),
    Stream.runCollect,
    Effect.map((pieces) =>
      concatenated(
        Array.from(pieces, ({ chunk }) => chunk),
        limit + 1
      )
    )
  )

const concatenated = (chunks: ReadonlyArray<Uint8Array>, most: number): Uint8Array<ArrayBuffer> => {
  const total = chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0)
  const bytes = new Uint8Array(Math.min(total, most))
  let offset = 0
  for (const chunk of chunks) {
    bytes.set(chunk.subarray(0, most - offset), offset)
    offset = Math.min(most, offset + chunk.byteLength)
  }
  return bytes
}
