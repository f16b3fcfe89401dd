// Goal: a canary may be looked at every ten seconds, and a harmless one is still blocked no more often than alpha says.
// Method: vectors of the formula, and seeded simulations of half an hour of looks at each of thousands of canaries,
// with independent errors and with bursts.
// Seen to catch: the share of the requests taken as constant, a dispersion that is left out.
import t from 'tap'

import { addToSpread, dispersionOf, NO_SPREAD } from './dispersion.ts'
import {
  addToRatio,
  ALTERNATIVES,
  type ArmCounts,
  dividedBy,
  errorsToShowHarmless,
  type ErrorSplit,
  logEvidenceWorse,
  NO_RATIO_EVIDENCE,
  type RatioEvidence,
  sumOfEvidence,
} from './rate-ratio.ts'

const BUCKETS = 180
const TEST = { harmfulRatio: 2, dispersion: 1 }

interface ArmsBucket {
  readonly canary: ArmCounts
  readonly baseline: ArmCounts
}

function splitOf({ canary, baseline }: ArmsBucket): ErrorSplit {
  const share = canary.requests / (canary.requests + baseline.requests)
  const errors = canary.errors + baseline.errors
  return {
    canaryErrors: canary.errors,
    canaryBouts: canary.errors,
    errors,
    share: { low: share, high: share },
  }
}

const addBucket = (evidence: RatioEvidence, bucket: ArmsBucket): RatioEvidence =>
  addToRatio(evidence, splitOf(bucket), TEST.harmfulRatio)

type Finding = 'worse' | 'harmless' | 'open'

/** What is concluded of evidence; worse before harmless. */
function findingOf(evidence: RatioEvidence, alpha: number, dispersion = 1): Finding {
  const needed = -Math.log(alpha)
  const worth = dividedBy(evidence, dispersion)
  if (logEvidenceWorse(worth) >= needed) return 'worse'
  return worth.harmless >= needed ? 'harmless' : 'open'
}

t.test('evidence is that of the formula', async (t) => {
  const bucket = {
    canary: { requests: 10, errors: 3 },
    baseline: { requests: 90, errors: 1 },
  }
  const evidence = addBucket(NO_RATIO_EVIDENCE, bucket)
  const expected = [2.776621, 5.464108, 13.020833, 32.538526, 76.733604]
  for (const [index, value] of expected.entries()) {
    const found = Math.exp(evidence.worse[index]!)
    t.ok(Math.abs(found - value) < 1e-6, `a ratio of ${ALTERNATIVES[index]}`)
  }
  const mean = Math.exp(logEvidenceWorse(evidence))
  t.ok(Math.abs(mean - 26.106738) < 1e-6)
  t.ok(Math.abs(evidence.harmless + Math.log(5.464108)) < 1e-6, 'the same with the parts exchanged')
  t.equal(findingOf(evidence, 0.05), 'worse')
  t.equal(findingOf(evidence, 0.01), 'open')
  t.equal(findingOf(evidence, 0.05, 2), 'open', 'bursts make it say less')
})

t.test('a split in which nothing can be compared says nothing', async (t) => {
  const none = { requests: 0, errors: 0 }
  const some = { requests: 10, errors: 3 }
  const clean = { requests: 10, errors: 0 }
  for (const bucket of [
    { canary: some, baseline: none },
    { canary: none, baseline: some },
    { canary: clean, baseline: clean },
  ]) {
    const { worse, harmless } = addBucket(NO_RATIO_EVIDENCE, bucket)
    for (const one of [...worse, harmless]) t.ok(Math.abs(one) < 1e-12, JSON.stringify(bucket))
  }
})

t.test('bounds of the share say no more than any share between them', async (t) => {
  const exact = { canaryErrors: 3, canaryBouts: 3, errors: 4, share: { low: 0.1, high: 0.1 } }
  const rough = { ...exact, share: { low: 0.099, high: 0.101 } }
  const [one, other] = [exact, rough].map((split) => addToRatio(NO_RATIO_EVIDENCE, split, 2))
  for (const [index, value] of other!.worse.entries()) t.ok(value < one!.worse[index]!)
  t.ok(other!.harmless < one!.harmless)
})

t.test(
  'a burst that counts as one proves as little as one error, and no less that there is harm',
  async (t) => {
    const share = { low: 0.1, high: 0.1 }
    const one = addToRatio(
      NO_RATIO_EVIDENCE,
      { canaryErrors: 1, canaryBouts: 1, errors: 2, share },
      2,
    )
    const burst = { canaryErrors: 5, errors: 6, share }
    const bout = addToRatio(NO_RATIO_EVIDENCE, { ...burst, canaryBouts: 1 }, 2)
    t.same(bout.worse, one.worse)
    t.equal(bout.harmless, addToRatio(NO_RATIO_EVIDENCE, { ...burst, canaryBouts: 5 }, 2).harmless)
  },
)

t.test('evidence adds up', async (t) => {
  const bucket = { canary: { requests: 10, errors: 3 }, baseline: { requests: 90, errors: 1 } }
  const one = addBucket(NO_RATIO_EVIDENCE, bucket)
  t.same(sumOfEvidence(one, one), addBucket(one, bucket))
  t.same(sumOfEvidence(one, NO_RATIO_EVIDENCE), one)
})

/** A generator of numbers from 0 to 1 (mulberry32 of T. Ettinger). */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Knuth's method: for small means. */
function poisson(random: () => number, mean: number): number {
  const limit = Math.exp(-mean)
  let count = -1
  for (let product = 1; product > limit; product *= random()) count += 1
  return count
}

/** Errors that come in bursts, whose sizes are geometric with the given mean. */
function burstyErrors(random: () => number, mean: number, burst: number): number {
  let errors = 0
  for (let bursts = poisson(random, mean / burst); bursts > 0; bursts -= 1) {
    errors += 1
    while (burst > 1 && random() > 1 / burst) errors += 1
  }
  return errors
}

interface Canary {
  readonly seed: number
  readonly ratio: number
  readonly burst?: number
}

/** Half an hour of a canary with a tenth of 100 requests a second, of which 1 % fail; the half hour before tells of bursts. */
function simulate(
  { seed, ratio, burst = 1 }: Canary,
  alpha: number,
): { finding: Finding; at: number } {
  const random = randomFrom(seed)
  let spread = NO_SPREAD
  for (let bucket = 0; bucket < BUCKETS; bucket += 1) {
    spread = addToSpread(spread, { requests: 900, errors: burstyErrors(random, 9, burst) })
  }
  const dispersion = dispersionOf(spread)
  let evidence: RatioEvidence = NO_RATIO_EVIDENCE
  for (let bucket = 1; bucket <= BUCKETS; bucket += 1) {
    const arms: ArmsBucket = {
      canary: { requests: 100, errors: burstyErrors(random, ratio, burst) },
      baseline: { requests: 900, errors: burstyErrors(random, 9, burst) },
    }
    evidence = addBucket(evidence, arms)
    const finding = findingOf(evidence, alpha, dispersion)
    if (finding !== 'open') return { finding, at: bucket }
  }
  return { finding: 'open', at: BUCKETS }
}

/** Returns the share of canaries with a finding. */
function shareOf(
  finding: Finding,
  runs: number,
  canary: Omit<Canary, 'seed'>,
  alpha: number,
): number {
  let found = 0
  for (let seed = 0; seed < runs; seed += 1) {
    if (simulate({ ...canary, seed }, alpha).finding === finding) found += 1
  }
  return found / runs
}

t.test('a canary like its baseline is called worse no more often than alpha', async (t) => {
  for (const alpha of [0.05, 0.01]) {
    const share = shareOf('worse', 10_000, { ratio: 1 }, alpha)
    t.ok(share <= alpha, `${share} of 10,000 at ${alpha}`)
  }
})

t.test('bursts do not change that', async (t) => {
  for (const burst of [2, 5]) {
    for (const alpha of [0.05, 0.01]) {
      const share = shareOf('worse', 10_000, { ratio: 1, burst }, alpha)
      t.ok(share <= alpha, `${share} of 10,000 at ${alpha} with bursts of ${burst}`)
    }
  }
})

t.test('a harmful canary is called harmless no more often than alpha', async (t) => {
  const share = shareOf('harmless', 5_000, { ratio: 2 }, 0.05)
  t.ok(share <= 0.05, `${share} of 5,000`)
})

t.test('a bad canary is found within minutes, and a good one is shown harmless', async (t) => {
  const seconds = (canary: Omit<Canary, 'seed'>, finding: Finding): number => {
    const times = Array.from({ length: 500 }, (_, seed) => simulate({ ...canary, seed }, 0.05))
      .map((one) => (one.finding === finding ? one.at * 10 : Infinity))
      .toSorted((a, b) => a - b)
    return times[times.length >> 1]!
  }
  t.ok(seconds({ ratio: 3 }, 'worse') <= 60)
  t.ok(seconds({ ratio: 2 }, 'worse') <= 180)
  t.ok(seconds({ ratio: 3, burst: 2 }, 'worse') <= 160)
  t.ok(seconds({ ratio: 1 }, 'harmless') <= 300)
})

t.test('so many errors as are said to be missing show a canary harmless', async (t) => {
  const asked = { share: 0.1, alpha: 0.05 }
  const errors = errorsToShowHarmless(NO_RATIO_EVIDENCE, TEST, asked)
  let evidence: RatioEvidence = NO_RATIO_EVIDENCE
  for (let seen = 0; seen < errors; seen += 10) {
    const bucket = {
      canary: { requests: 100, errors: 1 },
      baseline: { requests: 900, errors: 9 },
    }
    t.equal(findingOf(evidence, asked.alpha), 'open')
    evidence = addBucket(evidence, bucket)
  }
  t.equal(findingOf(evidence, asked.alpha), 'harmless')
  t.equal(errorsToShowHarmless(evidence, TEST, asked), 0)
})
