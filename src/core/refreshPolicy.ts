/**
 * When to refresh and how long to hold back after a failure: arithmetic on milliseconds. Random numbers are arguments,
 * uniform in [0, 1).
 *
 *     ├───────────── fresh ─────────────┼──── due ────┼─ hard ─┤ expired
 *     asked for                         refreshAge    life−hard life
 *                              └────── soft window ───────────┘
 */

const second = 1000
const minute = 60 * second

/** The last part of a token's life, in which a caller may wait for its successor: a tenth, at most a minute. */
export const hardWindowMillis = (lifeMillis: number): number => Math.min(minute, lifeMillis / 10)

/**
 * The age at which a token is due, drawn once for each token: uniform in the first half of the soft window, so that a
 * fleet does not refresh in the same second (F20) and half the window is left for an outage (F21). The soft window is a
 * fraction of the life, so a short life is used for most of it (F16).
 *
 * Among many keys, those that are due within a 10,000th of their life are due in the same millisecond of the monotonic
 * clock, which `askedAtMillis` is by: the refresh fiber wakes once for them all.
 */
export const refreshAgeMillis = (
  lifeMillis: number,
  softWindow: number,
  random: number,
  askedAtMillis: number
): number => {
  const soft = lifeMillis * softWindow
  const drawn = lifeMillis - soft + (random * soft) / 2
  const step = lifeMillis / 10_000
  const together = Math.ceil(Math.floor((askedAtMillis + drawn) / step) * step) - askedAtMillis
  return Math.max(together, Math.ceil(lifeMillis - soft))
}

/** How a failed flight is held against the next one. */
export interface HoldInput {
  readonly kind: "terminal" | "transient" | "rateLimited"
  readonly retryAfterMillis: number | undefined
  /** Failed flights without a usable token since the last success. */
  readonly failures: number
  readonly random: number
}

/** The longest `Retry-After` that is obeyed while a token can be served. */
export const longestRetryAfterMillis = 60 * minute

/** The longest `Retry-After` that callers without a token are held back for. */
const longestRetryAfterWithoutToken = 5 * minute

/** The hold while a token can be served: a quarter of what is left of it, so that several attempts fit in (F22). */
export const holdWithTokenMillis = (failure: HoldInput, leftAtFailureMillis: number): number =>
  Math.max(
    (0.5 + failure.random / 2) * Math.min(leftAtFailureMillis / 4, 5 * minute),
    Math.min(failure.retryAfterMillis ?? 0, longestRetryAfterMillis)
  )

/** The hold while there is none to serve: seconds, since every call fails until it ends (F25). */
export const holdWithoutTokenMillis = (failure: HoldInput): number => {
  const retryAfter = Math.min(failure.retryAfterMillis ?? 0, longestRetryAfterWithoutToken)
  switch (failure.kind) {
    case "terminal":
      return second + 4 * second * failure.random
    case "transient":
      return Math.max((0.5 + failure.random / 2) * Math.min(second * 2 ** failure.failures, 30 * second), retryAfter)
    case "rateLimited":
      return (failure.retryAfterMillis === undefined ? unsaidRetryAfterMillis : retryAfter) * (1 + failure.random / 5)
  }
}

/** What a 429 without a `Retry-After` is taken to mean. */
const unsaidRetryAfterMillis = 30 * second

/** How long the background refreshes of a server's other keys are held back after a 429 to one of them. */
export const throttleMillis = (retryAfterMillis: number | undefined): number =>
  Math.min(retryAfterMillis ?? unsaidRetryAfterMillis, longestRetryAfterMillis)

/**
 * The wait before the attempt that follows a failed one within a flight: 200 ms × 2ⁿ, jittered, never under
 * `Retry-After` (F28).
 */
export const retryDelayMillis = (
  failure: Pick<HoldInput, "kind" | "retryAfterMillis">,
  failedAttempts: number,
  random: number
): number =>
  Math.max(
    (0.5 + random / 2) * 200 * 2 ** failedAttempts,
    failure.retryAfterMillis ?? (failure.kind === "rateLimited" ? unsaidRetryAfterMillis : 0)
  )

/** No unforced flight begins sooner after the one before it. */
export const flightSpacingMillis = second

/** How long a key is kept that nobody asks for: two lifetimes of its token, an hour if it has none (F33). */
export const idleMillis = (lifeMillis: number | undefined): number =>
  lifeMillis === undefined ? 60 * minute : 2 * lifeMillis

/** No timer is longer: longer ones overflow (F13) and oversleep with the machine (F14). */
export const longestTimerMillis = minute
