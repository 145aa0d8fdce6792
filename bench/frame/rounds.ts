/**
 * Rounds: every case is measured once in each of them, so that whatever disturbs the machine disturbs all cases alike.
 */

export interface Case {
  readonly name: string
  /** Measures once, and answers the figure. */
  readonly measure: () => number | Promise<number>
}

/** The figures of every case, in the order of the rounds. */
export type Figures = ReadonlyMap<string, ReadonlyArray<number>>

/**
 * Each round begins with another case, and every second goes backwards, so that none always follows the same: who comes
 * next pays for part of the garbage.
 */
export const interleave = async (cases: ReadonlyArray<Case>, rounds: number): Promise<Figures> => {
  const figures = new Map(cases.map(({ name }) => [name, [] as number[]]))
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < cases.length; turn++) {
      const step = round % 2 === 0 ? turn : cases.length - 1 - turn
      const now = cases[(round + step) % cases.length]
      if (now !== undefined) figures.get(now.name)?.push(await now.measure())
    }
  }
  return figures
}

const sorted = (values: ReadonlyArray<number>) => values.toSorted((a, b) => a - b)

/** NaN where nothing was measured. */
export const median = (values: ReadonlyArray<number>): number => {
  const ascending = sorted(values)
  const above = ascending[ascending.length >> 1] ?? Number.NaN
  const below = ascending[(ascending.length - 1) >> 1] ?? Number.NaN
  return (above + below) / 2
}

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

export const spread = (values: ReadonlyArray<number>): Spread => ({
  min: Math.min(...values),
  median: median(values),
  max: Math.max(...values)
})

/** The ratio of two cases, in each round. */
export const ratios = (figures: Figures, of: string, to: string): ReadonlyArray<number> => {
  const base = figures.get(to) ?? []
  return (figures.get(of) ?? []).map((figure, round) => figure / (base[round] ?? Number.NaN))
}

/** The median of the ratios within each round: noise that lasts for a round falls out of it. */
export const ratio = (figures: Figures, of: string, to: string): number => median(ratios(figures, of, to))
