/** What happens to the endpoint and the machine in the days of a soak test. */
import { type Answer, delayed, hanging, rateLimited, unavailable } from "../fixtures/scriptedFlow.js"

const second = 1000
const minute = 60 * second
const hour = 60 * minute
export const day = 24 * hour

/** How often a day, on the mean. */
const perDay = { outages: 2, throttlings: 2, slownesses: 2, jumps: 2, longJumps: 0.1, sleeps: 1 }

interface Spell {
  readonly from: number
  readonly until: number
  readonly answer: (calm: Answer) => Answer
}

export interface Weather {
  /** What the endpoint answers at that time after the beginning. */
  readonly answer: (millis: number, calm: Answer) => Answer
  /** By how much the wall clock jumps at certain times; forward, it may as well be a machine that slept. */
  readonly jumps: ReadonlyArray<{ readonly at: number; readonly millis: number }>
}

export const weather = (random: () => number, days: number): Weather => {
  const often = <A>(times: number, one: (at: number) => A): Array<A> =>
    Array.from({ length: Math.round(times * days) }, () => one(random() * days * day))

  const spells: ReadonlyArray<Spell> = [
    ...often(perDay.slownesses, (from) => {
      const slow = random() * 8 * second
      return { from, until: from + random() * hour, answer: (calm: Answer) => delayed(slow, calm) }
    }),
    ...often(perDay.throttlings, (from) => {
      const millis = Math.ceil(random() * 10) * minute
      return { from, until: from + millis, answer: () => rateLimited(millis) }
    }),
    ...often(perDay.outages, (from) => {
      const answer = random() < 0.3 ? hanging : unavailable()
      return { from, until: from + random() ** 3 * 2 * hour, answer: () => answer }
    })
  ]
  const jumps = [
    ...often(perDay.jumps, (at) => ({ at, millis: (random() - 0.5) * 20 * minute })),
    ...often(perDay.longJumps, (at) => ({ at, millis: random() < 0.5 ? day : -day })),
    ...often(perDay.sleeps, (at) => ({ at, millis: random() * 8 * hour }))
  ].map(({ at, millis }) => ({ at, millis: Math.round(millis) }))

  return {
    answer: (millis, calm) =>
      spells.reduce(
        (answer, spell) => (spell.from <= millis && millis < spell.until ? spell.answer(answer) : answer),
        calm
      ),
    jumps: jumps.sort((a, b) => a.at - b.at)
  }
}
