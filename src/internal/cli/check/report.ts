/**
 * The report of `check`, for people and for programs.
 */
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
  const first = `${shown}  ${outcome === "skipped" ? `${id}: ` : ""}${message}`
  return next === undefined || next === "" ? [first] : [first, `${" ".repeat(width)}  → ${next}`]
}

const colours: Readonly<Record<Outcome, number>> = { ok: 32, warn: 33, fail: 31, skipped: 90 }
