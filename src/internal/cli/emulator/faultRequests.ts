/** Reads `--fault NAME[:times|:always]`. */
import * as Either from "effect/Either"
import { faultCatalogue, faultNamed, type QueuedFault } from "../../emulator/control/faultCatalogue.js"
import { nearest } from "../arguments.js"

export const faultNames: ReadonlyArray<string> = faultCatalogue.map(({ name }) => name)

/** Left is a sentence. */
export const readFault = (text: string): Either.Either<QueuedFault, string> => {
  const [name = "", times = "1", ...rest] = text.split(":")
  const fault = faultNamed(name)
  if (Either.isLeft(fault)) {
    const near = nearest(name, faultNames)
    return Either.left(near === undefined ? fault.left : `There is no fault with that name. Did you mean ${near}?`)
  }
  const count = times === "always" ? Number.POSITIVE_INFINITY : /^[1-9]\d{0,8}$/.test(times) ? Number(times) : undefined
  return count === undefined || rest.length > 0
    ? Either.left(`--fault must be NAME, NAME:times or NAME:always, as in ${name}:3.`)
    : Either.right({ fault: fault.right, times: count })
}
