/** One line for each request that the emulator has answered. Keys and tokens in a path are masked by the emulator. */
import * as DateTime from "effect/DateTime"
import type { JournalEntry } from "../../emulator/control/schemas.js"

export type LogFormat = "pretty" | "json" | "none"

/** Returns the line; undefined if there is none. */
export const logLine = (format: LogFormat, entry: JournalEntry): string | undefined => {
  switch (format) {
    case "none":
      return undefined
    case "pretty":
      return pretty(entry)
    case "json": {
      const { client, fault, flow, id, merchant, method, millis, outcome, path, reason, status } = entry
      return JSON.stringify({
        time: timeOf(entry),
        id,
        method,
        path,
        status,
        millis,
        flow,
        client,
        merchant,
        fault,
        outcome,
        reason
      })
    }
  }
}

const timeOf = ({ time }: JournalEntry): string => DateTime.formatIso(DateTime.unsafeMake(time))

const pretty = (entry: JournalEntry): string =>
  [
    timeOf(entry).slice(11, 23),
    entry.method.padEnd(4),
    entry.path,
    entry.status ?? entry.outcome,
    entry.millis === null ? undefined : `${Math.round(entry.millis)} ms`,
    entry.client,
    entry.fault === null ? undefined : `fault ${entry.fault}`,
    entry.reason
  ]
    .filter((part) => part !== undefined && part !== null)
    .join("  ")
