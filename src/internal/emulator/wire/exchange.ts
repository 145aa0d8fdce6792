/**
 * What goes into the emulator and what comes out of it, as plain data: the same on a socket and in memory.
 */

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

/** A request as it arrived. Header names are in lower case. */
export interface EmulatorRequest {
  readonly method: string
  readonly url: URL
  readonly headers: RequestHeaders
  readonly body: string
}

/** A whole answer, and how its body reaches the caller. */
export interface Answer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly delivery: Delivery
}

/** How a body travels: at once, byte by byte, or not to its end. Counts are in bytes. */
export type Delivery =
  | { readonly _tag: "AtOnce" }
  | { readonly _tag: "Dripping"; readonly bytes: number; readonly pause: Duration.Duration }
  | { readonly _tag: "CutAfter"; readonly bytes: number }
  | { readonly _tag: "StuckAfter"; readonly bytes: number }

/** The connection is closed instead of an answer, or in the middle of one. */
export class ConnectionCut extends Data.TaggedError("ConnectionCut") {
  override get message(): string {
    return "the emulator cut the connection"
  }
}

const utf8 = new TextEncoder()

/** An answer with a body of text, or of bytes. */
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

/** An answer with a JSON body, written by the schema that its reader reads by. A value that it refuses is a defect. */
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

/** No larger than what sockets deliver at once, so that a reader with a limit can stop early. */
const chunkBytes = 64 * 1024

/** The body in the pieces, and with the pauses, in which it travels. Pauses are those of the emulator's clock. */
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

/** One chunk for each piece: pieces in one chunk would travel together. */
const pieces = (body: Uint8Array, bytes: number): Stream.Stream<Uint8Array> =>
  body.length > 0 && body.length <= bytes
    ? Stream.succeed(body)
    : Stream.unfoldChunk(0, (from) =>
        from < body.length ? Option.some([Chunk.of(body.subarray(from, from + bytes)), from + bytes]) : Option.none()
      )

/** An instant as HTTP headers write it (RFC 9110 §5.6.7). */
export const httpDate = (millis: number): string => DateTime.toDateUtc(DateTime.unsafeMake(millis)).toUTCString()
