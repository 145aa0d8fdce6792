/**
 * A token store whose contents are sealed before they reach the store below. Content that cannot be opened, or has
 * expired, counts as absent.
 *
 * The time left that a store returns can be stretched, and an entry can be put back, by anyone who may write to the
 * store. So the end of an entry is sealed with its content, by the store's own clock: that one clock says when the
 * entry ends, and what time it is when the entry is read (F65).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import type { TokenKey } from "../../TokenFlow.js"
import type { SealedAs, Sealer } from "./sealing.js"
import {
  type Lease,
  type StoreClaim,
  type StoredEntry,
  TokenStoreError,
  type TokenStoreService
} from "./tokenStoreService.js"

/** An entry, and the time by the store's clock at which it was read. */
export interface TimedEntry extends StoredEntry {
  readonly readAtMillis: number
}

/** A store that returns the time of its own clock as well. */
export interface TimedStore extends TokenStoreService {
  readonly claim: (
    ...args: Parameters<TokenStoreService["claim"]>
  ) => Effect.Effect<StoreClaim<TimedEntry>, TokenStoreError>
  readonly read: (key: TokenKey) => Effect.Effect<Option.Option<TimedEntry>, TokenStoreError>
  /** The time by the store's clock, in milliseconds. */
  readonly now: (key: TokenKey) => Effect.Effect<number, TokenStoreError>
}

/** The most entries that a claim skips because they cannot be opened or have expired (F69). */
const mostSkipped = 3

export const sealedStore = ({ now, ...below }: TimedStore, sealer: Sealer): TokenStoreService => {
  let warned = false

  const warn = Effect.suspend(() => {
    if (warned) return Effect.void
    warned = true
    return Effect.logWarning(
      "Vipps token store holds an entry that cannot be opened: it was sealed with a key that this process does not " +
        "have, or was changed. It counts as absent. Check that all processes have the same sealing keys."
    )
  })

  const writeAs =
    (kind: SealedAs["kind"], write: TokenStoreService["write"]): TokenStoreService["write"] =>
    (key, owner, content, timeToLive) =>
      now(key).pipe(
        Effect.map((nowMillis) => withEnd(Math.floor(nowMillis + Duration.toMillis(timeToLive)), content)),
        Effect.flatMap((plain) => sealer.seal({ kind, key }, plain)),
        Effect.flatMap((sealed) => write(key, owner, sealed, timeToLive))
      )

  const open = (as: SealedAs, entry: TimedEntry): Effect.Effect<Opened> =>
    Effect.map(
      sealer.open(as, entry.content),
      Option.match({
        onNone: (): Opened => ({ _tag: "Unopened" }),
        onSome: (plain) => {
          const { content, endMillis } = endOf(plain)
          const left = Math.min(Duration.toMillis(entry.left), endMillis - entry.readAtMillis)
          return left > 0
            ? { _tag: "Entry", entry: { content, stamp: entry.stamp, left: Duration.millis(left) } }
            : { _tag: "Ended" }
        }
      })
    )

  const claim = (
    key: TokenKey,
    lease: Lease,
    known: ReadonlyArray<string>,
    skipped = 0
  ): Effect.Effect<StoreClaim, TokenStoreError> =>
    Effect.gen(function* () {
      const claimed = yield* below.claim(key, lease, known)
      if (claimed._tag === "Leased" || claimed._tag === "Busy") return claimed
      const { _tag, entry } = claimed
      if (known.includes(entry.stamp) || skipped === mostSkipped) return yield* garbage
      const opened = yield* open({ kind: _tag === "Token" ? "token" : "failure", key }, entry)
      if (opened._tag === "Entry") return { _tag, entry: opened.entry }
      const next = yield* claim(key, lease, [...known, entry.stamp], skipped + 1)
      if (opened._tag === "Unopened") yield* warn
      return next
    })

  return {
    ...below,
    claim: (key, lease, known) => claim(key, lease, known),
    write: writeAs("token", below.write),
    writeFailure: writeAs("failure", below.writeFailure),
    read: (key) =>
      Effect.flatMap(
        below.read(key),
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (entry) =>
            Effect.map(open({ kind: "token", key }, entry), (opened) =>
              opened._tag === "Entry" ? Option.some(opened.entry) : Option.none()
            )
        })
      )
  }
}

type Opened =
  | { readonly _tag: "Entry"; readonly entry: StoredEntry }
  /** Sealed with an unknown key, or changed. */
  | { readonly _tag: "Unopened" }
  /** Put back after its end, or kept for longer than it was written for. */
  | { readonly _tag: "Ended" }

const garbage = new TokenStoreError({ problem: "keeps returning entries that cannot be opened or have expired" })

const withEnd = (endMillis: number, content: Redacted.Redacted<string>): Redacted.Redacted<string> =>
  Redacted.make(`${endMillis}:${Redacted.value(content)}`)

/** The end of sealed content; content without one has ended. */
const endOf = (sealed: Redacted.Redacted<string>): { endMillis: number; content: Redacted.Redacted<string> } => {
  const text = Redacted.value(sealed)
  const colon = text.indexOf(":")
  return { endMillis: Number(text.slice(0, Math.max(0, colon))), content: Redacted.make(text.slice(colon + 1)) }
}
