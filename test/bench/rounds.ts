import { type BenchContext, sized } from './bench.ts'
import { medianOfEach, rounded } from './statistics.ts'

const ROUNDS = 5
const ROUNDS_QUICK = 2

/** Figures by their names. */
export type Figures<Key extends string> = Readonly<Record<Key, number>>

/**
 * Runs a round several times and returns the median of each figure. A round measures the product
 * and its peer one after the other, so that a slow moment of the machine does not fall on one alone.
 */
export async function medianOfRounds<Key extends string>(
  context: BenchContext,
  round: (index: number) => Promise<Figures<Key>>,
): Promise<Figures<Key>> {
  const all: Figures<Key>[] = []
  const count = sized(context, ROUNDS, ROUNDS_QUICK)
  for (let index = 1; index <= count; index += 1) {
    const figures = await round(index)
    context.say(`round ${index} of ${count}: ${shown(figures)}`)
    all.push(figures)
  }
  const medians = medianOfEach(all)
  context.say(`median of ${count} rounds: ${shown(medians)}`)
  return medians
}

function shown(figures: Figures<string>): string {
  return Object.entries(figures)
    .map(([key, figure]) => `${key} ${rounded(figure)}`)
    .join(', ')
}
