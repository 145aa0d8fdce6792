/**
 * The renewal of a token that an API has rejected: one for all the requests that were refused with it, while every other
 * request keeps the token until its successor is there.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import * as FiberId from "effect/FiberId"
import * as Option from "effect/Option"
import { AccessToken } from "../../AccessToken.js"
import { decideRejection, failedRenewalPauseMillis, refusedReplayPauseMillis } from "../../core/rejectedToken.js"
import type { TokenError, TokenRequestError } from "../../TokenError.js"
import type { TokenSource } from "../../TokenSource.js"

export interface Renewals {
  /** The token to send a refused request again with; none where the refusal stands. */
  readonly after: (rejected: AccessToken, replayable: boolean) => Effect.Effect<Option.Option<AccessToken>, TokenError>
  /** The request was sent again, and was refused again: it is not the token. */
  readonly replayRefused: Effect.Effect<void>
}

const renewals = new WeakMap<TokenSource, Renewals>()

/** One for all the clients of a source: a client may be made for each request. */
export const renewalsOf = (source: TokenSource): Renewals => {
  const known = renewals.get(source)
  if (known !== undefined) return known
  const made = makeRenewals(source)
  renewals.set(source, made)
  return made
}

const makeRenewals = (source: TokenSource): Renewals => {
  let renewing:
    | { readonly of: AccessToken; readonly outcome: Deferred.Deferred<AccessToken, TokenRequestError> }
    | undefined
  let paused = { from: 0, until: 0 }

  /** The renewal belongs to nobody: whoever is interrupted, it goes on, and so do the others who wait for it. */
  const join = (rejected: AccessToken): Effect.Effect<AccessToken, TokenRequestError> =>
    Effect.uninterruptibleMask((restore) =>
      Effect.suspend(() => {
        if (renewing?.of === rejected) return restore(Deferred.await(renewing.outcome))
        const outcome = Deferred.unsafeMake<AccessToken, TokenRequestError>(FiberId.none)
        renewing = { of: rejected, outcome }
        return source.refresh.pipe(
          Effect.tapError(() => pause(failedRenewalPauseMillis)),
          Effect.ensuring(
            Effect.sync(() => {
              renewing = undefined
            })
          ),
          Effect.interruptible,
          Effect.intoDeferred(outcome),
          Effect.forkDaemon,
          Effect.zipRight(restore(Deferred.await(outcome)))
        )
      })
    )

  const pause = (millis: number) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      paused = { from: now, until: now + Math.max(millis, pauseLeft(now)) }
    })

  /** A wall clock that was set back ends the pause: nobody knows how long it has lasted (F15). */
  const pauseLeft = (now: number): number => (now < paused.from ? 0 : paused.until - now)

  const after: Renewals["after"] = (rejected, replayable) =>
    Effect.gen(function* () {
      const current = yield* source.get
      const now = yield* Clock.currentTimeMillis
      const decision = decideRejection({
        replaced: current !== rejected,
        ageMillis: now - rejected.issuedAt.epochMillis,
        expired: yield* AccessToken.isExpired(rejected),
        pauseLeftMillis: pauseLeft(now),
        replayable
      })
      switch (decision) {
        case "accept":
          return Option.none()
        case "replay":
          return Option.some(current)
        case "renew": {
          const renewed = yield* join(rejected)
          return replayable ? Option.some(renewed) : Option.none()
        }
      }
    })

  return { after, replayRefused: pause(refusedReplayPauseMillis) }
}
