// Goal: a canary may be looked at every ten seconds, and a harmless one is still blocked no more often than alpha says.
// Method: vectors of the formula, and seeded simulations of half an hour of looks at each of thousands of canaries,
// with independent errors and with bursts.
// Seen to catch: the share of the requests taken as constant, a dispersion that is left out.
import t from 'tap'

import { dispersionOf } from './dispersion.ts'
import {
  ALTERNATIVES,
  type ArmsBucket,
  errorsToShowHarmless,
  foldRatio,
  logEvidenceWorse,
  NO_RATIO_EVIDENCE,
  type RatioEvidence,
  ratioFinding,
  type RatioFinding,
} from './rate-ratio.ts'

const BUCKETS = 180
const TEST = { harmfulRatio: 2, dispersion: 1 }

t.test('evidence is that of the formula', async (t) => {
  const bucket = {
    canary: { requests: 10, errors: 3 },
    baseline: { requests: 90, errors: 1 },
  }
  const { worse, harmless } = foldRatio(NO_RATIO_EVIDENCE, bucket, TEST)
  const expected = [2.776621, 5.464108, 13.020833, 32.538526, 76.733604]
  for (const [index, value] of expected.entries()) {
    t.ok(Math.abs(Math.exp(worse[index]!) - value) < 1e-6, `a ratio of ${ALTERNATIVES[index]}`)
  }
  const mean = Math.exp(logEvidenceWorse({ worse, harmless }))
  t.ok(Math.abs(mean - 26.106738) < 1e-6)
  t.ok(Math.abs(harmless + Math.log(5.464108)) < 1e-6, 'the same with the parts exchanged')
  t.equal(ratioFinding({ worse, harmless }, 0.05), 'worse')
  t.equal(ratioFinding({ worse, harmless }, 0.01), 'open')
})

t.test('a bucket in which nothing can be compared says nothing', async (t) => {
  const some = { requests: 10, errors: 3 }
  const none = { requests: 0, errors: 0 }
  const clean = { requests: 10, errors: 0 }
  for (const bucket of [
    { canary: some, baseline: none },
    { canary: none, baseline: some },
    { canary: clean, baseline: clean },
  ]) {
    t.equal(foldRatio(NO_RATIO_EVIDENCE, bucket, TEST), NO_RATIO_EVIDENCE)
  }
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
): { finding: RatioFinding; at: number } {
  const random = randomFrom(seed)
  const before = Array.from({ length: BUCKETS }, () => burstyErrors(random, 9, burst))
  const test = { ...TEST, dispersion: dispersionOf(before) }
  let evidence: RatioEvidence = NO_RATIO_EVIDENCE
  for (let bucket = 1; bucket <= BUCKETS; bucket += 1) {
    const arms: ArmsBucket = {
      canary: { requests: 100, errors: burstyErrors(random, ratio, burst) },
      baseline: { requests: 900, errors: burstyErrors(random, 9, burst) },
    }
    evidence = foldRatio(evidence, arms, test)
    const finding = ratioFinding(evidence, alpha)
    if (finding !== 'open') return { finding, at: bucket }
  }
  return { finding: 'open', at: BUCKETS }
}

/** Returns the share of canaries with a finding. */
function shareOf(
  finding: RatioFinding,
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
  const seconds = (canary: Omit<Canary, 'seed'>, finding: RatioFinding): number => {
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
    t.equal(ratioFinding(evidence, asked.alpha), 'open')
    evidence = foldRatio(evidence, bucket, TEST)
  }
  t.equal(ratioFinding(evidence, asked.alpha), 'harmless')
  t.equal(errorsToShowHarmless(evidence, TEST, asked), 0)
})
