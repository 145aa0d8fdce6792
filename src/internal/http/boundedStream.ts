import * as Effect from "effect/Effect"
import * as Stream from "effect/Stream"

/** Collects bytes until the stream ends or there is one more than `limit`, and closes it. */
export const collectBounded = <E, R>(
  stream: Stream.Stream<Uint8Array, E, R>,
  limit: number
): Effect.Effect<Uint8Array<ArrayBuffer>, E, R> =>
  stream.pipe(
    Stream.mapConcat((chunk) => chunk.subarray(0, limit + 1)),
    Stream.take(limit + 1),
    Stream.runCollect,
    Effect.map((bytes) => Uint8Array.from(bytes))
  )
