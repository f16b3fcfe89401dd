import { DDSketch } from '@datadog/sketches-js'
import fc from 'fast-check'
import t from 'tap'

import { latencyBinOf, latencyUsOf } from './latency.ts'

const DAY_US = 86_400_000_000

t.test('a duration becomes whole microseconds, 1 at least and a day at most', async (t) => {
  const table: [durationMs: number, us: number][] = [
    [0, 1],
    [0.0004, 1],
    [0.0006, 1],
    [0.0014, 1],
    [0.0016, 2],
    [12.5, 12_500],
    [1_000.0004, 1_000_000],
    [86_400_000, DAY_US],
    [1e12, DAY_US],
    [Infinity, DAY_US],
  ]
  for (const [durationMs, us] of table) t.equal(latencyUsOf(durationMs), us, `${durationMs} ms`)
})

t.test('golden bins', async (t) => {
  const table: [us: number, bin: number][] = [
    [1, 0],
    [2, 35],
    [10, 116],
    [100, 231],
    [1_000, 346],
    [10_000, 461],
    [10_200, 462],
    [1_000_000, 691],
    [DAY_US, 1_260],
  ]
  for (const [us, bin] of table) t.equal(latencyBinOf(us), bin, `${us} µs`)
})

// The oracle computes with log2 and a multiplier, so that it may round otherwise within some 1e-12
// of a boundary between bins; no integer lies that close to one.
const oracle = new DDSketch({ relativeAccuracy: 0.01 }).mapping

t.test('bins equal those of DDSketch for every latency up to 200 ms', async (t) => {
  let different = 0
  for (let us = 1; us <= 200_000; us += 1) different += latencyBinOf(us) === oracle.key(us) ? 0 : 1
  t.equal(different, 0)
})

t.test('bins equal those of DDSketch for any latency up to a day', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: DAY_US }), (us) => latencyBinOf(us) === oracle.key(us)),
      { numRuns: 10_000 },
    )
  })
})

t.test('the middle of a bin is within 1 % of every latency in it', async (t) => {
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: DAY_US }), (us) => {
        const middle = (2 * (1.01 / 0.99) ** latencyBinOf(us)) / (1 + 1.01 / 0.99)
        return Math.abs(middle - us) <= us * 0.010_000_001
      }),
    )
  })
})
