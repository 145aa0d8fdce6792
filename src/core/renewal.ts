/**
 * Rules for renewing a token that an API has refused with a 401.
 *
 * A 401 does not always mean that the token is bad: the partner may have no rights for the merchant. One try with a new
 * token shows which it is. So a refused request
 *
 * - is sent again with the current token, if that is another one by now;
 * - else joins the renewal in flight, or begins one: at most one in 30 seconds for a key;
 * - and if it is refused with a token that was renewed for it, pauses renewals for its own merchant alone.
 *
 * Everything here is a value: the shell keeps one `KeyRenewal` for each key, and the pauses of its merchants.
 */

/** A key begins at most one renewal in this time. */
export const renewalIntervalMillis = 30_000

/** After a renewal that failed, a key begins no other for so long. */
export const failedRenewalPauseMillis = 30_000

/** After a replay that was refused as well, a merchant's 401s begin no renewal for so long. */
export const refusedReplayPauseMillis = 5 * 60_000

/** After the refusal of a key's subscription key was logged, no other is for so long. */
export const keyRefusalPauseMillis = 5 * 60_000

/**
 * A renewal of this age is lost: its process was frozen, or its request has ended on an edge worker (F41). One that
 * lives may wait for a flight and for a `Retry-After` before its own, each for a budget.
 */
export const lostRenewalMillis = (requestBudgetMillis: number): number => Math.max(60_000, 3 * requestBudgetMillis)

/** A time in which something is left undone: 401s begin no renewal, or a refusal is not logged. */
export interface Pause {
  readonly fromMillis: number
  readonly untilMillis: number
}

/**
 * Tells whether a pause is in force. A wall clock that was set back ends it: nobody knows how long it has lasted (F15).
 */
export const isPaused = (pause: Pause | undefined, nowMillis: number): boolean =>
  pause !== undefined && nowMillis >= pause.fromMillis && nowMillis < pause.untilMillis

/** A pause from now on, which never ends before the one in force. */
export const pauseFor = (pause: Pause | undefined, millis: number, nowMillis: number): Pause => ({
  fromMillis: nowMillis,
  untilMillis: Math.max(nowMillis + millis, pause !== undefined && isPaused(pause, nowMillis) ? pause.untilMillis : 0)
})

/** What is known of the renewals of one key. */
export interface KeyRenewal {
  /** When the renewal in flight began. */
  readonly begunAtMillis: number | undefined
  /** Until when no other begins. */
  readonly pause: Pause | undefined
}

export const noRenewal: KeyRenewal = { begunAtMillis: undefined, pause: undefined }

export interface Rejection {
  /** Whether the refused token has been replaced since. */
  readonly replaced: boolean
  /** The pause of the request's merchant. */
  readonly merchantPause: Pause | undefined
  /** The age at which a renewal in flight is lost. */
  readonly lostMillis: number
}

/**
 * `replay`: send the request again with the current token. `begin`: begin a renewal. `join`: wait for the one in
 * flight. `accept`: hand the 401 to the caller.
 */
export type RejectionDecision = "replay" | "begin" | "join" | "accept"

/** Decides what a 401 calls for, and returns the key's next state with it. */
export const decideRejection = (
  key: KeyRenewal,
  { lostMillis, merchantPause, replaced }: Rejection,
  nowMillis: number
): readonly [RejectionDecision, KeyRenewal] => {
  if (replaced) return ["replay", key]
  if (isPaused(merchantPause, nowMillis)) return ["accept", key]
  if (isInFlight(key, lostMillis, nowMillis)) return ["join", key]
  if (isPaused(key.pause, nowMillis)) return ["accept", key]
  return ["begin", { begunAtMillis: nowMillis, pause: pauseFor(key.pause, renewalIntervalMillis, nowMillis) }]
}

/** The renewal in flight has ended; a failed one pauses the next. */
export const renewalEnded = (key: KeyRenewal, succeeded: boolean, nowMillis: number): KeyRenewal => ({
  begunAtMillis: undefined,
  pause: succeeded ? key.pause : pauseFor(key.pause, failedRenewalPauseMillis, nowMillis)
})

/** Tells whether nothing is pending, so that the state may be forgotten. */
export const isIdle = (key: KeyRenewal, lostMillis: number, nowMillis: number): boolean =>
  !isInFlight(key, lostMillis, nowMillis) && !isPaused(key.pause, nowMillis)

/** A wall clock that was set back leaves a renewal of unknown age, which is waited for. */
const isInFlight = ({ begunAtMillis }: KeyRenewal, lostMillis: number, nowMillis: number): boolean =>
  begunAtMillis !== undefined && nowMillis - begunAtMillis < lostMillis
