// Goal: what is known of a release is a function of what happened: of the buckets in order, and of nothing else; and it is
// small and plain, because it is kept as a row. Method: tables of buckets, and properties over any of them.
import type { RouteName, VersionName } from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { NO_RATIO_EVIDENCE } from '../statistics/rate-ratio.ts'
import { canaryFactsOf } from './facts.ts'
import {
  afterHistory,
  bucketOf,
  CART,
  foldTimes,
  type Load,
  NEW,
  OLD,
  SINCE,
  startAt,
} from './fixtures/release.ts'
import { foldCanary } from './fold.ts'
import { type CanaryState, startCanary } from './state.ts'

const TEST = { harmfulRatio: 2, percentile: 95 } as const
const old = { version: OLD, requests: 90, errors: 1 }
const fresh = { version: NEW, requests: 10, errors: 1 }

const routeOf = (state: CanaryState, name = CART) =>
  state.routes.find(({ route }) => route === name)!

t.test('what came before the release is the history of the baseline', async (t) => {
  const state = afterHistory([old])
  const { before, beside, alone, variation } = routeOf(state)
  t.equal(before.requests[0], 180 * 90)
  t.equal(before.bad[0], 180)
  t.equal(beside.baseline.requests[0], 0)
  t.equal(alone.requests[0], 0)
  t.equal(variation.buckets[0]!.buckets, 180)
  t.equal(
    variation.minutes[0]!.buckets,
    30,
    'the last one is closed by what comes next, and the first was begun before',
  )
  t.equal(state.until, SINCE)
  t.equal(canaryFactsOf(state, SINCE, TEST), null, 'there is no canary yet')
})

t.test('requests to the new version before its release are nobody’s', async (t) => {
  const state = foldCanary(startCanary(NEW, SINCE), startAt(-1), bucketOf([old, fresh]))
  t.same({ ...state }, { ...foldCanary(startCanary(NEW, SINCE), startAt(-1), bucketOf([old])) })
  const only = foldCanary(startCanary(NEW, SINCE), startAt(-1), bucketOf([fresh]))
  t.same(only.routes, [])
})

t.test('while both have requests they are compared bucket by bucket', async (t) => {
  const state = foldTimes(afterHistory([old]), 3, [old, fresh])
  const { beside, splits, alone } = routeOf(state)
  t.equal(beside.canary.requests[0], 30)
  t.equal(beside.baseline.requests[0], 270)
  t.equal(alone.requests[0], 0)
  t.equal(splits.length, 1, 'the share is the same in all of them')
  t.equal(splits[0]!.canary[0], 3)
  t.equal(splits[0]!.both[0], 6)
  t.equal(state.canaryRequests, 30)
  t.equal(state.canarySeen, startAt(2))
})

t.test('shares that differ have rows of their own, in order', async (t) => {
  let state = afterHistory([old])
  for (const requests of [10, 90, 1, 10]) state = foldTimes(state, 1, [old, { ...fresh, requests }])
  const { splits } = routeOf(state)
  t.same(
    splits.map(({ both }) => both[0]),
    [2, 4, 2],
  )
  t.same(
    splits.map(({ bin }) => bin).toSorted((a, b) => a - b),
    splits.map(({ bin }) => bin),
  )
})

t.test('all other versions are the baseline', async (t) => {
  const older = { version: '1.9.8' as VersionName, requests: 30, errors: 2 }
  const state = foldTimes(startCanary(NEW, startAt(-180)), 1, [old, older, fresh])
  const { baseline } = routeOf(state).beside
  t.equal(baseline.requests[0], 120)
  t.equal(baseline.bad[0], 3)
})

t.test('where nothing runs beside it a release is compared with what was before', async (t) => {
  const state = foldTimes(afterHistory([old]), 2, [{ ...fresh, requests: 100 }])
  const { alone, beside } = routeOf(state)
  t.equal(alone.requests[0], 200)
  t.equal(beside.canary.requests[0], 0)
  t.match(canaryFactsOf(state, startAt(2), TEST)!.byRoute.get(CART)!.errors, {
    against: 'before',
    canary: { requests: 200, errors: 2 },
    baseline: { requests: 180 * 90, errors: 180 },
  })
  const promoted = foldTimes(foldTimes(afterHistory([old]), 1, [old, fresh]), 1, [fresh])
  t.match(canaryFactsOf(promoted, startAt(2), TEST)!.byRoute.get(CART)!.errors, {
    against: 'both',
    canary: { requests: 20, errors: 2 },
    baseline: { requests: 181 * 90, errors: 181 },
  })
})

t.test('a route of one side alone is compared with nothing', async (t) => {
  const added = { ...fresh, route: 'GET /new' }
  const removed = { ...old, route: 'GET /removed' }
  const state = foldTimes(afterHistory([old, removed]), 5, [old, removed, fresh, added])
  const { byRoute } = canaryFactsOf(state, startAt(5), TEST)!
  t.same([...byRoute.keys()], [CART, 'GET /new'])
  const { errors } = byRoute.get('GET /new' as RouteName)!
  t.equal(errors.baseline.requests, 0)
  t.same(errors.evidence, { beside: NO_RATIO_EVIDENCE, before: NO_RATIO_EVIDENCE })
})

t.test('a bucket that is late changes nothing, and is counted', async (t) => {
  const state = foldTimes(afterHistory([old]), 3, [old, fresh])
  const late = foldCanary(state, startAt(1), bucketOf([old, fresh]))
  t.same(late, { ...state, lateRequests: 100 })
})

t.test('how counts vary is known after half an hour, and stays', async (t) => {
  const noisy = [{ ...old, errors: 20 }]
  const calm = foldTimes(afterHistory([old]), 10, noisy)
  t.equal(routeOf(calm).variation.buckets[0]!.buckets, 180)
  t.same(calm.variation.buckets[0], afterHistory([old]).variation.buckets[0])
  const short = foldTimes(startCanary(NEW, startAt(-180)), 10, noisy)
  t.equal(
    routeOf(short).variation.buckets[0]!.buckets,
    10,
    'without history the running baseline tells',
  )
})

/** Any traffic of two versions to three routes. */
const anyBucket = fc.array(
  fc.record({
    version: fc.constantFrom(OLD, NEW),
    route: fc.constantFrom('GET /a', 'GET /b', 'GET /c'),
    requests: fc.integer({ min: 0, max: 60 }),
    errors: fc.integer({ min: 0, max: 5 }),
    slow: fc.integer({ min: 0, max: 5 }),
  }),
  { maxLength: 8 },
)
const anyRelease = fc.array(anyBucket, { maxLength: 30 })

function foldAll(buckets: readonly (readonly Load[])[], since = startAt(10)): CanaryState {
  return buckets.reduce<CanaryState>(
    (state, loads, nth) => foldCanary(state, startAt(nth), bucketOf(loads)),
    startCanary(NEW, since),
  )
}

t.test('the order within a bucket does not matter', async (t) => {
  fc.assert(
    fc.property(anyRelease, (buckets) => {
      t.same(foldAll(buckets.map((loads) => loads.toReversed())), foldAll(buckets))
    }),
    { numRuns: 50 },
  )
  t.pass('for any buckets')
})

t.test('what was kept as JSON goes on as if it had not been', async (t) => {
  fc.assert(
    fc.property(anyRelease, anyBucket, (buckets, next) => {
      const state = foldAll(buckets)
      const read = JSON.parse(JSON.stringify(state)) as CanaryState
      const start = startAt(buckets.length)
      t.strictSame(
        foldCanary(read, start, bucketOf(next)),
        foldCanary(state, start, bucketOf(next)),
      )
    }),
    { numRuns: 50 },
  )
  t.pass('for any buckets')
})

t.test('a fold leaves the state before it as it was', async (t) => {
  fc.assert(
    fc.property(anyRelease, anyBucket, (buckets, next) => {
      const state = foldAll(buckets)
      const before = JSON.stringify(state)
      foldCanary(state, startAt(buckets.length), bucketOf(next))
      t.equal(JSON.stringify(state), before)
    }),
    { numRuns: 50 },
  )
  t.pass('for any buckets')
})

t.test('an hour of a busy route is some 2 kB', async (t) => {
  let state = afterHistory([{ ...old, requests: 900 }])
  for (let nth = 0; nth < 360; nth += 1) {
    const swing = 80 + ((nth * 37) % 40)
    state = foldTimes(state, 1, [
      { ...old, requests: 1_000 - swing },
      { ...fresh, requests: swing },
    ])
  }
  const bytes = JSON.stringify(routeOf(state)).length
  t.ok(bytes < 4_000, `${bytes} bytes`)
})
