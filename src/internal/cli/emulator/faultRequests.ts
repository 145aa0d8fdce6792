/**
 * Reads `--fault NAME[:times|:always]`.
 */
import * as Either from "effect/Either"
import * as Predicate from "effect/Predicate"
import * as Fault from "../../emulator/faults/index.js"
import { nearest } from "../arguments.js"

export interface FaultRequest {
  readonly fault: Fault.Fault
  readonly times: number
}

/** Faults with settings of their own get those that a first try wants. */
const withSettings: Readonly<Record<string, () => Fault.Fault>> = {
  rateLimited: () => Fault.rateLimited(),
  rateLimitedUntilDate: () => Fault.rateLimitedUntilDate(),
  htmlServiceUnavailable: () => Fault.htmlServiceUnavailable({ retryAfter: "5 seconds" }),
  slow: () => Fault.slow("3 seconds"),
  drip: () => Fault.drip({ pause: "100 millis", bytes: 64 }),
  hugeBody: () => Fault.hugeBody(),
  wrongClock: () => Fault.wrongClock({ ahead: "1 hour" })
}

const isFault = (value: unknown): value is Fault.Fault => Predicate.hasProperty(value, "play")

/** Every fault that a name alone can ask for. */
const makers = new Map<string, () => Fault.Fault>([
  ...Object.values(Fault)
    .filter(isFault)
    .map((fault) => [fault.name, () => fault] as const),
  ...Object.entries(withSettings)
])

export const faultNames: ReadonlyArray<string> = [...makers.keys()].toSorted()

/** Left is a sentence. */
export const readFault = (text: string): Either.Either<FaultRequest, string> => {
  const [name = "", times = "1", ...rest] = text.split(":")
  const makeFault = makers.get(name)
  if (makeFault === undefined) {
    const near = nearest(name, faultNames)
    const known = near === undefined ? `They are ${faultNames.join(", ")}.` : `Did you mean ${near}?`
    return Either.left(`--fault names a fault that there is none of. ${known}`)
  }
  const count = times === "always" ? Number.POSITIVE_INFINITY : /^[1-9]\d{0,8}$/.test(times) ? Number(times) : undefined
  return count === undefined || rest.length > 0
    ? Either.left(`--fault is NAME, NAME:times or NAME:always, as in ${name}:3.`)
    : Either.right({ fault: makeFault(), times: count })
}
