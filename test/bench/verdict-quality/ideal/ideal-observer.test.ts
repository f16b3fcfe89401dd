// Goal: what the ideal observer misses is the least that anybody can miss. Method: powers that are known in closed form, and what
// every likelihood ratio must keep to, whatever the defect.
import t from 'tap'

import { randomOf } from '../../../chaos/random.ts'
import { FAMILIES, STRENGTHS } from '../release/families.ts'
import { NEW, simulateRelease, SINCE } from '../release/simulate.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import { missedOfAll, missedOfEach, observeAll, ratiosOf } from './ideal-observer.ts'
import { missedAt } from './most-powerful.ts'

const LEVEL = 0.01
const DRAWS = 20_000

const BAD = FAMILIES.filter(({ right }) => right === 'block').map(({ name }) => name)

/** Requests that are alike with the defect and without. */
const alike: Evidence = {
  requests: [1e6, 1e6],
  errors: [1e-3, 1e-3],
  burst: 1,
  tail: [0.01, 0.01],
  shift: 0,
}

function missedOf(evidence: Evidence): number {
  return missedAt(ratiosOf(randomOf(1), [evidence], DRAWS), LEVEL)
}

t.test('misses are those of the most powerful test', async (t) => {
  const rows: readonly (readonly [name: string, evidence: Evidence, missed: number])[] = [
    // Of a mean of 4, P(X > 9) = 0.00813 and P(X = 9) = 0.01323, so that 0.1412 of the nines are blocked; of 10 that is 0.5597.
    ['4 errors or 10', { ...alike, errors: [4e-6, 1e-5] }, 0.4403],
    ['as many bursts', { ...alike, errors: [2e-5, 5e-5], burst: 5 }, 0.4403],
    ['4 of the tail or 10', { ...alike, tail: [4e-6, 1e-5] }, 0.4403],
    ['4 requests or 10', { ...alike, requests: [4, 10] }, 0.4403],
    // Normal(0, 1) beyond 2.3263, which of Normal(3, 1) is a share of 0.7497.
    ['900 latencies, 0.1 sigma longer', { ...alike, requests: [900, 900], shift: 0.1 }, 0.2503],
    // Without a release there is nothing to see: chance alone blocks.
    ['no requests', { ...alike, requests: [0, 0], errors: [0.001, 0.01] }, 1 - LEVEL],
    ['a defect of ratio 1', alike, 1 - LEVEL],
  ]
  for (const [name, evidence, missed] of rows) {
    const found = missedOf(evidence)
    t.ok(Math.abs(found - missed) < 0.02, `${name}: ${found} is missed, not ${missed}`)
  }
})

t.test('likelihood ratios of healthy releases have a mean of 1, whatever the defect', async (t) => {
  for (const family of BAD) {
    // The weakest, at little traffic: else the mean is of few draws.
    const evidence = evidenceOf({ family, rate: family === 'latency shift' ? 0.02 : 0.2, seed: 0 })
    const ratios = ratiosOf(randomOf(2), evidence, DRAWS).healthy.map(Math.exp)
    const mean = ratios.reduce((sum, one) => sum + one, 0) / DRAWS
    const variance = ratios.reduce((sum, one) => sum + (one - mean) ** 2, 0) / DRAWS
    t.ok(variance > 0, `${family} can be told`)
    t.ok(Math.abs(mean - 1) < 4 * Math.sqrt(variance / DRAWS), `${family}: a mean of ${mean}`)
  }
})

t.test('the more traffic, the less is missed', async (t) => {
  for (const family of ['canary only', 'slow ramp', 'retry storm', 'bad, bursts of 5']) {
    const keys = [1, 10, 100].map((rate) => ({ family, rate, seed: 0 }))
    const [few, more, most] = keys.map((key) => missedOfEach(observeAll([key], 400), LEVEL))
    t.ok(few! > more! && more! > most!, `${family}: ${few}, ${more}, ${most}`)
  }
})

t.test(
  'only releases that are to be blocked are observed, always with the same result',
  async (t) => {
    const keys = FAMILIES.map(({ name }) => ({ family: name, rate: 1, seed: 3 }))
    const observed = observeAll(keys, 20)
    t.same(
      observed.map(({ key }) => key.family),
      BAD,
    )
    t.same(observeAll(keys, 20), observed)
  },
)

t.test('false blocks that may be spent anywhere find more', async (t) => {
  // Where there is much traffic none is needed.
  const keys = [10, 1_000].map((rate) => ({ family: 'canary only', rate, seed: 0 }))
  const observed = observeAll(keys, 1_000)
  t.ok(missedOfAll(observed, LEVEL) < missedOfEach(observed, LEVEL))
})

t.test('what is simulated is drawn from the laws that are known', async (t) => {
  const key = { family: 'error step', rate: 1_000, seed: STRENGTHS - 1 }
  const [evidence, ...others] = evidenceOf(key)
  t.same(others, [])
  let [requests, errors] = [0, 0]
  for (const { start, batches } of simulateRelease(key)) {
    if (start < SINCE) continue
    for (const cell of batches.get(NEW)!.get(start)!.values()) {
      requests += cell.count
      errors += cell.statusCounts[cell.statuses.indexOf(500)] ?? 0
    }
  }
  const mean = evidence!.requests[1]
  t.ok(Math.abs(requests - mean) < 4 * Math.sqrt(mean), `${requests} requests`)
  const share = evidence!.errors[1]
  t.ok(Math.abs(errors - mean * share) < 4 * Math.sqrt(mean * share), `${errors} errors`)
})
