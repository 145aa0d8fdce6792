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
import type { TokenFlow } from "../../TokenFlow.js"
import type { CacheClock } from "../cache/cacheClock.js"
import { draw } from "../cache/draw.js"
import type { EntryView, FlightOutcome, Granted, NotGranted, TokenSharing } from "../cache/sharing.js"
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
  const waitedInVain = Ref.unsafeMake(false)

  /** One warning, until claims bring something again. */
  const report = ({ _tag }: Claimed, flow: TokenFlow) =>
    Effect.flatMap(Ref.getAndSet(waitedInVain, _tag === "RequestUnleased"), (reported) =>
      _tag === "RequestUnleased" && !reported
        ? Effect.annotateLogs(Effect.logWarning(warning), {
            "vipps.flow": flow.name,
            "vipps.label": flow.label
          })
        : Effect.void
    ).pipe(ignoringDefects)

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
          Effect.when(takeLease, () => settled.held?.generation === generation).pipe(
            Effect.zipRight(
              lease.end((store, owner) =>
                Option.match(entryOf(settled, generation, clock.read()), {
                  onNone: () => store.release(flow.key, owner),
                  onSome: ({ command, content, millis }) =>
                    store[command](flow.key, owner, content, Duration.millis(millis))
                })
              )
            ),
            Effect.zipRight(state),
            // Callers are served before the token is published: one of them may have seen it rejected by now.
            Effect.flatMap(({ rejected }) =>
              settled.held !== undefined && settled.held.text === rejected
                ? remove(flow, settled.held.token)
                : Effect.void
            )
          )
      }
    })

  const remove: TokenSharing["remove"] = (flow, rejected) =>
    run((store) => store.read(flow.key)).pipe(
      Effect.flatMap((read) => {
        const entry = Option.flatten(read)
        const token = Option.flatMap(entry, (entry) => readToken(entry, flow, clock.read()))
        return Option.isSome(entry) && Option.exists(token, ({ text }) => text === Redacted.value(rejected.value))
          ? Effect.asVoid(run((store) => store.remove(flow.key, entry.value.stamp)))
          : Effect.void
      }),
      Effect.uninterruptible
    )

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
  readonly entry: EntryView
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
    const outcome = judge[_tag](found, { flow: entry.flow, state, claimedAt, now })
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

const judge: Record<"Token" | "Failure", (entry: StoredEntry, by: Judging) => Option.Option<FlightOutcome>> = {
  /** The time left was so when the store was asked: a token that has ended since is not adopted. */
  Token: (entry, { claimedAt, flow, now, state }) =>
    readToken(entry, flow, claimedAt).pipe(
      Option.filter((read) => isAdoptable(state, read, read.leftMillis - elapsedMillis(claimedAt, now), now)),
      Option.map(({ requestedAt, token }) => Either.right({ token, requestedAt }))
    ),
  Failure: (entry, { claimedAt, flow, now, state }) =>
    readFailure(entry, flow, claimedAt).pipe(
      // A back-off of minutes that a process with a token has drawn does not bind one without (C20).
      Option.filter((failure) => backOffAfterMillis(failure, usable(state, now), now) > 0),
      Option.map((shared) => Either.left({ error: shared.error, shared }))
    )
}

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
