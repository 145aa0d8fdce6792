/** The sentences of token errors: what happened, why, what to do, and when the next attempt is due. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** Joins the parts of a message; empty ones are left out. */
export const sentence = (
  error: { readonly label: string; readonly nextAttemptAt: Option.Option<DateTime.Utc> },
  ...parts: ReadonlyArray<string>
): string =>
  [
    `${error.label}:`,
    ...parts,
    ifSome(error.nextAttemptAt, (at) => `No token request before ${DateTime.formatIso(at)}.`)
  ]
    .filter((part) => part !== "")
    .join(" ")

/** The words for a value, or no words without one. */
const ifSome = <A>(value: Option.Option<A>, say: (value: A) => string): string =>
  Option.match(value, { onNone: () => "", onSome: say })

export const inParentheses = (code: Option.Option<string>): string => ifSome(code, (code) => ` (${code})`)

export const quoted = (description: Option.Option<string>): string =>
  ifSome(description, (text) => `The server says: "${withoutIds(text)}"`)

/** Entra's texts end with ids and a time, which are fields of their own and tell a reader nothing. */
export const withoutIds = (text: string): string => text.replace(/ Trace ID: .*$/, "")

export const answer = (status: number, code: Option.Option<string>): string =>
  `HTTP ${status}${ifSome(code, (code) => ` ${code}`)}`

export const wait = (retryAfter: Option.Option<Duration.Duration>): string =>
  ifSome(retryAfter, (duration) => `The server asks to wait ${Duration.format(Duration.min(duration, longestWait))}.`)

/** `Duration.format` throws for what is much longer. An error that was read from a store may have any number in it. */
const longestWait = Duration.millis(Number.MAX_SAFE_INTEGER)

export const keyInWords = {
  clientId: "the client id",
  clientSecret: "the client secret",
  subscriptionKey: "the subscription key",
  unknown: "the keys"
} as const

const trouble = {
  network: "The token endpoint cannot be reached",
  timeout: "The token endpoint did not answer in time",
  server: "The token endpoint is in trouble",
  intermediary: "Something other than Vipps answered the token request"
} as const

const advice = {
  network: "Check the network, DNS, proxy and firewall on the way, or try again later.",
  timeout: "Check the network, DNS, proxy and firewall on the way, or try again later.",
  server: "This passes by itself; try again later.",
  intermediary: "Check the proxies and firewalls on the way, and the base URL."
} as const

/** The failure in words, with the status or the code of the network failure if known. */
export const troubleOf = (error: {
  readonly reason: keyof typeof trouble
  readonly status: Option.Option<number>
  readonly code: Option.Option<string>
}): string => {
  const detail = Option.match(error.status, {
    onNone: () => inParentheses(error.code),
    onSome: (status) => ` (${answer(status, error.code)})`
  })
  return `${trouble[error.reason]}${detail}.`
}

/** The hint of the error, or the usual advice for its reason. */
export const adviceOf = (reason: keyof typeof advice, hint: Option.Option<string>): string =>
  Option.getOrElse(hint, () => advice[reason])
