/**
 * The lease of one flight: its owner requests the token, and the other processes wait. A heartbeat renews it, and it
 * ends with the flight's scope (F32).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as SynchronizedRef from "effect/SynchronizedRef"
import { heartbeatMillis, leaseMillis } from "../../core/sharedToken.js"
import type { TokenKey } from "../../TokenFlow.js"
import type { RunCommand } from "./circuitBreaker.js"
import type { StoreClaim, TokenStoreError, TokenStoreService } from "./tokenStoreService.js"

export interface FlightLease {
  /** The store's answer to a claim. None: the store failed. */
  readonly claim: (known: ReadonlyArray<string>) => Effect.Effect<Option.Option<StoreClaim>>
  /** Takes the lease, whoever owns it. */
  readonly seize: Effect.Effect<void>
  /** Ends the lease by a last command, if the flight owns it. */
  readonly end: (
    command: (store: TokenStoreService, owner: string) => Effect.Effect<unknown, TokenStoreError>
  ) => Effect.Effect<void>
}

export const makeFlightLease = (run: RunCommand, key: TokenKey): Effect.Effect<FlightLease, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const lease = { owner: crypto.randomUUID(), duration: Duration.millis(leaseMillis) }
    /**
     * The heartbeat of the lease, if the flight owns it. Changes wait for each other: `end` waits for a claim that
     * was interrupted, and releases the lease that it got.
     */
    const heartbeat = yield* SynchronizedRef.make(Option.none<Fiber.Fiber<unknown>>())

    const end: FlightLease["end"] = (command) =>
      SynchronizedRef.updateEffect(
        heartbeat,
        Option.match({
          onNone: () => Effect.succeedNone,
          onSome: (beating) =>
            // No beat may follow the command.
            Fiber.interrupt(beating).pipe(
              Effect.zipRight(run((store) => command(store, lease.owner))),
              Effect.as(Option.none())
            )
        })
      ).pipe(Effect.uninterruptible)

    yield* Effect.addFinalizer(() => end((store, owner) => store.release(key, owner)))

    const beat = Effect.delay(
      run((store) => store.renew(key, lease)),
      heartbeatMillis
    )

    /** Stops once the lease has another owner. If the store fails, the lease may still be this flight's. */
    const startHeartbeat = Effect.repeat(beat, { while: Option.getOrElse(() => true) }).pipe(
      Effect.interruptible,
      Effect.forkIn(scope),
      Effect.asSome
    )

    const acquire = <A>(
      command: (store: TokenStoreService) => Effect.Effect<A, TokenStoreError>,
      owns: (answer: A) => boolean
    ) =>
      SynchronizedRef.modifyEffect(heartbeat, (before) =>
        Effect.gen(function* () {
          const answer = yield* run(command)
          return [answer, Option.exists(answer, owns) ? yield* startHeartbeat : before] as const
        })
      ).pipe(Effect.uninterruptible)

    return {
      claim: (known) =>
        acquire(
          (store) => store.claim(key, lease, known),
          ({ _tag }) => _tag === "Leased"
        ),
      seize: Effect.asVoid(
        acquire(
          (store) => store.seize(key, lease),
          () => true
        )
      ),
      end
    }
  })
