/** The pauses of a key's merchants, which may be 100,000: those that are over are forgotten. */
import { isPaused, type Pause, pauseFor, refusedReplayPauseMillis } from "../../core/renewal.js"

export interface MerchantPauses {
  readonly get: (merchant: string) => Pause | undefined
  /** Pauses a merchant, and tells whether the pause begins with this; one in force gets longer. */
  readonly pause: (merchant: string, nowMillis: number) => boolean
  /** How many are in force. */
  readonly size: (nowMillis: number) => number
}

export const makeMerchantPauses = (): MerchantPauses => {
  // All are of one length, so the first in the map is the first to end.
  const pauses = new Map<string, Pause>()
  const forgetEnded = (nowMillis: number): void => {
    for (const [merchant, pause] of pauses) {
      if (isPaused(pause, nowMillis)) return
      pauses.delete(merchant)
    }
  }
  return {
    get: (merchant) => pauses.get(merchant),
    pause: (merchant, nowMillis) => {
      forgetEnded(nowMillis)
      const known = pauses.get(merchant)
      pauses.delete(merchant)
      pauses.set(merchant, pauseFor(known, refusedReplayPauseMillis, nowMillis))
      return !isPaused(known, nowMillis)
    },
    size: (nowMillis) => {
      forgetEnded(nowMillis)
      return pauses.size
    }
  }
}
