/**
 * Rules that processes agree on about one key's token: which entries of a store they adopt, how long entries stay
 * there, and how long a process waits for another.
 *
 * The store counts down by its own clock and answers with the time left, so processes with different clocks agree. The
 * wall clock has one use: to reject an entry that is far older than its life, which somebody has put back or stretched
 * (F65). Sharing only saves requests; correctness does not depend on it.
 */
import {
  ageMillis,
  backOffAfterMillis,
  type FailedFlight,
  leftMillis,
  type Reading,
  type TokenState,
  usable
} from "./tokenPhases.js"

/** The duration of a lease. A dead owner delays the other processes for no longer (F32). */
export const leaseMillis = 3000

/** The interval at which the owner renews its lease. */
export const heartbeatMillis = 1000

/** The time limit of one store command. */
export const commandMillis = 250

/** The pause before the next claim of a busy key: jittered, so that fifty processes do not claim at once. */
export const pollMillis = (random: number): number => 50 + 200 * random

/** The time for which a failed store is skipped. */
export const skipMillis = (random: number): number => 5000 + 5000 * random

/** The number of commands that must succeed in a row before a failed store counts as recovered. */
export const recoveredAfter = 3

/** The number of entries of no use after which a flight stops claiming: no well-behaved store has that many (F69). */
export const mostUselessEntries = 4

/**
 * How long a flight waits for the lease's owner: half its budget, or at most one lease when callers have no token
 * (F61). The other half is left for a request of its own.
 */
export const busyWaitMillis = (state: TokenState<unknown, unknown>, budgetMillis: number, now: Reading): number =>
  usable(state, now) === undefined ? Math.min(leaseMillis, budgetMillis / 2) : budgetMillis / 2

/** A token as processes share it: its life ends early by one lease. */
export interface SharedToken {
  readonly text: string
  readonly lifeMillis: number
}

/**
 * The life that other processes give a token: one lease shorter. A write succeeds only while its owner holds the lease,
 * so it arrives at most one lease late, and a store never returns a token that has expired.
 */
export const sharedLifeMillis = (lifeMillis: number): number => lifeMillis - leaseMillis

/** The time that a store keeps an entry, in whole milliseconds, always finite (F34). Undefined: not worth keeping. */
export const timeToLiveMillis = (millis: number): number | undefined => {
  const whole = Math.floor(millis)
  return Number.isSafeInteger(whole) && whole > 0 ? whole : undefined
}

/** The largest difference between the wall clocks of two processes that share tokens. */
export const clockDifferenceMillis = 2 * 3_600_000

/**
 * The time left of an entry, 0 or less if it counts as absent (F65). The store's answer can be stretched by anyone
 * who may write to the store, the sealed time at which the entry was made cannot. The two are comparable up to the
 * difference of the clocks only: a stricter rule would drop honest entries of a process whose clock is behind.
 */
export const entryLeftMillis = (
  storeLeftMillis: number,
  lifeMillis: number,
  madeAtMillis: number,
  now: Reading
): number => {
  const age = now.wallMillis - madeAtMillis
  return age < -clockDifferenceMillis ? 0 : Math.min(storeLeftMillis, lifeMillis + clockDifferenceMillis - age)
}

/** Whether to adopt a token of the store: it works, is not the rejected one, and is newer than the current one. */
export const isAdoptable = (
  state: TokenState<unknown, unknown>,
  shared: SharedToken,
  sharedLeftMillis: number,
  now: Reading
): boolean => {
  const { held, rejected } = state
  if (!(sharedLeftMillis > 0 && sharedLeftMillis <= shared.lifeMillis) || shared.text === rejected) return false
  if (held === undefined) return true
  const newer = shared.lifeMillis - sharedLeftMillis < ageMillis(held, now)
  return shared.text !== held.text && (newer || leftMillis(held, now) <= 0)
}

/** The longest time for which a failure binds any process, with a token or without. */
export const failureMillis = (
  state: TokenState<unknown, unknown>,
  failure: FailedFlight<unknown>,
  now: Reading
): number => Math.max(backOffAfterMillis(failure, usable(state, now), now), backOffAfterMillis(failure, undefined, now))
