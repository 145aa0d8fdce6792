/**
 * A store that may fail: each command is bounded in time, a store that failed is left alone for some seconds, and an
 * outage is worth one warning (F31).
 */
import * as Cause from "effect/Cause"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as Random from "effect/Random"
import { commandMillis, skipMillis } from "../../core/sharedToken.js"
import type { CacheClock } from "../cache/cacheClock.js"
import type { TokenStoreError, TokenStoreService } from "./tokenStoreService.js"

/** What the store answers; nothing where it fails, does not answer in time, or is left alone. */
export type AskStore = <A>(
  command: (store: TokenStoreService) => Effect.Effect<A, TokenStoreError>
) => Effect.Effect<Option.Option<A>>

export const askStore = (store: TokenStoreService, clock: CacheClock): AskStore => {
  let ailing = false
  let skippedUntil = Number.NEGATIVE_INFINITY

  const failed = (problem: string) =>
    Effect.gen(function* () {
      skippedUntil = clock.read().monotonicMillis + skipMillis(yield* Random.next)
      if (ailing) return
      ailing = true
      yield* Effect.logWarning(`Vipps token store ${problem}. Until it is well, this process asks for itself.`)
    })

  const well = Effect.suspend(() => {
    if (!ailing) return Effect.void
    ailing = false
    return Effect.logInfo("Vipps token store is well again.")
  })

  return (command) =>
    Effect.suspend(() => {
      if (clock.read().monotonicMillis < skippedUntil) return Effect.succeedNone
      return Effect.suspend(() => command(store)).pipe(
        Effect.disconnect,
        Effect.raceFirst(Effect.zipRight(commandTime, Effect.fail(late))),
        Effect.interruptible,
        // What it has done must be known, also to a flight that is interrupted: a lease that nobody knows of is nobody's
        // to give back. It ends in time by itself.
        Effect.forkDaemon,
        Effect.flatMap(Fiber.await),
        Effect.flatMap(
          Exit.match({
            onSuccess: (answer) => Effect.as(well, Option.some(answer)),
            // A store of the user's own may die, or interrupt itself, as well.
            onFailure: (cause) =>
              Effect.as(failed(Option.getOrElse(Cause.failureOption(cause), () => broken).problem), Option.none())
          })
        )
      )
    }).pipe(
      // Said by the warning: the cause of a store of the user's own may hold anything.
      Effect.withUnhandledErrorLogLevel(Option.none()),
      Effect.uninterruptible
    )
}

const steps = 25

/**
 * What a command may take, in small steps: in a process that is starved, as fifty are that start together, a timer rings
 * before the answer is read that has long been there. Each step waits for its turn, as the server does.
 */
export const commandTime = Effect.repeatN(Effect.sleep(Duration.millis(commandMillis / steps)), steps - 1)

const late = { problem: `did not answer within ${commandMillis} ms` }

const broken = { problem: "is broken" }
