import * as Duration from "effect/Duration"
import * as Option from "effect/Option"

/** Reads a duration. `Duration.decodeUnknown` itself turns negative numbers and NaN into 0. */
export const readDuration = (given: unknown): Option.Option<Duration.Duration> =>
  typeof given === "number" && !(given >= 0) ? Option.none() : Duration.decodeUnknown(given)
