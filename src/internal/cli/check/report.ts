/** The report of `check`, for people and for programs. */
import type { CheckResult, Outcome } from "./checkResult.js"

export const reportAsJson = (results: ReadonlyArray<CheckResult>): string =>
  JSON.stringify({
    ok: results.every(({ outcome }) => outcome !== "fail"),
    checks: results.map(({ id, message, next, outcome }) => ({ id, outcome, message, next: next ?? null }))
  })

export const reportAsText = (results: ReadonlyArray<CheckResult>, isColourful: boolean): string =>
  results.map((result) => lines(result, isColourful).join("\n")).join("\n")

const width = "skipped".length

const lines = ({ id, message, next, outcome }: CheckResult, isColourful: boolean): ReadonlyArray<string> => {
  const word = outcome.padEnd(width)
  const shown = isColourful ? `\u001b[${colours[outcome]}m${word}\u001b[0m` : word
  const first = `${shown}  ${outcome === "skipped" ? `${spelledOut(id)}: ` : ""}${message}`
  return next === undefined || next === "" ? [first] : [first, `${" ".repeat(width)}  → ${next}`]
}

/** A step that was skipped has no sentence of its own that would say which it is. */
const spelledOut = (id: string): string => steps[id] ?? id

const steps: Readonly<Record<string, string>> = {
  reach: "Connection",
  clock: "Clock",
  "standard.token": "Token of the standard flow",
  "specialized.token": "Token of the specialized flow",
  "standard.otherEnvironment": "Standard flow in the other environment",
  "specialized.otherEnvironment": "Specialized flow in the other environment"
}

const colours: Readonly<Record<Outcome, number>> = { ok: 32, warn: 33, fail: 31, skipped: 90 }
