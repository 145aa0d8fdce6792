/**
 * Flights that share their tokens through a store. A flight claims its key before it requests a token: it adopts what
 * another process brought, or requests with the key's lease, or waits for the lease's owner. If the store fails, or
 * the wait brings nothing, it requests a token all the same (F31, F61, F69).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Either from "effect/Either"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import {
  busyWaitMillis,
  failureMillis,
  isAdoptable,
  mostUselessEntries,
  pollMillis,
  sharedLifeMillis,
  timeToLiveMillis
} from "../../core/sharedToken.js"
import { backOffAfterMillis, elapsedMillis, leftMillis, type Reading, usable } from "../../core/tokenPhases.js"
import type { TokenFlow, TokenKey } from "../../TokenFlow.js"
import type { CacheClock } from "../cache/cacheClock.js"
import { draw } from "../cache/draw.js"
import type { FlightOutcome, FlightSubject, Granted, NotGranted, TokenSharing } from "../cache/sharing.js"
import type { EntryState } from "../cache/tokenEntry.js"
import { ignoringDefects } from "../effect/ignoringDefects.js"
import { checkedStore } from "./checkedStore.js"
import { makeCircuitBreaker } from "./circuitBreaker.js"
import { failureContent, isShareable, readFailure, readToken, tokenContent } from "./entryCodec.js"
import { type FlightLease, makeFlightLease } from "./flightLease.js"
import type { StoreClaim, StoredEntry, TokenStoreService } from "./tokenStoreService.js"

/** The end of a flight's claims. */
type Claimed =
  | { readonly _tag: "Shared"; readonly outcome: FlightOutcome }
  /** This process has the lease, or the store has failed: there is nobody to wait for. */
  | { readonly _tag: "Request" }
  /** The claims brought nothing: this process makes a request without the lease. `known`: the entries of no use. */
  | { readonly _tag: "RequestUnleased"; readonly known: ReadonlyArray<string> }

export const sharedFlights = (store: TokenStoreService, clock: CacheClock, budgetMillis: number): TokenSharing => {
  const run = makeCircuitBreaker(checkedStore(store), clock)
  /** The keys whose claims brought nothing, each with its one warning until they bring something again. */
  const warned = new Set<TokenKey>()

  const report = ({ _tag }: Claimed, flow: TokenFlow): Effect.Effect<void> =>
    Effect.suspend(() => {
      if (_tag !== "RequestUnleased") warned.delete(flow.key)
      if (_tag !== "RequestUnleased" || warned.has(flow.key)) return Effect.void
      warned.add(flow.key)
      return Effect.annotateLogs(Effect.logWarning(warning), { "vipps.flow": flow.name, "vipps.label": flow.label })
    }).pipe(ignoringDefects)

  const share: TokenSharing["share"] = (entry, forced) =>
    Effect.gen(function* () {
      const { flow, state } = entry
      const lease = yield* makeFlightLease(run, flow.key)
      const claimant = { entry, lease, clock, startedAt: clock.read(), budgetMillis }
      const unleased = yield* Ref.make(Option.none<ReadonlyArray<string>>())

      const claimOrRequest = (requesting: Effect.Effect<Granted, NotGranted>) =>
        Effect.gen(function* () {
          const claimed = yield* claim(claimant, [])
          yield* report(claimed, flow)
          if (claimed._tag === "Shared") return yield* claimed.outcome
          if (claimed._tag === "RequestUnleased") yield* Ref.set(unleased, Option.some(claimed.known))
          return yield* requesting
        })

      /** A token requested without the lease is shared too: the owner brought none in time, or a failure. */
      const takeLease = Effect.flatMap(
        Ref.get(unleased),
        Option.match({
          onNone: () => Effect.void,
          onSome: (known) =>
            Effect.flatMap(lease.claim(known), (claimed) => (isWithoutToken(claimed) ? lease.seize : Effect.void))
        })
      )

      return {
        request: (requesting) => (forced ? Effect.zipRight(lease.seize, requesting) : claimOrRequest(requesting)),
        publish: (settled, generation) =>
          Effect.gen(function* () {
            if (settled.held?.generation === generation) yield* takeLease
            yield* lease.end((store, owner) =>
              Option.match(entryOf(settled, generation, clock.read()), {
                onNone: () => store.release(flow.key, owner),
                onSome: ({ command, content, millis }) =>
                  store[command](flow.key, owner, content, Duration.millis(millis))
              })
            )
            // Callers get the token before it is published, so one of them may already have seen it rejected.
            const { rejected } = yield* state
            if (settled.held !== undefined && settled.held.text === rejected) yield* remove(flow, settled.held.token)
          })
      }
    })

  const remove: TokenSharing["remove"] = (flow, rejected) =>
    Effect.gen(function* () {
      const now = clock.read()
      const entry = Option.flatten(yield* run((store) => store.read(flow.key)))
      const token = Option.flatMap(entry, (entry) => readToken(entry, flow, now))
      if (Option.isSome(entry) && Option.exists(token, ({ text }) => text === Redacted.value(rejected.value))) {
        yield* run((store) => store.remove(flow.key, entry.value.stamp))
      }
    }).pipe(Effect.uninterruptible)

  return { share, remove }
}

const isWithoutToken = (claimed: Option.Option<StoreClaim>): boolean =>
  Option.exists(claimed, ({ _tag }) => _tag === "Busy" || _tag === "Failure")

const warning =
  "Vipps token store: another process has the lease of this key and brings no token, or the store answers the same " +
  "useless entry again and again. This process requests its own token and shares it. If this goes on, look for a " +
  "process that reaches the store and not Vipps."

/** A flight that claims its key. */
interface Claimant {
  readonly entry: FlightSubject
  readonly lease: FlightLease
  readonly clock: CacheClock
  readonly startedAt: Reading
  readonly budgetMillis: number
}

/** Claims until there is an outcome, the lease, or nothing more to wait for. `known`: the entries of no use. */
const claim = (claimant: Claimant, known: ReadonlyArray<string>): Effect.Effect<Claimed> =>
  Effect.gen(function* () {
    const { clock, entry, lease } = claimant
    const claimedAt = clock.read()
    const claimed = yield* lease.claim(known)
    if (Option.isNone(claimed) || claimed.value._tag === "Leased") return { _tag: "Request" }
    const state = yield* entry.state
    const now = clock.read()
    if (claimed.value._tag === "Busy") {
      const left = busyWaitMillis(state, claimant.budgetMillis, now) - elapsedMillis(claimant.startedAt, now)
      if (left <= 0) return { _tag: "RequestUnleased", known }
      yield* Effect.sleep(Duration.millis(Math.ceil(Math.min(left, pollMillis(yield* draw)))))
      return yield* claim(claimant, known)
    }
    const { _tag, entry: found } = claimed.value
    const outcome = judge(_tag, found, { flow: entry.flow, state, claimedAt, now })
    if (Option.isSome(outcome)) return { _tag: "Shared", outcome: outcome.value }
    // A store that returns a known entry once will always do so.
    return known.includes(found.stamp) || known.length === mostUselessEntries
      ? { _tag: "RequestUnleased", known }
      : yield* claim(claimant, [...known, found.stamp])
  })

/** What an entry of the store is judged by. */
interface Judging {
  readonly flow: TokenFlow
  readonly state: EntryState
  readonly claimedAt: Reading
  readonly now: Reading
}

/** Judges a stored entry. Its time left is as of the claim, so a token that has ended since is not adopted. */
const judge = (
  tag: "Token" | "Failure",
  entry: StoredEntry,
  { claimedAt, flow, now, state }: Judging
): Option.Option<FlightOutcome> =>
  tag === "Token"
    ? readToken(entry, flow, claimedAt).pipe(
        Option.filter((read) => isAdoptable(state, read, read.leftMillis - elapsedMillis(claimedAt, now), now)),
        Option.map(({ requestedAt, token }) => Either.right({ token, requestedAt }))
      )
    : readFailure(entry, flow, claimedAt).pipe(
        // A back-off of minutes that a process with a token has drawn does not bind one without (C20).
        Option.filter((failure) => backOffAfterMillis(failure, usable(state, now), now) > 0),
        Option.map((failure) => Either.left({ error: failure.error, backOff: failure }))
      )

/** What the store keeps of a flight: its token, or a failure that is Vipps' word on the keys. */
const entryOf = ({ held, ...settled }: EntryState, generation: number, now: Reading) => {
  if (held?.generation === generation) {
    const millis = timeToLiveMillis(sharedLifeMillis(leftMillis(held, now)))
    return storedAs("write", millis, () => tokenContent(held, sharedLifeMillis(held.lifeMillis)))
  }
  const outdated = held !== undefined && held.generation > generation
  const { failure } = settled
  if (failure === undefined || outdated || !isShareable(failure.error)) return Option.none()
  const millis = timeToLiveMillis(failureMillis({ ...settled, held }, failure, now))
  return storedAs("writeFailure", millis, (millis) => failureContent(failure, millis))
}

const storedAs = (
  command: "write" | "writeFailure",
  millis: number | undefined,
  contentFor: (millis: number) => Option.Option<Redacted.Redacted<string>>
) =>
  Option.flatMap(Option.fromNullable(millis), (millis) =>
    Option.map(contentFor(millis), (content) => ({ command, content, millis }))
  )
