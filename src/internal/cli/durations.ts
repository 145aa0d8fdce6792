/**
 * Durations as people type them: `500ms`, `10s`, `5m`, `1h`, `2d`, or Effect's own `10 seconds`.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { type CommandFailed, wrongUsage } from "./commandFailed.js"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

const parse = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, letters = "", word = ""] =
    /^(\d+(?:\.\d+)?)(?:(ms|s|m|h|d)|\s+(millis|seconds?|minutes?|hours?|days?))$/.exec(text.trim()) ?? []
  const unit = units[letters] ?? units[word === "millis" ? "ms" : word.charAt(0)]
  return amount === undefined || unit === undefined
    ? Option.none()
    : Option.some(Duration.millis(Number(amount) * unit))
}

/** Reads a flag's duration, which must be over zero and at most a year. */
export const durationFlag = (
  flag: string,
  given: Option.Option<string>
): Effect.Effect<Option.Option<Duration.Duration>, CommandFailed> =>
  Option.match(given, {
    onNone: () => Effect.succeedNone,
    onSome: (text) => {
      const parsed = Option.filter(parse(text), (duration) => isAllowed(Duration.toMillis(duration)))
      return Option.isSome(parsed)
        ? Effect.succeed(parsed)
        : Effect.fail(wrongUsage(`${flag} must be a duration such as 500ms, 10s, 5m or 1h, of a year at most.`))
    }
  })

const isAllowed = (millis: number): boolean => millis >= 1 && millis <= 365 * 86_400_000

export const defaultTimeout = Duration.seconds(10)
