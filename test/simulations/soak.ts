/**
 * Many virtual days of one key: outages, throttling, a wall clock that jumps, a machine that sleeps, and callers who
 * ask all the time. As a script it prints thirty of them for each of three lives, and ends with 1 if a promise is
 * broken.
 */
import { fileURLToPath } from "node:url"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Logger from "effect/Logger"
import * as LogLevel from "effect/LogLevel"
import * as Random from "effect/Random"
import * as Scope from "effect/Scope"
import type { AccessToken } from "../../src/AccessToken.js"
import { cacheWith, text } from "../fixtures/caches.js"
import { draws } from "../fixtures/draws.js"
import { Machine } from "../fixtures/machine.js"
import { type Answer, granted, scriptedFlow } from "../fixtures/scriptedFlow.js"
import { day, weather } from "./weather.js"

const second = 1000
const minute = 60 * second
const startOfWall = 1_700_000_000_000

export interface Soaked {
  readonly calls: number
  /** Calls that were given a token that had run out, by whichever clock; within a minute of a jump back that may be. */
  readonly expiredServed: number
  /** Calls that failed, and those that did while the newest token had not run out. */
  readonly failed: number
  readonly failedWhileValid: number
  /** Calls that took longer than a second while a token worked. */
  readonly slowWhileValid: number
  readonly requests: number
  /** Requests that brought a token, and how many that would have been if nothing had ever gone wrong. */
  readonly granted: number
  readonly ideal: number
}

interface Grant {
  readonly wallMillis: number
  readonly monotonicMillis: number
}

export const soak = (lifeMillis: number, days: number, seed: number): Soaked => {
  const random = draws(seed)
  const { answer, jumps } = weather(random, days)
  const machine = new Machine(startOfWall)
  const grants = new Map<string, Grant>()
  let newest: string | undefined

  const calm: Answer = (asked) => {
    const { monotonicMillis } = machine
    return Effect.tap(granted(lifeMillis)(asked), (token) => {
      newest = text(token)
      grants.set(newest, { wallMillis: asked.atMillis, monotonicMillis })
    })
  }
  const flow = scriptedFlow()
  flow.otherwise((asked) => answer(machine.monotonicMillis, calm)(asked))

  const scope = machine.run(Scope.make())
  const source = machine.run(
    Effect.flatMap(cacheWith(), (cache) => cache.source(flow)).pipe(
      Effect.withRandom(Random.make(seed)),
      Logger.withMinimumLogLevel(LogLevel.None),
      Scope.extend(scope)
    )
  )

  /** For how long the token has run out, by whichever clock says more. */
  const overMillis = (token: string): number => {
    const grant = grants.get(token)
    if (grant === undefined) return Number.POSITIVE_INFINITY
    const passed = Math.max(machine.wallMillis - grant.wallMillis, machine.monotonicMillis - grant.monotonicMillis)
    return passed - lifeMillis
  }
  const isValid = () => newest !== undefined && overMillis(newest) < 0

  const seen = { calls: 0, expiredServed: 0, failed: 0, failedWhileValid: 0, slowWhileValid: 0 }
  let jumpedBackAt = Number.NEGATIVE_INFINITY

  const answered = (exit: Exit.Exit<AccessToken, unknown>, calledAt: number, validAtCall: boolean): void => {
    const now = machine.monotonicMillis
    if (Exit.isInterrupted(exit)) return
    if (Exit.isFailure(exit)) {
      seen.failed += 1
      if (isValid()) seen.failedWhileValid += 1
    } else if (overMillis(text(exit.value)) >= (now - jumpedBackAt <= minute ? minute : 0)) seen.expiredServed += 1
    if (validAtCall && isValid() && now - calledAt > second) seen.slowWhileValid += 1
  }

  const call = (): void => {
    seen.calls += 1
    const calledAt = machine.monotonicMillis
    const validAtCall = isValid()
    machine.fork(source.get).addObserver((exit) => answered(exit, calledAt, validAtCall))
  }

  let leaps = 0
  const mean = meanRefreshAge(lifeMillis)
  for (const { at, millis } of [...jumps, { at: days * day, millis: 0 }]) {
    while (machine.monotonicMillis < at) {
      machine.pass(Math.min(at - machine.monotonicMillis, Math.ceil(random() * 20 * second)))
      call()
      machine.rest()
    }
    // What happens while a machine sleeps, or is skipped by a clock, is one refresh at most.
    leaps += Math.min(1, Math.max(0, millis / mean))
    if (millis < 0) jumpedBackAt = machine.monotonicMillis
    machine.moveWall(millis)
  }
  machine.run(Scope.close(scope, Exit.void))

  return {
    ...seen,
    requests: flow.sentAt.length,
    granted: grants.size,
    ideal: machine.monotonicMillis / mean + leaps
  }
}

/** The draws are uniform in the first half of the last quarter of the life. */
const meanRefreshAge = (lifeMillis: number): number => lifeMillis * (1 - 0.25 * 0.75)

export const lives = { "15 min": 15 * minute, "1 h": 60 * minute, "24 h": day }

/** The promises that a soak breaks. */
export const brokenPromises = (soaked: Soaked): ReadonlyArray<string> =>
  Object.entries({
    "no expired token is served": soaked.expiredServed === 0,
    "no call fails while a token is valid": soaked.failedWhileValid === 0,
    "no call takes over a second while a token is valid": soaked.slowWhileValid === 0,
    "as many tokens are obtained as time calls for, give or take a fifth":
      Math.abs(soaked.granted / soaked.ideal - 1) <= 0.2
  }).flatMap(([promise, kept]) => (kept ? [] : [promise]))

const main = (): void => {
  const seed = Number(process.argv[2] ?? Math.floor(Math.random() * 2 ** 31))
  console.log(`30 virtual days, seed ${seed}`)
  const soaks = Object.entries(lives).map(([life, lifeMillis]) => ({ life, soaked: soak(lifeMillis, 30, seed) }))
  const row = (soaked: Soaked) => ({
    ...soaked,
    ideal: Math.round(soaked.ideal),
    "granted / ideal": Number((soaked.granted / soaked.ideal).toFixed(2))
  })
  console.table(Object.fromEntries(soaks.map(({ life, soaked }) => [life, row(soaked)])))
  for (const { life, soaked } of soaks) {
    for (const promise of brokenPromises(soaked)) {
      console.error(`broken with tokens of ${life}: ${promise}`)
      process.exitCode = 1
    }
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main()
