/**
 * The lease of one flight: who has it asks for the token, and the other processes wait. It lives while its owner does: a
 * heartbeat renews it, and it is given back with the flight's scope (F32).
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import { heartbeatMillis, leaseMillis } from "../../core/sharedToken.js"
import type { TokenKey } from "../../TokenFlow.js"
import type { AskStore } from "./circuitBreaker.js"
import type { StoreClaim, TokenStoreError, TokenStoreService } from "./tokenStoreService.js"

export interface FlightLease {
  /** What the store answers to a claim; nothing where it fails. */
  readonly claim: (known: ReadonlyArray<string>) => Effect.Effect<Option.Option<StoreClaim>>
  /** Takes the lease, whoever has it. */
  readonly seize: Effect.Effect<void>
  /** Ends the lease by a last command, if the flight has it. */
  readonly end: (
    command: (store: TokenStoreService, owner: string) => Effect.Effect<unknown, TokenStoreError>
  ) => Effect.Effect<void>
}

export const makeFlightLease = (ask: AskStore, key: TokenKey): Effect.Effect<FlightLease, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    const lease = { owner: crypto.randomUUID(), duration: Duration.millis(leaseMillis) }
    let heartbeat = Option.none<Fiber.Fiber<unknown>>()
    /** One at a time: the end of a flight waits for the claim that it was interrupted in, and gives back what that got. */
    const one = Effect.unsafeMakeSemaphore(1).withPermits(1)

    const end: FlightLease["end"] = (command) =>
      Effect.suspend(() => {
        if (Option.isNone(heartbeat)) return Effect.void
        const beating = heartbeat.value
        heartbeat = Option.none()
        // No renewal may follow what the command says of the time left.
        return Effect.zipRight(
          Fiber.interrupt(beating),
          ask((store) => command(store, lease.owner))
        )
      }).pipe(one, Effect.uninterruptible)

    yield* Effect.addFinalizer(() => end((store, owner) => store.release(key, owner)))

    const beat = Effect.delay(
      ask((store) => store.renew(key, lease)),
      heartbeatMillis
    )

    /** Where the store fails, the lease may still be ours. */
    const hold = Effect.repeat(beat, { while: Option.getOrElse(() => true) }).pipe(
      Effect.interruptible,
      Effect.forkIn(scope),
      Effect.flatMap((fiber) =>
        Effect.sync(() => {
          heartbeat = Option.some(fiber)
        })
      )
    )

    return {
      claim: (known) =>
        ask((store) => store.claim(key, lease, known)).pipe(
          Effect.tap((claim) => (Option.isSome(claim) && claim.value._tag === "Leased" ? hold : Effect.void)),
          one,
          Effect.uninterruptible
        ),
      seize: ask((store) => store.seize(key, lease)).pipe(
        Effect.flatMap((seized) => (Option.isSome(seized) ? hold : Effect.void)),
        one,
        Effect.uninterruptible
      ),
      end
    }
  })
