/**
 * F20: a thousand processes that start in the same second. As a script it prints how many token requests reach the
 * endpoint at the worst, by life and by lifetime since the start, and ends with 1 if tokens of an hour bring too many.
 */
import { fileURLToPath } from "node:url"
import { refreshAgeMillis } from "../../src/core/refreshTimes.js"
import { draws } from "../fixtures/draws.js"

const second = 1000
const minute = 60 * second

export const lives = { "15 min": 15 * minute, "1 h": 60 * minute, "24 h": 24 * 60 * minute }
export const softWindow = 0.25
const processes = 1000
export const lifetimes = 8

/** When the tokens of one process are asked for, from the first on: each is due at an age of its own. */
export const schedule = (
  lifeMillis: number,
  startMillis: number,
  refreshes: number,
  draw: () => number
): ReadonlyArray<number> => {
  const requestedAt = [startMillis]
  for (let at = startMillis; requestedAt.length <= refreshes; ) {
    at += refreshAgeMillis(lifeMillis, softWindow, draw())
    requestedAt.push(at)
  }
  return requestedAt
}

/** The most requests a second in any ten seconds, by a window that begins with each of them. */
export const peakPerSecond = (sortedMillis: ReadonlyArray<number>): number => {
  let most = 0
  let first = 0
  sortedMillis.forEach((at, index) => {
    while ((sortedMillis[first] ?? at) <= at - 10 * second) first += 1
    most = Math.max(most, index - first + 1)
  })
  return most / 10
}

export interface Wave {
  /** Which refresh of each process. */
  readonly refresh: number
  readonly peak: number
  /** Between the first process and the last. */
  readonly spreadMillis: number
}

export interface Fleet {
  readonly atStart: number
  /** From the first refresh on. */
  readonly peak: number
  readonly waves: ReadonlyArray<Wave>
}

export const fleet = (lifeMillis: number, seed: number): Fleet => {
  const schedules = Array.from({ length: processes }, (_, process) => {
    const draw = draws(seed * processes + process)
    return schedule(lifeMillis, draw() * second, lifetimes, draw)
  })
  const sorted = (times: ReadonlyArray<number>) => [...times].sort((a, b) => a - b)
  const waves = Array.from({ length: lifetimes }, (_, index) => {
    const times = sorted(schedules.map((requestedAt) => requestedAt[index + 1] ?? 0))
    return { refresh: index + 1, peak: peakPerSecond(times), spreadMillis: (times.at(-1) ?? 0) - (times[0] ?? 0) }
  })
  return {
    atStart: peakPerSecond(sorted(schedules.map((requestedAt) => requestedAt[0] ?? 0))),
    peak: peakPerSecond(sorted(schedules.flatMap((requestedAt) => requestedAt.slice(1)))),
    waves
  }
}

/** Requests a second, from tokens of an hour (F20). */
export const limit = 5

const main = (): void => {
  const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 21))
  console.log(`${processes} processes, started in the same second, seed ${seed}`)
  for (const [life, lifeMillis] of Object.entries(lives)) {
    const { atStart, peak, waves } = fleet(lifeMillis, seed)
    console.log(`\ntokens of ${life}: ${atStart} requests/s at the start, ${peak} at most from the first refresh on`)
    console.table(
      Object.fromEntries(
        waves.map(({ peak, refresh, spreadMillis }) => [
          `refresh ${refresh}`,
          { "peak, requests/s": peak, "spread, s": Math.round(spreadMillis / second) }
        ])
      )
    )
    if (lifeMillis === lives["1 h"] && peak >= limit) {
      console.error(`broken: tokens of an hour stay under ${limit} requests/s`)
      process.exitCode = 1
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
