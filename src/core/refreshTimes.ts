/**
 * The times of refreshes, and of the back-off after a failure: arithmetic on milliseconds. Random numbers are
 * arguments, uniform in [0, 1).
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
 */
export const refreshAgeMillis = (lifeMillis: number, softWindow: number, random: number): number => {
  const soft = lifeMillis * softWindow
  return Math.ceil(lifeMillis - soft + (random * soft) / 2)
}

/** The parts of a failure that its back-off depends on. */
export interface BackOffInput {
  readonly kind: "terminal" | "transient" | "rateLimited"
  readonly retryAfterMillis: number | undefined
  /** Failed flights without a usable token since the last success. */
  readonly failuresWithoutToken: number
  readonly random: number
}

/** No attempt begins with less than this left of its budget: cut off, it would hide why the one before has failed. */
export const shortestAttemptMillis = second

/** The longest `Retry-After` that is obeyed with a token, and by a forced refresh. */
export const longestRetryAfterMillis = 60 * minute

/** The longest `Retry-After` that callers without a token are held back for. */
const longestRetryAfterWithoutToken = 5 * minute

/** What a 429 without a `Retry-After` is taken to mean. */
const unsaidRetryAfterMillis = 30 * second

/** Half to all of it. */
const jittered = (millis: number, random: number): number => (0.5 + random / 2) * millis

/**
 * The back-off while a token can be served: a quarter of what is left of it, so that several attempts fit in (F22), but
 * never so short that its last seconds are a storm (F43).
 */
export const backOffWithTokenMillis = (
  failure: BackOffInput,
  leftAtFailureMillis: number,
  lifeMillis: number
): number =>
  Math.max(
    jittered(Math.min(leftAtFailureMillis / 4, 5 * minute), failure.random),
    Math.min(5 * second, lifeMillis / 100),
    Math.min(failure.retryAfterMillis ?? 0, longestRetryAfterMillis)
  )

/**
 * The back-off without a token: seconds, since every call fails until it ends (F25). It grows to a minute while the
 * keys are refused (F43), to half a minute in an outage or while a server asks for fewer requests, and is never shorter
 * than a `Retry-After` (F28, F44). That one is stretched by up to a fifth: a whole fleet may have been told the same.
 */
export const backOffWithoutTokenMillis = ({
  failuresWithoutToken,
  kind,
  random,
  retryAfterMillis
}: BackOffInput): number => {
  const said = retryAfterMillis ?? (kind === "rateLimited" ? unsaidRetryAfterMillis : 0)
  const [first, longest] = kind === "terminal" ? [5 * second, minute] : [second, 30 * second]
  return Math.max(
    jittered(Math.min(first * 2 ** failuresWithoutToken, longest), random),
    Math.min(said, longestRetryAfterWithoutToken) * (1 + random / 5)
  )
}

/** How long a 429 to one key delays the background refreshes of the other keys of its server (F64). */
export const throttleMillis = (retryAfterMillis: number | undefined): number =>
  Math.min(retryAfterMillis ?? unsaidRetryAfterMillis, minute)

/**
 * The wait before the attempt that follows a failed one within a flight: 200 ms × 2ⁿ, jittered, never under
 * `Retry-After` (F28).
 */
export const retryDelayMillis = (
  failure: Pick<BackOffInput, "kind" | "retryAfterMillis">,
  failedAttempts: number,
  random: number
): number =>
  Math.max(
    jittered(200 * 2 ** failedAttempts, random),
    failure.retryAfterMillis ?? (failure.kind === "rateLimited" ? unsaidRetryAfterMillis : 0)
  )

/** No unforced flight begins sooner after the one before it. */
export const flightSpacingMillis = second

/** How long a key is kept without being asked for: two lifetimes of its token, an hour if it has none (F33). */
export const idleMillis = (lifeMillis: number | undefined): number =>
  lifeMillis === undefined ? 60 * minute : 2 * lifeMillis

/** No timer is longer: longer ones overflow (F13) and oversleep with the machine (F14). */
export const longestTimerMillis = minute
