import t from 'tap'

import { randomOf } from '../../../chaos/random.ts'
import { binomial, bursty, normal, poisson } from './draws.ts'

const DRAWS = 40_000

/** Mean and variance of many draws. */
function momentsOf(draw: () => number): { mean: number; variance: number } {
  const draws = Array.from({ length: DRAWS }, draw)
  const mean = draws.reduce((sum, one) => sum + one, 0) / DRAWS
  return { mean, variance: draws.reduce((sum, one) => sum + (one - mean) ** 2, 0) / DRAWS }
}

t.test('draws have the mean and the variance of their distribution', async (t) => {
  const random = randomOf(1)
  const rows: readonly (readonly [
    name: string,
    draw: () => number,
    mean: number,
    variance: number,
  ])[] = [
    ['binomial of few', () => binomial(random, 20, 0.1), 2, 1.8],
    ['binomial of rare', () => binomial(random, 10_000, 0.0005), 5, 4.9975],
    ['binomial of many', () => binomial(random, 10_000, 0.01), 100, 99],
    ['binomial of most', () => binomial(random, 500, 0.8), 400, 80],
    ['poisson of few', () => poisson(random, 0.3), 0.3, 0.3],
    ['poisson of many', () => poisson(random, 250), 250, 250],
    ['bursts of 5: 9 times the variance', () => bursty(random, 10, 5), 10, 90],
    ['normal', () => normal(random), 0, 1],
  ]
  for (const [name, draw, mean, variance] of rows) {
    const found = momentsOf(draw)
    const meanOff = Math.abs(found.mean - mean) / Math.sqrt(variance / DRAWS)
    t.ok(meanOff < 4, `${name}: a mean of ${found.mean}`)
    t.ok(Math.abs(found.variance / variance - 1) < 0.08, `${name}: a variance of ${found.variance}`)
  }
})

t.test('what cannot happen never does, and what must always does', async (t) => {
  const random = randomOf(2)
  t.equal(binomial(random, 0, 0.5), 0)
  t.equal(binomial(random, 100, 0), 0)
  t.equal(binomial(random, 100, 1), 100)
  t.equal(poisson(random, 0), 0)
})
