// Goal: what a comparison says is valid, whatever it is compared with. Method: vectors against the exact formula, and
// simulated releases, with and without a baseline beside them.
// Seen to catch: shares of a bin rounded the other way, limits that count the requests that made them, a silence that is
// told at once.
import { plusMs } from '@portcullis/contracts'
import t from 'tap'

import { addToRatio, logEvidenceWorse, NO_RATIO_EVIDENCE } from '../statistics/rate-ratio.ts'
import { compareRoute } from './compare.ts'
import { canaryFactsOf } from './facts.ts'
import { afterHistory, CART, foldTimes, NEW, OLD, startAt } from './fixtures/release.ts'
import { sharesIn, shareBinOf } from './share-bin.ts'
import { type RouteComparison, startCanary, startRoute } from './state.ts'
import { NO_TALLY } from './tally.ts'

const TEST = { harmfulRatio: 2, percentile: 95 } as const
const old = { version: OLD, requests: 90, errors: 1 }
const fresh = { version: NEW, requests: 10, errors: 1 }

t.test('the shares of a bin hold the share that is in it, within a fiftieth', async (t) => {
  for (const [canary, baseline] of [
    [10, 90],
    [1, 1],
    [1, 100_000],
    [900, 100],
    [7, 3],
  ] as const) {
    const share = canary / (canary + baseline)
    const { low, high } = sharesIn(shareBinOf(canary, baseline))
    t.ok(low < share && share <= high * (1 + 1e-12), `${low} < ${share} <= ${high}`)
    t.ok(high / low < 1.021)
  }
})

t.test('evidence is that of the buckets, a little less at most', async (t) => {
  let exact = NO_RATIO_EVIDENCE
  let state = afterHistory([old])
  for (const requests of [10, 12, 9, 11, 30, 10]) {
    state = foldTimes(state, 5, [old, { ...fresh, requests }])
    const share = requests / (requests + old.requests)
    const split = {
      canaryErrors: 5,
      canaryBouts: 5,
      errors: 10,
      share: { low: share, high: share },
    }
    exact = addToRatio(exact, split, TEST.harmfulRatio)
  }
  const { evidence } = canaryFactsOf(state, startAt(30), TEST)!.byRoute.get(CART)!.errors
  const { beside } = evidence
  const [worse, found] = [logEvidenceWorse(exact), logEvidenceWorse(beside)]
  t.ok(found <= worse && found > worse - 0.5, `${found} for ${worse}`)
  t.ok(beside.harmless <= exact.harmless && beside.harmless > exact.harmless - 0.5)
})

t.test('requests are slow by the baseline’s own percentile', async (t) => {
  const before = { version: OLD, requests: 1_000, slow: 40 }
  const state = foldTimes(afterHistory([before]), 2, [
    before,
    { version: NEW, requests: 100, slow: 20 },
  ])
  const at = (percentile: 50 | 95 | 99) =>
    canaryFactsOf(state, startAt(2), { harmfulRatio: 2, percentile })!.byRoute.get(CART)!.latency
  t.same(at(95).canary, { requests: 200, errors: 40 })
  t.same(at(95).baseline, { requests: 2_000, errors: 80 })
  t.same(at(99).canary, { requests: 200, errors: 0 }, 'nothing takes longer than a second')
})

t.test('nothing is slow before it is known what slow is', async (t) => {
  const first = [
    { version: OLD, requests: 100, slow: 4 },
    { version: NEW, requests: 10, slow: 10 },
  ]
  const state = foldTimes(startCanary(NEW, startAt(-180)), 4, first)
  const { latency } = canaryFactsOf(state, startAt(-176), TEST)!.byRoute.get(CART)!
  t.same(latency.canary, { requests: 20, errors: 20 }, 'p95 is known after two buckets')
})

t.test('a canary is missed once its silence cannot be chance', async (t) => {
  const state = foldTimes(afterHistory([old]), 30, [old, fresh])
  const silentAfter = (nth: number, of = state) => canaryFactsOf(of, startAt(nth), TEST)!.silentMs
  t.equal(silentAfter(30), null)
  t.equal(silentAfter(35), null, 'senders send every few seconds')
  t.equal(silentAfter(36), 60_000)
  t.equal(silentAfter(90), 600_000)
  const rare = foldTimes(foldTimes(afterHistory([old]), 1, [old, { ...fresh, requests: 1 }]), 29, [
    old,
  ])
  t.equal(silentAfter(30, rare), 290_000, 'one request in its first bucket')
  const seldom = { ...rare, canarySeen: startAt(29), canaryRequests: 2 }
  t.equal(silentAfter(100, seldom), null, 'two requests in five minutes')
  t.ok(silentAfter(140, seldom)! > 1_000_000)
})

t.test('a route is missing once the canary should have been asked for it', async (t) => {
  const removed = { ...old, route: 'GET /removed' }
  const state = foldTimes(afterHistory([old, removed]), 1, [old, removed, fresh])
  const missingAfter = (buckets: number) =>
    canaryFactsOf(
      foldTimes(afterHistory([old, removed]), buckets, [old, removed, fresh]),
      startAt(buckets),
      TEST,
    )!.missing
  t.same(canaryFactsOf(state, plusMs(startAt(1), 1), TEST)!.missing, [])
  t.same(missingAfter(1), [], 'five requests in a bucket')
  t.same(missingAfter(2), ['GET /removed'])
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

const only = (requests: number, errors: number) => {
  const requestsOf = NO_TALLY.requests.with(0, requests)
  return { requests: requestsOf, bad: NO_TALLY.bad.with(0, errors) }
}

/** Whether half an hour of looks at a release without a baseline beside it ever says that it is worse, or harmless. */
function everSays(
  what: 'worse' | 'harmless',
  { seed, mean, ratio }: { seed: number; mean: number; ratio: number },
  alpha: number,
): boolean {
  const random = randomFrom(seed)
  let before = 0
  for (let bucket = 0; bucket < 180; bucket += 1) before += poisson(random, mean)
  const history: RouteComparison = { ...startRoute(CART), before: only(180_000, before) }
  let errors = 0
  for (let bucket = 1; bucket <= 180; bucket += 1) {
    errors += poisson(random, mean * ratio)
    const alone = only(1_000 * bucket, errors)
    const route = { ...history, alone, aloneBouts: alone.bad }
    const { evidence } = compareRoute(route, { measure: 0, harmfulRatio: 2 })
    const log = what === 'worse' ? logEvidenceWorse(evidence.before) : evidence.before.harmless
    if (log >= -Math.log(alpha)) return true
  }
  return false
}

t.test('a release that is compared with what was before is as valid at any time', async (t) => {
  const runs = 2_000
  const shareOf = (what: 'worse' | 'harmless', mean: number, ratio: number): number => {
    let said = 0
    for (let seed = 0; seed < runs; seed += 1) {
      if (everSays(what, { seed, mean, ratio }, 0.05)) said += 1
    }
    return said / runs
  }
  for (const mean of [0.01, 0.1, 1, 10]) {
    const worse = shareOf('worse', mean, 1)
    t.ok(worse <= 0.05, `${worse} are called worse with ${mean} errors a bucket`)
    const harmless = shareOf('harmless', mean, 2)
    t.ok(harmless <= 0.05, `${harmless} bad ones are called harmless with ${mean} errors a bucket`)
  }
})
