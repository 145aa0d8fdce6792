/**
 * The one fiber that refreshes all tokens of a cache ahead of expiry. A `Schedule` drives it from sweep to sweep; a
 * bell wakes it for a check that is scheduled before the one it sleeps for. While nothing is scheduled, it sleeps.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Predicate from "effect/Predicate"
import * as Queue from "effect/Queue"
import * as Schedule from "effect/Schedule"
import { longestTimerMillis } from "../../core/refreshTimes.js"
import type { Reading } from "../../core/tokenPhases.js"
import { checked } from "../../core/tokenState.js"
import { ignoringDefects } from "../effect/ignoringDefects.js"
import { raceFirst } from "../effect/raceFirst.js"
import { makeSignal, type TokenEntry } from "./tokenEntry.js"
import type { TokenFlights } from "./tokenFlights.js"
import type { TokenRegistry } from "./tokenRegistry.js"

/** The most entries in one sweep: a process that wakes with 100,000 overdue entries must not stall its event loop. */
const sweepBatch = 1000

/** A refresh that takes longer gives up its place: endpoints that hang must not hold up the other entries. */
const placeMillis = 2000

/** The time of the next check while none is scheduled. */
const noCheck = Number.POSITIVE_INFINITY

export const refreshFiber = (
  registry: TokenRegistry,
  flights: TokenFlights,
  maxConcurrentRefreshes: number
): Effect.Effect<never> =>
  Effect.gen(function* () {
    const bell = yield* Queue.sliding<void>(1)
    /** The places of the refreshes that are running, oldest first. */
    const places = new Set<{ readonly begunAt: number }>()
    /** When the next sweep is due by itself, by the monotonic clock. */
    let wakesAt = Number.NEGATIVE_INFINITY

    const ringFor = (at: number): void => {
      if (at < wakesAt) Queue.unsafeOffer(bell, undefined)
    }
    registry.onEarlierCheck = ringFor

    const isFull = (): boolean => places.size >= maxConcurrentRefreshes

    /** Frees the places of refreshes that hang. */
    const freePlaces = (now: Reading): void => {
      for (const place of places) {
        if (place.begunAt + placeMillis > now.monotonicMillis) break
        places.delete(place)
      }
    }

    const check = (entry: TokenEntry, now: Reading): Effect.Effect<void> =>
      Effect.suspend(() => {
        const place = { begunAt: now.monotonicMillis }
        const event = { signal: makeSignal(), ...registry.useOf(entry, now) }
        const release = Effect.sync(() => {
          const wasFull = isFull()
          if (places.delete(place) && wasFull) ringFor(registry.earliestCheck)
        })
        places.add(place)
        return Effect.map(
          flights.apply(entry, (state, now, settings) => checked(state, event, now, settings), { onEnd: release }),
          (action) => {
            if (action.do === "refresh") return
            places.delete(place)
            if (action.do === "forget") registry.forget(entry.key)
            else registry.scheduleCheck(entry, now, action.inMillis)
          }
        )
      })

    /** Checks the entries that are due, and returns the milliseconds until the next sweep, or `noCheck`. */
    const sweep: Effect.Effect<number> = Effect.gen(function* () {
      wakesAt = Number.NEGATIVE_INFINITY
      const now = registry.observeClocks()
      freePlaces(now)
      for (let checks = 0; checks < sweepBatch && !isFull(); checks++) {
        const entry = registry.takeDue(now)
        if (entry === undefined) break
        yield* check(entry, now)
      }
      const [oldest] = places
      const next = isFull() && oldest !== undefined ? oldest.begunAt + placeMillis : registry.earliestCheck
      const inMillis =
        next === noCheck ? noCheck : Math.min(Math.max(next - now.monotonicMillis, 1), longestTimerMillis)
      wakesAt = now.monotonicMillis + inMillis
      return inMillis
    }).pipe(Effect.uninterruptible)

    const sweeps = Schedule.identity<number>().pipe(
      Schedule.whileInput((millis: number) => millis !== noCheck),
      Schedule.addDelay(Duration.millis)
    )
    /** Sweeps as long as a check is scheduled, then sleeps until the bell. */
    const sweepWhileScheduled = Effect.zipRight(Effect.repeat(sweep, sweeps), Effect.never)
    /** Sleeps for a minute; with a clock that cannot even do that, until the next check is scheduled. */
    const pause = Effect.sleep(Duration.millis(longestTimerMillis)).pipe(
      Effect.catchAllCause(() => {
        wakesAt = noCheck
        return Queue.take(bell)
      })
    )
    return yield* raceFirst(sweepWhileScheduled, Queue.take(bell)).pipe(
      // Such as a clock of the user's own that throws (F56).
      Effect.catchAllCause((cause) => Effect.zipRight(logDefect(cause), pause)),
      Effect.forever
    )
  })

/** Of a defect only the message is logged: what else it holds may repeat secrets. */
const logDefect = (cause: Cause.Cause<never>): Effect.Effect<void> =>
  Effect.suspend(() => {
    const defect = Cause.squash(cause)
    const message = Predicate.isError(defect) ? ` ${defect.message}` : ""
    return Effect.logError(`Vipps token refresh in the background failed. It goes on in a minute.${message}`)
  }).pipe(ignoringDefects)
