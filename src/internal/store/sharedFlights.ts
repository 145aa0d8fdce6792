/**
 * A cache and a store: how a flight comes to a token that another process may have, and what it tells the
 * others when it has ended. A flight reads before it asks, asks only with the key's lease, and waits while another
 * process has it; where the store fails it asks all the same (F31).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import * as Redacted from "effect/Redacted"
import * as Scope from "effect/Scope"
import {
  failureMillis,
  isAdoptable,
  pollMillis,
  sharedHoldLeftMillis,
  sharedLifeMillis,
  timeToLiveMillis
} from "../../core/sharedToken.js"
import { elapsedMillis, leftMillis, type Reading } from "../../core/tokenState.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { Granted, Refused, SharedTokens } from "../cache/sharing.js"
import type { KeyState, TokenEntry } from "../cache/tokenEntry.js"
import type { TokenEntries } from "../cache/tokenRegistry.js"
import { askStore } from "./circuitBreaker.js"
import { failureContent, readFailure, readToken, tokenContent } from "./entryCodec.js"
import { type FlightLease, makeFlightLease } from "./flightLease.js"
import type { StoredEntry, TokenStoreService } from "./tokenStoreService.js"

export const sharedThrough = (store: TokenStoreService, entries: TokenEntries): SharedTokens => {
  const ask = askStore(store, entries.clock)

  const share: SharedTokens["share"] = (entry, forced) =>
    Effect.map(leaseOf(entry.flow), ({ lease, scope }) => ({
      ask: (asking) =>
        forced
          ? Effect.zipRight(lease.seize, asking)
          : Effect.flatMap(
              obtain(entries, entry, lease, []),
              Option.getOrElse(() => asking)
            ),
      tell: (settled, generation) =>
        Effect.zipRight(
          lease.end(told(entries, entry, settled, generation)),
          // Callers are served before the store is told: one of them may have seen the token rejected by now.
          Effect.flatMap(entry.state, ({ rejected }) =>
            settled.held !== undefined && settled.held.text === rejected
              ? remove(entry.flow, settled.held.token)
              : Effect.void
          )
        ),
      leave: Scope.close(scope, Exit.void)
    }))

  const leaseOf = (flow: TokenFlow) =>
    Effect.gen(function* () {
      const scope = yield* Scope.make()
      return { lease: yield* Scope.extend(makeFlightLease(ask, flow.key), scope), scope }
    })

  const remove: SharedTokens["remove"] = (flow, rejected) =>
    ask((store) => store.read(flow.key)).pipe(
      Effect.flatMap((read) => {
        const entry = Option.flatten(read)
        const text = Option.flatMap(entry, (entry) => readToken(entry, flow, entries.now()))
        return Option.isSome(entry) && Option.isSome(text) && text.value.text === Redacted.value(rejected.value)
          ? Effect.asVoid(ask((store) => store.remove(flow.key, entry.value.stamp)))
          : Effect.void
      }),
      Effect.uninterruptible
    )

  return { share, remove }
}

/** What another process has come to; nothing where this one has to ask. `known`: what it has no use for. */
const obtain = (
  entries: TokenEntries,
  entry: TokenEntry,
  lease: FlightLease,
  known: ReadonlyArray<string>
): Effect.Effect<Option.Option<Either.Either<Granted, Refused>>> =>
  Effect.gen(function* () {
    const now = entries.now()
    const claimed = yield* lease.claim(known)
    if (Option.isNone(claimed) || claimed.value._tag === "Leased") return Option.none()
    if (claimed.value._tag === "Busy") {
      yield* Effect.sleep(Duration.millis(pollMillis(yield* Random.next)))
      return yield* obtain(entries, entry, lease, known)
    }
    const { entry: stored, _tag } = claimed.value
    const judge = _tag === "Token" ? tokenToAdopt : failureToShare
    const found = judge(entry.flow, yield* entry.state, stored, now, entries.now())
    return Option.isSome(found) ? found : yield* obtain(entries, entry, lease, [...known, stored.stamp])
  })

type Judge = (
  flow: TokenFlow,
  state: KeyState,
  stored: StoredEntry,
  claimedAt: Reading,
  now: Reading
) => Option.Option<Either.Either<Granted, Refused>>

/** What the store says is left was so when it was asked: a token that is over since is not taken over. */
const tokenToAdopt: Judge = (flow, state, stored, claimedAt, now) =>
  readToken(stored, flow, claimedAt).pipe(
    Option.filter((read) => isAdoptable(state, read, read.leftMillis - elapsedMillis(claimedAt, now), now)),
    Option.map(({ askedAt, token }) => Either.right({ token, askedAt }))
  )

const failureToShare: Judge = (flow, state, stored, claimedAt, now) =>
  readFailure(stored, flow, claimedAt).pipe(
    Option.filter((failure) => sharedHoldLeftMillis(state, failure, now) > 0),
    Option.map((noted) => Either.left({ error: noted.error, noted }))
  )

/** What a flight that had the lease leaves in the store: its token, its failure, or, if it was outdated, nothing. */
const told =
  (entries: TokenEntries, { flow: { key } }: TokenEntry, settled: KeyState, generation: number) =>
  (store: TokenStoreService, owner: string) => {
    const { failure, held } = settled
    const now = entries.now()
    if (held?.generation === generation) {
      const millis = timeToLiveMillis(sharedLifeMillis(leftMillis(held, now)))
      return millis === undefined
        ? store.release(key, owner)
        : store.write(key, owner, tokenContent(held.token, sharedLifeMillis(held.lifeMillis)), Duration.millis(millis))
    }
    const outdated = held !== undefined && held.generation > generation
    const millis = failure && !outdated ? timeToLiveMillis(failureMillis(settled, failure, now)) : undefined
    return failure === undefined || millis === undefined
      ? store.release(key, owner)
      : store.writeFailure(key, owner, failureContent(failure, millis), Duration.millis(millis))
  }
