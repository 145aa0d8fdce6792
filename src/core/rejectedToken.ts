/**
 * What a 401 from an API calls for. It does not always mean that the token is bad: one merchant of a partner without
 * rights answers 401 as well, and must not cost the partner's other merchants their token (F10, F26).
 */

/** A token that was asked for so recently is not the reason. One from the future says that the clock was set back. */
const youngMillis = 30_000

/** After a replay that was refused as well, 401s start no renewal for so long. */
export const refusedReplayPauseMillis = 5 * 60_000

/** After a renewal that failed, 401s start no other for so long. */
export const failedRenewalPauseMillis = 30_000

export interface Rejection {
  /** The token that was rejected is not the current one any more. */
  readonly replaced: boolean
  readonly ageMillis: number
  readonly expired: boolean
  /** What is left of the pause after a refused replay. */
  readonly pauseLeftMillis: number
  readonly replayable: boolean
}

/**
 * `replay`: send the request again with the current token. `renew`: renew the token, then send the request again if it
 * can be. `accept`: hand the 401 through.
 */
export const decideRejection = (rejection: Rejection): "replay" | "renew" | "accept" => {
  if (rejection.replaced) return rejection.replayable ? "replay" : "accept"
  if (rejection.pauseLeftMillis > 0) return "accept"
  const young = rejection.ageMillis >= 0 && rejection.ageMillis < youngMillis
  return young && !rejection.expired ? "accept" : "renew"
}
