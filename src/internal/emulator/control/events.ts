/** Server-sent events. A slow reader misses old changes, but never the newest. */
import * as Chunk from "effect/Chunk"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as PubSub from "effect/PubSub"
import * as Schedule from "effect/Schedule"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type Finding, findingsOf } from "./findings.js"
import type { Change, Journal } from "./journal.js"
import { JournalEntry, State } from "./schemas.js"

const encodeEntry = Schema.encodeSync(Schema.parseJson(JournalEntry))

const encodeState = Schema.encodeSync(Schema.parseJson(State))

const event = (name: string, data: string): string => `event: ${name}\ndata: ${data}\n\n`

/** Keeps proxies from closing idle connections. */
const heartbeat = Stream.repeatEffectWithSchedule(Effect.succeed(": still here\n\n"), Schedule.spaced("15 seconds"))

/**
 * Encodes the changes of one moment: each request once, then the state and the findings. Requests before a clearing are
 * gone.
 */
const eventsOf = (changes: Chunk.Chunk<Change>, journal: Journal, state: () => State): string => {
  const ids = new Set(
    Chunk.toReadonlyArray(changes).flatMap((change) => (change._tag === "Request" ? [change.id] : []))
  )
  const requests = [...ids]
    .flatMap((id) => journal.entry(id) ?? [])
    .map((entry) => event("request", encodeEntry(entry)))
  const isCleared = Chunk.some(changes, ({ _tag }) => _tag === "Cleared")
  return [
    ...(isCleared ? [event("cleared", "{}")] : []),
    ...requests,
    event("state", encodeState(state())),
    event("findings", encodeFindings(findingsOf(journal.facts())))
  ].join("")
}

const encodeFindings = (findings: ReadonlyArray<Finding>): string => JSON.stringify({ findings })

/** Streams the current state, then every change. */
export const eventStream = (journal: Journal, state: () => State): Stream.Stream<Uint8Array> =>
  Stream.unwrapScoped(
    Effect.map(PubSub.subscribe(journal.changes), (queue) => {
      const first = Stream.sync(() => `retry: 1000\n\n${eventsOf(Chunk.empty(), journal, state)}`)
      const changes = Stream.fromQueue(queue).pipe(
        Stream.groupedWithin(4000, Duration.millis(100)),
        Stream.map((chunk) => eventsOf(chunk, journal, state))
      )
      return Stream.concat(first, Stream.merge(changes, heartbeat)).pipe(Stream.encodeText)
    })
  )
