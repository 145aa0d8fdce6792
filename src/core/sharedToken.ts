/**
 * What many processes agree on about one key's token: when what is in the store is taken over, how long it stays there,
 * and how long anybody waits for anybody.
 *
 * A store counts down by its own clock and answers with the time left; no instant is ever written, so processes whose
 * clocks differ agree. Many tokens may be valid at once: sharing saves requests, and nothing is wrong where it fails.
 */
import { ageMillis, type Failure, holdLeftMillis, leftMillis, type Reading, type TokenState } from "./tokenState.js"

/** A lease that is not renewed ends so soon: a dead owner holds nobody up for longer (F32). */
export const leaseMillis = 3000

/** How often the lease is renewed while its owner asks. */
export const heartbeatMillis = 1000

/** How long a store may take for one command. */
export const commandMillis = 250

/** The pause before a process that waits for another's token looks again: jittered, so that fifty do not look at once. */
export const pollMillis = (random: number): number => 50 + 200 * random

/** For how long a store that failed is left alone. */
export const skipMillis = (random: number): number => 5000 + 5000 * random

/** A token as processes share it: its life ends early by one lease. */
export interface SharedToken {
  readonly text: string
  readonly lifeMillis: number
}

/**
 * The life that other processes give a token. A write counts only while the lease is held, so one that was held up on
 * its way comes late by a lease's time at most; a store that counts down to so much before the end never shows a token
 * for longer than it lives, whatever pauses, networks and clocks do.
 */
export const sharedLifeMillis = (lifeMillis: number): number => lifeMillis - leaseMillis

/** How long a store keeps an entry: whole milliseconds, always finite (F34); nothing where it is not worth keeping. */
export const timeToLiveMillis = (millis: number): number | undefined => {
  const whole = Math.floor(millis)
  return Number.isSafeInteger(whole) && whole > 0 ? whole : undefined
}

/**
 * Whether a token of the store is taken over: one that can be used, is not the rejected one, and was asked for later
 * than the current one.
 */
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

/**
 * What is left of the hold after another's failure, for this process with the token that it has or has not: 0 where it
 * may ask by itself. A hold of minutes, taken by a process with a token, does not bind one without (C20).
 */
export const sharedHoldLeftMillis = <Token, Err>(
  state: TokenState<Token, Err>,
  failure: Failure<Err>,
  now: Reading
): number => holdLeftMillis({ ...state, failure }, now)

/** For how long a failure may bind anybody, with a token or without. */
export const failureMillis = <Token, Err>(state: TokenState<Token, Err>, failure: Failure<Err>, now: Reading): number =>
  Math.max(holdLeftMillis({ ...state, failure }, now), holdLeftMillis({ ...state, failure, held: undefined }, now))

/** A reading so long ago. */
export const earlier = (now: Reading, millis: number): Reading => ({
  wallMillis: now.wallMillis - millis,
  monotonicMillis: now.monotonicMillis - millis
})
