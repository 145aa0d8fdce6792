/**
 * The search for an error inside whatever a rejected promise holds.
 */
import * as Cause from "effect/Cause"
import * as Option from "effect/Option"
import * as Runtime from "effect/Runtime"

/** Real errors nest a few levels deep; a hostile one may be endless. */
const maxVisited = 1000

/** Finds the outermost value that is wanted: in fiber failures, causes, exits, nested causes and aggregated errors. */
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

/** Everything one level below a value. */
const contents = (value: unknown): ReadonlyArray<unknown> => {
  if (typeof value !== "object" || value === null) return []
  const failures = Option.getOrElse(failuresOf(value), () => [])
  return [...failures, ...["cause", "errors", Runtime.FiberFailureCauseId].flatMap((name) => read(value, name))]
}

const failuresOf = Option.liftThrowable((value: object): ReadonlyArray<unknown> => {
  if (Array.isArray(value)) return value.slice(0, maxVisited)
  return Cause.isCause(value) ? [...Cause.failures(value), ...Cause.defects(value)] : []
})

/** A getter or a proxy may throw: what cannot be read is not there. */
const read = (value: object, name: PropertyKey): ReadonlyArray<unknown> =>
  Option.toArray(Option.filter(propertyOf(value, name), (inner) => typeof inner === "object" && inner !== null))

const propertyOf = Option.liftThrowable((value: object, name: PropertyKey): unknown => Reflect.get(value, name))
