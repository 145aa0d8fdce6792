/** Durations of flags. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { parseDuration } from "../emulator/control/durationText.js"
import { type CommandFailed, wrongUsage } from "./commandFailed.js"

/** Reads a flag's duration, which must be over zero and at most a year. */
export const durationFlag = (
  flag: string,
  given: Option.Option<string>
): Effect.Effect<Option.Option<Duration.Duration>, CommandFailed> =>
  Option.match(given, {
    onNone: () => Effect.succeedNone,
    onSome: (text) => {
      const parsed = Option.filter(parseDuration(text), (duration) => isAllowed(Duration.toMillis(duration)))
      return Option.isSome(parsed)
        ? Effect.succeed(parsed)
        : Effect.fail(wrongUsage(`${flag} must be a duration such as 500ms, 10s, 5m or 1h, of a year at most.`))
    }
  })

const isAllowed = (millis: number): boolean => millis >= 1 && millis <= 365 * 86_400_000

export const defaultTimeout = Duration.seconds(10)
