/**
 * Errors, defects and causes of the client below, reduced to a name, a code, and a text without secrets.
 *
 * They may repeat all that the client was given or has received: the request with its headers, the bytes of a malformed
 * answer, a header value in a message (F59).
 */
import * as Cause from "effect/Cause"
import { type SecretSearch, withoutSecrets } from "../../core/secretSearch.js"
import { property } from "../effect/property.js"

const maxDepth = 4

/** Makes a new error that describes another and its causes. It never throws, whatever the other one is. */
export const cleanedError = (error: unknown, holdsSecret: SecretSearch, depth = 0): Error => {
  const cause = depth < maxDepth ? property(error, "cause") : undefined
  const message = withoutSecrets(textOf(error), holdsSecret)
  const name = wordIn(property(error, "name"), holdsSecret) ?? "Error"
  const code = wordIn(property(error, "code"), holdsSecret)
  const cleaned = new Error(message, cause === undefined ? {} : { cause: cleanedError(cause, holdsSecret, depth + 1) })
  return Object.defineProperties(cleaned, {
    name: { value: name, configurable: true, writable: true },
    // Without the frames, which would be ours.
    stack: { value: message === "" ? name : `${name}: ${message}`, configurable: true, writable: true },
    ...(code === undefined ? {} : { code: { value: code, enumerable: true, configurable: true, writable: true } })
  })
}

/** The same cause with other failures, and with cleaned defects: a defect stays a defect, but carries nothing. */
export const cleanedCause = <E, E2>(
  cause: Cause.Cause<E>,
  onFail: (error: E) => E2,
  holdsSecret: SecretSearch
): Cause.Cause<E2> =>
  Cause.match<Cause.Cause<E2>, E>(cause, {
    onEmpty: Cause.empty,
    onFail: (error) => Cause.fail(onFail(error)),
    onDie: (defect) => Cause.die(cleanedError(defect, holdsSecret)),
    onInterrupt: Cause.interrupt,
    onSequential: Cause.sequential,
    onParallel: Cause.parallel
  })

const textOf = (error: unknown): string => {
  if (typeof error === "string") return error
  const message = property(error, "message")
  return typeof message === "string" ? message : ""
}

/** A name or a code, if it looks like one. */
const wordIn = (value: unknown, holdsSecret: SecretSearch): string | undefined =>
  typeof value === "string" && /^[A-Za-z0-9_$-]{1,64}$/.test(value) && !holdsSecret(value) ? value : undefined
