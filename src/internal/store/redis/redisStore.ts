/**
 * A token store in Redis or Valkey, by scripts; its contents are sealed above. Both entries of a key have one hash tag,
 * so they lie in one slot of a cluster. The server counts down, so the clocks of processes do not matter.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import type { Cluster, Redis } from "ioredis"
import type { TokenKey } from "../../../TokenFlow.js"
import type { TimedEntry, TimedStore } from "../sealedStore.js"
import { TokenStoreError } from "../tokenStoreService.js"
import * as scripts from "./redisScripts.js"

export const redisStore = (client: Redis | Cluster, prefix: string): TimedStore => {
  const run = <A>(
    script: string,
    key: TokenKey,
    args: ReadonlyArray<string | number>,
    decode: (reply: unknown) => Either.Either<A, unknown>
  ): Effect.Effect<A, TokenStoreError> =>
    Effect.tryPromise({
      try: () => client.eval(script, 2, `${prefix}{${key}}:token`, `${prefix}{${key}}:lease`, ...args),
      catch: (error) => new TokenStoreError({ problem: problemOf(error) })
    }).pipe(Effect.flatMap((reply) => Either.mapLeft(decode(reply), () => unknownReply)))

  const runNumber = (script: string, key: TokenKey, args: ReadonlyArray<string | number>) =>
    run(script, key, args, decodeNumber)

  const runIfOwned = (script: string, key: TokenKey, args: ReadonlyArray<string | number>) =>
    Effect.map(runNumber(script, key, args), (count) => count === 1)

  return {
    claim: (key, { duration, owner }, known) =>
      run(scripts.claim, key, [owner, wholeMillis(duration), ...known], (reply) =>
        Either.map(decodeClaim(reply), (claim) =>
          claim.length === 1 ? { _tag: claim[0] } : { _tag: claim[0], entry: entryOf(claim) }
        )
      ),
    seize: (key, { duration, owner }) => Effect.asVoid(runNumber(scripts.seize, key, [owner, wholeMillis(duration)])),
    renew: (key, { duration, owner }) => runIfOwned(scripts.renew, key, [owner, wholeMillis(duration)]),
    write: (key, owner, content, timeToLive) =>
      runIfOwned(scripts.write, key, [owner, Redacted.value(content), wholeMillis(timeToLive)]),
    writeFailure: (key, owner, content, timeToLive) =>
      runIfOwned(scripts.writeFailure, key, [owner, Redacted.value(content), wholeMillis(timeToLive)]),
    release: (key, owner) => Effect.asVoid(runNumber(scripts.release, key, [owner])),
    read: (key) =>
      run(scripts.read, key, [], (reply) =>
        Either.map(decodeRead(reply), (read) => (read.length === 1 ? Option.none() : Option.some(entryOf(read))))
      ),
    remove: (key, stamp) => Effect.asVoid(runNumber(scripts.remove, key, [stamp])),
    now: (key) => runNumber(scripts.now, key, [])
  }
}

/** Redis refuses anything but positive integers, so no entry stays forever (F34). */
const wholeMillis = (duration: Duration.Duration): number => Math.floor(Duration.toMillis(duration))

const Entry = <Tag extends "Token" | "Failure">(...tags: ReadonlyArray<Tag>) =>
  Schema.Tuple(Schema.Literal(...tags), Schema.String, Schema.Number, Schema.String, Schema.Number)

const decodeClaim = Schema.decodeUnknownEither(
  Schema.Union(Entry("Token", "Failure"), Schema.Tuple(Schema.Literal("Leased", "Busy")))
)

const decodeRead = Schema.decodeUnknownEither(Schema.Union(Entry("Token"), Schema.Tuple(Schema.Literal("None"))))

const decodeNumber = Schema.decodeUnknownEither(Schema.Number)

const entryOf = ([, text, left, stamp, readAtMillis]: readonly [
  tag: string,
  text: string,
  left: number,
  stamp: string,
  now: number
]): TimedEntry => ({ content: Redacted.make(text), stamp, left: Duration.millis(left), readAtMillis })

const unknownReply = new TokenStoreError({ problem: "returns a reply of unknown form" })

/** An error of the client repeats the command with all that was to be written: only the server's own code is kept. */
const problemOf = (error: unknown): string => {
  const code = Predicate.isError(error) ? /^[A-Z]{2,20}(?= )/.exec(error.message) : null
  return code === null ? "cannot be reached" : `refuses a command (${code[0]})`
}
