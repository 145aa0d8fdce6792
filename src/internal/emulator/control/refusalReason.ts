/** The reason for a refusal, in a sentence: the words of the answer, and the fault that caused it. */
import * as Option from "effect/Option"
import * as Predicate from "effect/Predicate"
import * as Schema from "effect/Schema"
import type { Exchange } from "../emulator.js"
import { asText } from "../faults/fault.js"
import type { Answer } from "../wire/exchange.js"

const decodeJson = Schema.decodeUnknownOption(Schema.parseJson())

/** Returns the reason, or null for an answer that is not a refusal. */
export const refusalReason = (
  answer: Answer,
  { fault, isUnknownPath }: Exchange,
  maskText: (text: string) => string
): string | null => {
  const shaped = fault === undefined ? undefined : `Fault ${fault.name}.`
  if (isUnknownPath) return "The emulator does not have this path."
  if (answer.status < 400) return shaped ?? null
  const body = Option.getOrUndefined(decodeJson(asText(answer)))
  const said = firstText(body, ["message", "error_description", "detail", "error"]) ?? nestedMessage(body)
  const details = said === undefined ? undefined : maskText(said.split("\r\n")[0] ?? "").slice(0, 300)
  return [shaped, details, fieldsOf(body)].filter(Predicate.isNotUndefined).join(" ") || null
}

const firstText = (body: unknown, names: ReadonlyArray<string>): string | undefined => {
  for (const name of names) {
    const value = Predicate.hasProperty(body, name) ? body[name] : undefined
    if (Predicate.isString(value)) return value
  }
  return undefined
}

/** The message of the gateway, which is nested. */
const nestedMessage = (body: unknown): string | undefined =>
  Predicate.hasProperty(body, "responseInfo") ? firstText(body.responseInfo, ["responseMessage"]) : undefined

/** The invalid fields of a problem. */
const fieldsOf = (body: unknown): string | undefined => {
  const details = Predicate.hasProperty(body, "extraDetails") ? body.extraDetails : undefined
  if (!Array.isArray(details)) return undefined
  const fields = details.map((detail: unknown) =>
    [firstText(detail, ["name"]), firstText(detail, ["reason"])].join(": ")
  )
  return fields.length === 0 ? undefined : `(${fields.join("; ")})`
}
