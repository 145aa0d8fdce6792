/** Requests and answers as plain data, the same on a socket and in memory. */

import * as Chunk from "effect/Chunk"
import type * as Clock from "effect/Clock"
import * as Data from "effect/Data"
import * as DateTime from "effect/DateTime"
import type * as Duration from "effect/Duration"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"

/** Headers by name in lower case. */
export type RequestHeaders = Readonly<Record<string, string | undefined>>

/** A request as it arrived. */
export interface EmulatorRequest {
  readonly method: string
  readonly url: URL
  readonly headers: RequestHeaders
  readonly body: string
}

/** An answer and the delivery of its body. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly delivery: Delivery
}

/** Delivery of a body: at once, in pieces, or only in part. Counts are in bytes. */
export type Delivery =
  | { readonly _tag: "AtOnce" }
  | { readonly _tag: "Dripping"; readonly bytes: number; readonly pause: Duration.Duration }
  | { readonly _tag: "CutAfter"; readonly bytes: number }
  | { readonly _tag: "StuckAfter"; readonly bytes: number }

/** The connection was closed before or during an answer. */
export class ConnectionCut extends Data.TaggedError("ConnectionCut") {
  override get message(): string {
    return "the emulator cut the connection"
  }
}

const utf8 = new TextEncoder()

/** An answer with a text or binary body. */
export const answer = (
  status: number,
  body: string | Uint8Array,
  headers: Readonly<Record<string, string>> = {}
): Answer => ({
  status,
  headers,
  body: typeof body === "string" ? utf8.encode(body) : body,
  delivery: { _tag: "AtOnce" }
})

/** An answer with a JSON body, encoded by its schema. A value that does not fit is a defect. */
export const jsonAnswer = <A, I>(
  status: number,
  schema: Schema.Schema<A, I>,
  value: NoInfer<A>,
  headers: Readonly<Record<string, string>> = {}
): Answer =>
  answer(status, JSON.stringify(Schema.encodeSync(schema)(value)), {
    "content-type": "application/json; charset=utf-8",
    ...headers
  })

export const withHeaders = (self: Answer, headers: Readonly<Record<string, string>>): Answer => ({
  ...self,
  headers: { ...self.headers, ...headers }
})

export const withDelivery = (self: Answer, delivery: Delivery): Answer => ({ ...self, delivery })

/** As small as socket reads, so that a reader with a limit can stop early. */
const chunkBytes = 64 * 1024

/** Streams the body in pieces, with pauses on the emulator's clock. */
export const bodyStream = (self: Answer, clock: Clock.Clock): Stream.Stream<Uint8Array, ConnectionCut> => {
  switch (self.delivery._tag) {
    case "AtOnce":
      return pieces(self.body, chunkBytes)
    case "Dripping": {
      const { bytes, pause } = self.delivery
      return Stream.tap(pieces(self.body, bytes), () => clock.sleep(pause))
    }
    case "CutAfter":
      return Stream.concat(
        pieces(self.body.subarray(0, self.delivery.bytes), chunkBytes),
        Stream.fail(new ConnectionCut())
      )
    case "StuckAfter":
      return Stream.concat(pieces(self.body.subarray(0, self.delivery.bytes), chunkBytes), Stream.never)
  }
}

/** Emits each piece as a chunk of its own, because the pieces of one chunk are sent together. */
const pieces = (body: Uint8Array, bytes: number): Stream.Stream<Uint8Array> =>
  body.length > 0 && body.length <= bytes
    ? Stream.succeed(body)
    : Stream.unfoldChunk(0, (from) =>
        from < body.length ? Option.some([Chunk.of(body.subarray(from, from + bytes)), from + bytes]) : Option.none()
      )

/** Formats an instant as an HTTP date (RFC 9110 §5.6.7). */
export const httpDate = (millis: number): string => DateTime.toDateUtc(DateTime.unsafeMake(millis)).toUTCString()
