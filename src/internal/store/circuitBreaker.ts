/**
 * A circuit breaker around a store: each command has a time limit, a store that failed is skipped for some seconds, and
 * one outage is one warning (F31). Nothing that a store does makes a command fail, hang or die for its caller.
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Ref from "effect/Ref"
import { commandMillis, recoveredAfter, skipMillis } from "../../core/sharedToken.js"
import type { CacheClock } from "../cache/cacheClock.js"
import { draw } from "../cache/draw.js"
import { ignoringDefects } from "../effect/ignoringDefects.js"
import { raceFirst } from "../effect/raceFirst.js"
import type { TokenStoreError, TokenStoreService } from "./tokenStoreService.js"

/** Runs a command. None: the store failed, did not answer in time, or is skipped. */
export type RunCommand = <A>(
  command: (store: TokenStoreService) => Effect.Effect<A, TokenStoreError>
) => Effect.Effect<Option.Option<A>>

interface Circuit {
  readonly open: boolean
  readonly skipUntilMillis: number
  /** Commands that succeeded since the last failure. */
  readonly succeeded: number
}

const closed: Circuit = { open: false, skipUntilMillis: Number.NEGATIVE_INFINITY, succeeded: 0 }

const logRecovery = Effect.logInfo("Vipps token store has recovered. This process shares its tokens again.")

export const makeCircuitBreaker = (store: TokenStoreService, clock: CacheClock): RunCommand => {
  const circuit = Ref.unsafeMake(closed)

  const onFailure = (problem: string) =>
    Effect.gen(function* () {
      const skipUntilMillis = clock.read().monotonicMillis + skipMillis(yield* draw)
      const { open } = yield* Ref.getAndSet(circuit, { open: true, skipUntilMillis, succeeded: 0 })
      if (!open) yield* Effect.logWarning(warning(problem))
    })

  const onSuccess = Effect.flatten(
    Ref.modify(circuit, (now): readonly [Effect.Effect<void>, Circuit] => {
      const succeeded = now.succeeded + 1
      if (!now.open) return [Effect.void, now]
      return succeeded < recoveredAfter ? [Effect.void, { ...now, succeeded }] : [logRecovery, closed]
    })
  )

  return (command) =>
    Effect.flatMap(Ref.get(circuit), ({ skipUntilMillis }) => {
      if (clock.read().monotonicMillis < skipUntilMillis) return Effect.succeedNone
      return Effect.suspend(() => command(store)).pipe(
        Effect.disconnect,
        (answer) => raceFirst(answer, Effect.zipRight(commandTimeout, Effect.fail(late))),
        Effect.interruptible,
        // Waits for the outcome even if the flight is interrupted, so that a lease it obtained is released. The time
        // limit bounds the wait.
        Effect.forkDaemon,
        Effect.flatMap(Fiber.await),
        Effect.flatMap(
          Exit.match({
            onSuccess: (answer) => Effect.as(ignoringDefects(onSuccess), Option.some(answer)),
            // A user's own store may die, or interrupt itself, as well.
            onFailure: (cause) => Effect.as(ignoringDefects(onFailure(problemOf(cause))), Option.none())
          })
        )
      )
    }).pipe(
      // The warning says it all: the cause of a user's own store may contain anything.
      Effect.withUnhandledErrorLogLevel(Option.none()),
      Effect.uninterruptible
    )
}

const warning = (problem: string) =>
  `Vipps token store ${problem}. Until it recovers this process requests its own tokens; it tries the store again ` +
  "every 5 to 10 seconds. Check that the store runs, and that this process reaches it."

const steps = 25

/**
 * Sleeps for the time limit of a command, in small steps: in a starved process, such as one of fifty that start
 * together, a single timer would fire before an answer that arrived long ago is read.
 */
export const commandTimeout = Effect.repeatN(Effect.sleep(Duration.millis(commandMillis / steps)), steps - 1)

const late = { problem: `did not answer within ${commandMillis} ms` }

const problemOf = (cause: Cause.Cause<unknown>): string => {
  const error = Option.getOrUndefined(Cause.failureOption(cause))
  return Predicate.hasProperty(error, "problem") && Predicate.isString(error.problem) ? error.problem : "is broken"
}
