/** A token store in memory: the contract in its plainest form. */
import type * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import type { StoredEntry, TokenStoreService } from "./tokenStoreService.js"

interface KeptEntry {
  readonly content: Redacted.Redacted<string>
  readonly stamp: string
  readonly until: number
}

/** A lease, or the failure that replaced it. */
type LeaseOrFailure = { readonly owner: string; readonly until: number } | KeptEntry

/** The number of writes after which entries that have ended are dropped. */
const writesToSweep = 100

export const memoryStore = (clock: Clock.Clock): TokenStoreService => {
  const tokens = new Map<string, KeptEntry>()
  const leases = new Map<string, LeaseOrFailure>()
  let writes = 0

  const now = () => Number(clock.unsafeCurrentTimeNanos()) / 1_000_000

  const current = <A extends { readonly until: number }>(entries: Map<string, A>, key: string): A | undefined => {
    const entry = entries.get(key)
    return entry !== undefined && entry.until > now() ? entry : undefined
  }

  const put = <A extends { readonly until: number }>(entries: Map<string, A>, key: string, entry: A): void => {
    entries.set(key, entry)
    if (++writes % writesToSweep !== 0) return
    for (const swept of [tokens, leases]) {
      for (const [key, { until }] of swept) if (until <= now()) swept.delete(key)
    }
  }

  const entryOf = ({ content, stamp, until }: KeptEntry): StoredEntry => ({
    content,
    stamp,
    left: Duration.millis(Math.floor(until - now()))
  })

  const kept = (content: Redacted.Redacted<string>, timeToLive: Duration.Duration): KeptEntry => ({
    content,
    stamp: String(writes),
    until: now() + Duration.toMillis(timeToLive)
  })

  const ifOwned = (key: string, owner: string, act: () => void) =>
    Effect.sync(() => {
      const lease = current(leases, key)
      const owned = lease !== undefined && "owner" in lease && lease.owner === owner
      if (owned) act()
      return owned
    })

  const lend = (key: string, owner: string, duration: Duration.Duration) =>
    put(leases, key, { owner, until: now() + Duration.toMillis(duration) })

  return {
    claim: (key, { duration, owner }, known) =>
      Effect.sync(() => {
        const token = current(tokens, key)
        if (token !== undefined && !known.includes(token.stamp)) return { _tag: "Token", entry: entryOf(token) }
        const lease = current(leases, key)
        if (lease !== undefined && "owner" in lease) return { _tag: "Busy" }
        if (lease !== undefined && !known.includes(lease.stamp)) return { _tag: "Failure", entry: entryOf(lease) }
        lend(key, owner, duration)
        return { _tag: "Leased" }
      }),
    seize: (key, { duration, owner }) => Effect.sync(() => lend(key, owner, duration)),
    renew: (key, { duration, owner }) => ifOwned(key, owner, () => lend(key, owner, duration)),
    write: (key, owner, content, timeToLive) =>
      ifOwned(key, owner, () => {
        put(tokens, key, kept(content, timeToLive))
        leases.delete(key)
      }),
    writeFailure: (key, owner, content, timeToLive) =>
      ifOwned(key, owner, () => put(leases, key, kept(content, timeToLive))),
    release: (key, owner) => Effect.asVoid(ifOwned(key, owner, () => leases.delete(key))),
    read: (key) => Effect.sync(() => Option.map(Option.fromNullable(current(tokens, key)), entryOf)),
    remove: (key, stamp) =>
      Effect.sync(() => {
        if (current(tokens, key)?.stamp === stamp) tokens.delete(key)
      })
  }
}
