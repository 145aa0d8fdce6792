/**
 * Renewals of refused tokens: one for all the requests of a key that were refused, while every other request keeps the
 * token until its successor is there.
 *
 * They belong to the key: a copy of a source, a client made for each request and a second copy of this package find the
 * same ones (F47). So does the log throttle for refusals of the subscription key.
 */
import * as Cause from "effect/Cause"
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import { globalValue } from "effect/GlobalValue"
import * as Iterable from "effect/Iterable"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import * as Ref from "effect/Ref"
import type { AccessToken } from "../../AccessToken.js"
import {
  decideRejection,
  isIdle,
  isPaused,
  type KeyRenewal,
  keyRefusalPauseMillis,
  lostRenewalMillis,
  noRenewal,
  type Pause,
  pauseFor,
  renewalEnded
} from "../../core/renewal.js"
import type { TokenError, TokenRequestError } from "../../TokenError.js"
import type { TokenFlow } from "../../TokenFlow.js"
import type { TokenSource } from "../../TokenSource.js"
import { ignoringDefects } from "../effect/ignoringDefects.js"
import { timeoutFail } from "../effect/timeout.js"
import { timeoutError } from "../errors/tokenErrors.js"
import { makeMerchantPauses } from "./merchantPauses.js"

/** The property by which a source exposes the renewals of its key: own and enumerable, so that a copy keeps it. */
export const RenewalsId: unique symbol = Symbol.for("effect-vipps-token/TokenSource/renewals")

/** A request that was refused with a 401. */
export interface RefusedRequest {
  readonly token: AccessToken
  /** The merchant serial number that it was sent with; empty for one without. */
  readonly merchant: string
  /** Whether it can be sent a second time. */
  readonly replayable: boolean
}

/**
 * The token to replay a refused request with: renewed because of the refusal, or one that had already replaced the
 * refused token.
 */
export interface ReplayToken {
  readonly token: AccessToken
  readonly isRenewed: boolean
}

/** The renewals of one key. They keep no source: each operation takes the one that it is to use. */
export interface Renewals {
  /** The token to send a refused request again with; none if the refusal stands. */
  readonly replayTokenFor: (
    source: TokenSource,
    refused: RefusedRequest
  ) => Effect.Effect<Option.Option<ReplayToken>, TokenError>
  /**
   * Pauses renewals for a merchant whose request was refused with a renewed token as well: the token is not the cause.
   */
  readonly pauseMerchant: (source: TokenSource, merchant: string) => Effect.Effect<void>
  /** Logs that the gateway refuses the subscription key: at most once in 5 minutes. */
  readonly reportKeyRefusal: (source: TokenSource, error: TokenRequestError) => Effect.Effect<void>
  /** Tells whether nothing is pending. */
  readonly isIdle: Effect.Effect<boolean>
}

/** The renewals of a key in its cache; none after that is closed. */
export type FindRenewals = () => Renewals | undefined

/** A source that knows the renewals of its key. */
interface RenewingSource extends TokenSource {
  readonly [RenewalsId]?: FindRenewals | undefined
}

export const renewalsOf = (source: RenewingSource): Effect.Effect<Renewals> =>
  Effect.suspend(() => {
    const own = (source[RenewalsId] ?? renewalsByFlow.get(source.flow))?.()
    return own === undefined ? renewalsOfKey(source.flow.key) : Effect.succeed(own)
  })

/**
 * The renewals of each flow that a cache has registered: a hand-made wrapper has the flow, but not the property (F47).
 */
const renewalsByFlow = globalValue("effect-vipps-token/renewalsByFlow", () => new WeakMap<TokenFlow, FindRenewals>())

/** Lets every source of this flow find these renewals. */
export const shareRenewals = (flow: TokenFlow, renewals: FindRenewals): void => {
  renewalsByFlow.set(flow, renewals)
}

type PendingOutcome = Deferred.Deferred<AccessToken, TokenRequestError>

interface State {
  readonly key: KeyRenewal
  /** The outcome of the renewal in flight. */
  readonly inFlight: PendingOutcome | undefined
  /** The time in which no refusal of the subscription key is logged. */
  readonly keyRefusalPause: Pause | undefined
}

export const makeRenewals = (lostMillis: number): Renewals => {
  const state = Ref.unsafeMake<State>({ key: noRenewal, inFlight: undefined, keyRefusalPause: undefined })
  const merchantPauses = makeMerchantPauses()

  /** A request that cannot be sent again has nothing to wait for: its renewal goes on without it. */
  const replayTokenFor: Renewals["replayTokenFor"] = (source, refused) =>
    refused.replayable
      ? findReplayToken(source, refused)
      : Effect.as(Effect.forkDaemon(Effect.exit(findReplayToken(source, refused))), Option.none())

  const findReplayToken: Renewals["replayTokenFor"] = (source, { merchant, token }) =>
    Effect.uninterruptibleMask((restore) =>
      Effect.gen(function* () {
        const current = yield* restore(source.get)
        const now = yield* Clock.currentTimeMillis
        const own = yield* Deferred.make<AccessToken, TokenRequestError>()
        const rejection = {
          replaced: !isSameToken(current, token),
          merchantPause: merchantPauses.get(merchant),
          lostMillis
        }
        const [decision, outcome] = yield* Ref.modify(state, (before) => {
          const [decision, key] = decideRejection(before.key, rejection, now)
          const inFlight = decision === "begin" ? own : before.inFlight
          return [[decision, inFlight ?? own] as const, { ...before, key, inFlight }]
        })
        if (decision === "accept") return Option.none()
        if (decision === "replay") return Option.some({ token: current, isRenewed: false })
        if (decision === "begin") {
          yield* Effect.forkDaemon(renewal(source, merchant, own))
          yield* report(source, merchant, renewing)
        }
        const onTimeout = () => timeoutError(source.flow)
        const renewed = timeoutFail({ duration: Duration.millis(lostMillis), onTimeout })(Deferred.await(outcome))
        return Option.some({ token: yield* restore(renewed), isRenewed: true })
      })
    )

  /** Runs in its own fiber, so that it goes on for the others if a caller that waits is interrupted. */
  const renewal = (source: TokenSource, merchant: string, outcome: PendingOutcome) =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Effect.interruptible(Effect.suspend(() => source.refresh)))
      yield* endRenewal(outcome, exit)
      yield* Deferred.done(outcome, exit)
      // The end of the cache interrupts the renewal, which is no failure to report.
      if (Exit.isFailure(exit) && !Cause.isInterruptedOnly(exit.cause)) {
        yield* report(source, merchant, failing(exit.cause))
      }
    })

  const endRenewal = (outcome: PendingOutcome, exit: Exit.Exit<AccessToken, TokenRequestError>) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      // A lost renewal may end after it was replaced.
      Ref.update(state, (before) =>
        before.inFlight === outcome
          ? { ...before, key: renewalEnded(before.key, Exit.isSuccess(exit), now), inFlight: undefined }
          : before
      )
    )

  const pauseMerchant: Renewals["pauseMerchant"] = (source, merchant) =>
    Effect.flatMap(Clock.currentTimeMillis, (now) =>
      merchantPauses.pause(merchant, now) ? report(source, merchant, pausing) : Effect.void
    )

  const reportKeyRefusal: Renewals["reportKeyRefusal"] = (source, error) =>
    Effect.gen(function* () {
      const now = yield* Clock.currentTimeMillis
      const wasLogged = yield* Ref.modify(state, (before) =>
        isPaused(before.keyRefusalPause, now)
          ? [true, before]
          : [false, { ...before, keyRefusalPause: pauseFor(undefined, keyRefusalPauseMillis, now) }]
      )
      if (!wasLogged) yield* logKeyRefusal(source, error)
    })

  const isRenewalIdle: Renewals["isIdle"] = Effect.zipWith(
    Ref.get(state),
    Clock.currentTimeMillis,
    ({ key, keyRefusalPause }, now) =>
      isIdle(key, lostMillis, now) && merchantPauses.size(now) === 0 && !isPaused(keyRefusalPause, now)
  )

  return { replayTokenFor, pauseMerchant, reportKeyRefusal, isIdle: isRenewalIdle }
}

/** By value: a wrapper may make its tokens anew, and another copy of this package has a class of its own. */
const isSameToken = (a: AccessToken, b: AccessToken): boolean =>
  Redacted.value(a.authorization) === Redacted.value(b.authorization)

/** Renewals of sources with neither property nor registered flow, by key. All copies of this package share them. */
const renewalsByKey = globalValue("effect-vipps-token/renewalsByKey", () => new Map<string, Renewals>())

/** Finds or makes the renewals of a key, and forgets those of up to two others that have nothing pending any more. */
const renewalsOfKey = (key: string): Effect.Effect<Renewals> =>
  Effect.suspend(() => {
    const known = renewalsByKey.get(key)
    if (known !== undefined) return Effect.succeed(known)
    const oldest = Array.from(Iterable.take(renewalsByKey, 2))
    // The budget of a source that was made by hand is not known: the shortest time to call a renewal lost.
    const made = makeRenewals(lostRenewalMillis(0))
    renewalsByKey.set(key, made)
    return Effect.as(Effect.forEach(oldest, forgetIdle, { discard: true }), made)
  })

/** Those that are not idle yet go to the end of the queue. */
const forgetIdle = ([key, renewals]: readonly [string, Renewals]): Effect.Effect<void> =>
  Effect.map(renewals.isIdle, (idle) => {
    renewalsByKey.delete(key)
    if (!idle) renewalsByKey.set(key, renewals)
  })

const merchantIn = (merchant: string): string =>
  merchant === "" ? "requests without a merchant serial number" : `merchant serial number ${merchant}`

const renewing = (merchant: string): string =>
  `a Vipps API refuses the access token (HTTP 401, ${merchantIn(merchant)}). A new token is being requested; refused ` +
  "requests are sent once more with it, all others keep the current one until then."

const pausing = (merchant: string): string =>
  `a Vipps API refuses a new access token as well (HTTP 401, ${merchantIn(merchant)}), so the token is not the ` +
  "reason. For 5 minutes such a refusal is handed to the caller without a new token. Check that these keys have " +
  "access to this merchant and to this API."

const failing = (cause: Cause.Cause<TokenRequestError>) => (): string =>
  "no new token could be obtained in place of the one that a Vipps API refuses. For 30 seconds such a refusal is " +
  `handed to the caller without a new attempt. ${reasonOf(cause)}`

const report = (source: TokenSource, merchant: string, text: (merchant: string) => string): Effect.Effect<void> =>
  Effect.suspend(() => Effect.logWarning(`${source.flow.label}: ${text(merchant)}`)).pipe(
    Effect.annotateLogs({ ...annotationsOf(source), "vipps.merchantSerialNumber": merchant }),
    ignoringDefects
  )

/** As the cache logs the refusals of the token endpoint. */
const logKeyRefusal = (source: TokenSource, error: TokenRequestError): Effect.Effect<void> =>
  Effect.logError(error.message).pipe(
    Effect.annotateLogs({ ...annotationsOf(source), "vipps.error": error._tag }),
    ignoringDefects
  )

const annotationsOf = ({ flow }: TokenSource) => ({
  "vipps.flow": flow.name,
  "vipps.label": flow.label,
  "vipps.key": flow.key
})

const reasonOf = (cause: Cause.Cause<TokenRequestError>): string =>
  Option.match(Cause.failureOption(cause), {
    onNone: () => "The token source ended with a defect.",
    onSome: ({ message }) => message
  })
