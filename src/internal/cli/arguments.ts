/** What is wrong with arguments, in words. An argument's value is never repeated: somebody may have typed a secret. */
import type { Flag, Flags } from "./flags.js"

/** Names the first argument that a command does not take; undefined if all are in order. */
export const wrongArgument = (command: string, flags: Flags, given: ReadonlyArray<string>): string | undefined => {
  const known = new Map(Object.values(flags).map((flag) => [`--${flag.name}`, flag]))
  const seen = new Set<string>()
  for (let index = 0; index < given.length; index++) {
    const [name = "", inline] = splitInline(given[index] ?? "")
    if (!name.startsWith("-"))
      return `${command} takes no arguments, only flags.${command === "emulator" ? commandAdvice : ""}`
    const flag = known.get(name)
    if (flag === undefined) return unknownFlag(command, name, [...known.keys()])
    if (seen.has(name) && !flag.repeats) return `${name} is given twice.`
    seen.add(name)
    if (flag.placeholder === undefined) {
      if (inline !== undefined) return `${name} takes no value.`
      continue
    }
    const value = inline ?? given[++index]
    if (value === undefined || value === "" || (inline === undefined && isFlag(value))) {
      return `${name} needs a value: ${name} ${flag.placeholder}.`
    }
    if (!isAllowed(flag, value)) return `${name} is one of ${flag.choices?.join(", ")}.`
  }
  return undefined
}

const commandAdvice = " To run a command, put -- before it."

const splitInline = (argument: string): readonly [name: string, value: string | undefined] => {
  const equals = argument.startsWith("--") ? argument.indexOf("=") : -1
  return equals < 0 ? [argument, undefined] : [argument.slice(0, equals), argument.slice(equals + 1)]
}

/** A single dash stands for standard input. */
const isFlag = (value: string): boolean => value.startsWith("-") && value !== "-"

const isAllowed = ({ choices }: Flag<unknown>, value: string): boolean =>
  choices === undefined || choices.includes(value)

const unknownFlag = (command: string, name: string, known: ReadonlyArray<string>): string => {
  if (/secret|key|password|client-id/i.test(name)) {
    return (
      "No flag takes a key: arguments show in process lists and shell histories. " +
      "Use the VIPPS_ variables, --dotenv FILE, or --keys - with JSON on standard input."
    )
  }
  // The name that other tools have. Node takes it for itself, wherever it stands, and reads the file as its own.
  const near = name === "--env-file" ? "--dotenv" : nearest(name, known)
  const told = /^--?[a-z][a-z-]{0,30}$/.test(name) ? `${command} has no flag ${name}.` : `${command} has no such flag.`
  return near === undefined ? told : `${told} Did you mean ${near}?`
}

/** The known word that is at most two edits away. */
export const nearest = (word: string, known: ReadonlyArray<string>): string | undefined =>
  known
    .map((candidate) => ({ candidate, edits: editDistance(word.slice(0, 40), candidate) }))
    .filter(({ edits }) => edits <= 2)
    .toSorted((a, b) => a.edits - b.edits)[0]?.candidate

const editDistance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (const [index, character] of [...a].entries()) {
    const next = [index + 1]
    for (let column = 1; column <= b.length; column++) {
      const change = (row[column - 1] ?? 0) + (character === b[column - 1] ? 0 : 1)
      next.push(Math.min(change, (row[column] ?? 0) + 1, (next[column - 1] ?? 0) + 1))
    }
    row = next
  }
  return row[b.length] ?? 0
}
