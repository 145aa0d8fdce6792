/** The search for an error inside the reason of a rejected promise. */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"
import { property } from "../effect/property.js"

/** Real errors nest a few levels deep; a hostile one may be endless. */
const maxVisited = 1000

/** Finds the outermost matching value: in fiber failures, causes, exits, nested causes and aggregated errors. */
export const findInside = <A>(value: unknown, isWanted: (value: unknown) => value is A): Option.Option<A> => {
  const found = [value]
  const seen = new Set<unknown>(found)
  for (let index = 0; index < found.length; index++) {
    const candidate = found[index]
    if (isWanted(candidate)) return Option.some(candidate)
    for (const inner of contents(candidate)) {
      if (found.length >= maxVisited) break
      if (seen.has(inner)) continue
      seen.add(inner)
      found.push(inner)
    }
  }
  return Option.none()
}

/** The properties of errors, exits and settled promises that may be another error. */
const containers = ["cause", "errors", "error", "reason"]

/** Everything one level below a value. */
const contents = (value: unknown): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  const failures = Option.getOrElse(failuresOf(value), () => [])
  return [...failures, ...[...containers, Runtime.FiberFailureCauseId].map((name) => property(value, name))]
}

const failuresOf = Option.liftThrowable((value: object): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value.slice(0, maxVisited)
  return Cause.isCause(value) ? [...Cause.failures(value), ...Cause.defects(value)] : []
})
