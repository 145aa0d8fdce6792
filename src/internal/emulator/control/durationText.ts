/** Durations as people type them: `500ms`, `10s`, `5m`, `1h`, `2d`, or Effect's own `10 seconds`. */
import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

const units: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

export const parseDuration = (text: string): Option.Option<Duration.Duration> => {
  const [, amount, letters = "", word = ""] =
    /^(\d+(?:\.\d+)?)(?:(ms|s|m|h|d)|\s+(millis|seconds?|minutes?|hours?|days?))$/.exec(text.trim()) ?? []
  const unit = units[letters] ?? units[word === "millis" ? "ms" : word.charAt(0)]
  return amount === undefined || unit === undefined
    ? Option.none()
    : Option.some(Duration.millis(Number(amount) * unit))
}
