import { DDSketch } from '@datadog/sketches-js'
import fc from 'fast-check'
import t from 'tap'

import { emptyCell, observe } from './cell.ts'
import { BIN_MAX, binOf, LATENCY_US_MAX, latencyUsOf, valueOf } from './latency.ts'
import { quantileUs } from './quantile.ts'

const latency = fc.oneof(
  fc.integer({ min: 1, max: 100_000 }),
  fc.integer({ min: 1, max: LATENCY_US_MAX }),
)
const latencies = fc.array(latency, { minLength: 1, maxLength: 200 })
const quantile = fc.constantFrom(0, 0.01, 0.5, 0.9, 0.95, 0.99, 1)

t.test('a bin ends exactly at a power of 101/99', async (t) => {
  let numerator = 1n
  let denominator = 1n
  for (let bin = 0; bin <= 1_260; bin += 1) {
    const last = Number(numerator / denominator)
    if (last <= LATENCY_US_MAX) t.ok(binOf(last) <= bin, `${last} us is not above bin ${bin}`)
    if (last < LATENCY_US_MAX) t.ok(binOf(last + 1) > bin, `${last + 1} us is above bin ${bin}`)
    numerator *= 101n
    denominator *= 99n
  }
  t.equal(binOf(1), 0)
  t.equal(binOf(LATENCY_US_MAX), 1_260)
  t.ok(binOf(LATENCY_US_MAX) <= BIN_MAX)
})

t.test('known latencies fall into known bins', async (t) => {
  // The bins and values of 10, 250 and 1,000 that every DDSketch of 1 % has.
  t.same([10, 250, 1_000].map(binOf), [116, 277, 346])
  t.same([116, 277, 346].map(valueOf), [10, 252, 1_002])
})

t.test('the value of a bin is within 1 % of every latency in it', async (t) => {
  fc.assert(
    fc.property(latency, (us) => {
      t.ok(Math.abs(valueOf(binOf(us)) - us) <= 0.01 * us + 0.5 + 1e-6)
    }),
  )
})

t.test('durations become whole microseconds, one at least and a day at most', async (t) => {
  const cases = [
    [0, 1],
    [0.0004, 1],
    [0.0016, 2],
    [12.5, 12_500],
    [1e12, LATENCY_US_MAX],
  ] as const
  for (const [durationMs, us] of cases) t.equal(latencyUsOf(durationMs), us)
})

t.test('quantiles are within 1 % of the true ones, and in the bins of the reference', async (t) => {
  fc.assert(
    fc.property(latencies, quantile, (seen, q) => {
      const cell = emptyCell()
      const reference = new DDSketch({ relativeAccuracy: 0.01 })
      for (const us of seen) {
        observe(cell, 200, us)
        reference.accept(us)
      }
      const ascending = seen.toSorted((a, b) => a - b)
      const truth = ascending[Math.floor(q * (seen.length - 1))]!
      const ours = quantileUs(cell, q)!
      t.ok(Math.abs(ours - truth) <= 0.01 * truth + 0.5 + 1e-6, 'near the truth')
      const theirs = reference.getValueAtQuantile(q)
      const kept = Math.min(Math.max(theirs, ascending[0]!), ascending.at(-1)!)
      t.ok(Math.abs(ours - kept) <= 0.5 + 1e-6 * kept, 'the value of the reference')
    }),
  )
})

t.test('a quantile stays within what was seen, and nothing has none', async (t) => {
  const cell = emptyCell()
  t.equal(quantileUs(cell, 0.95), null)
  for (let index = 0; index < 7; index += 1) observe(cell, 200, 300_000)
  t.equal(quantileUs(cell, 0.5), 300_000)
  t.equal(quantileUs(cell, 0.95), 300_000)
})

t.test('one slow request among five does not decide the p95', async (t) => {
  const cell = emptyCell()
  for (const us of [10_000, 10_000, 10_000, 10_000, 9_000_000]) observe(cell, 200, us)
  t.equal(quantileUs(cell, 0.95), 10_000)
})
