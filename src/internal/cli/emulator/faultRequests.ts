/**
 * Reads `--fault NAME[:times|:always]`. A fault that has options gets those of the catalogue's example if it cannot do
 * without any.
 */
import * as Either from "effect/Either"
import { type CatalogueEntry, faultCatalogue, type QueuedFault } from "../../emulator/control/faultCatalogue.js"
import { nearest } from "../arguments.js"

export const faultNames: ReadonlyArray<string> = faultCatalogue.map(({ name }) => name)

/** Left is a sentence. */
export const readFault = (text: string): Either.Either<QueuedFault, string> => {
  const [name = "", times = "1", ...rest] = text.split(":")
  const entry = faultCatalogue.find((one) => one.name === name)
  if (entry === undefined) {
    const near = nearest(name, faultNames)
    const known = near === undefined ? `They are ${faultNames.join(", ")}.` : `Did you mean ${near}?`
    return Either.left(`--fault names a fault that there is none of. ${known}`)
  }
  const count = times === "always" ? Number.POSITIVE_INFINITY : /^[1-9]\d{0,8}$/.test(times) ? Number(times) : undefined
  return count === undefined || rest.length > 0
    ? Either.left(`--fault is NAME, NAME:times or NAME:always, as in ${name}:3.`)
    : Either.map(makeFault(entry), (fault) => ({ fault, times: count }))
}

const makeFault = ({ make, options }: CatalogueEntry): ReturnType<CatalogueEntry["make"]> =>
  Either.orElse(make(undefined), (problem) =>
    options === undefined ? Either.left(problem) : make(JSON.parse(options))
  )
