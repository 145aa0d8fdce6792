/** Errors as plain values: a sentence first, absent fields absent, no stack frames. */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import { NodeInspectSymbol, toJSON } from "effect/Inspectable"
import * as Option from "effect/Option"

/**
 * Makes a new error a plain value that prints as `toPlain`, and returns its message. Absent fields stay readable as
 * `None` but are not enumerable, so that no logger prints them (F53). A structured stack would keep the failed fiber
 * alive as long as the error (F62).
 */
export const asValue = (error: TaggedError, message: string): string => {
  const print = { value: () => toPlain(error), configurable: true }
  Object.defineProperties(error, { toJSON: print, [NodeInspectSymbol]: print })
  for (const [name, value] of Object.entries(error)) {
    if (Option.isOption(value) && Option.isNone(value)) Object.defineProperty(error, name, { enumerable: false })
  }
  if (Object.hasOwn(error, "cause")) Object.defineProperty(error, "cause", { enumerable: true })
  error.stack = `${error.name}: ${message}`
  return message
}

type TaggedError = Error & { readonly _tag: string }

/** The error as plain JSON: its message first, then its fields in their encoded form. */
const toPlain = (error: TaggedError): Readonly<Record<string, unknown>> => ({
  message: error.message,
  _tag: error._tag,
  ...Object.fromEntries(
    Object.entries(error)
      .filter(([name]) => name !== "message" && name !== "_tag")
      .map(([name, value]) => [name, plainValue(value)])
  )
})

const plainValue = (value: unknown): unknown => {
  if (Option.isOption(value)) return Option.isSome(value) ? plainValue(value.value) : undefined
  if (Duration.isDuration(value)) return Duration.toMillis(value)
  if (DateTime.isDateTime(value)) return DateTime.formatIso(value)
  return toJSON(value)
}
