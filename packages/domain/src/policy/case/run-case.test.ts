// Goal: a case that is written beside a policy says of it what would be said of the same traffic. Method: cases of every
// kind of fact, and steady traffic counted through the folds.
import type { GivenLoad, ReleasePolicy } from '@portcullis/contracts'
import t from 'tap'

import { windowCells } from '../../window/window-cells.ts'
import { documentOf, policyOf, sloOf } from '../fixtures/facts.ts'
import { percentOf } from '../rule-result.ts'
import { givenWindow, loadInBucket } from './given-window.ts'
import { runCase } from './run-case.ts'

/** Returns what was found otherwise than expected, in a line each. */
function surprises(policy: ReleasePolicy, given: object, expect: object): string[] {
  const cases = [{ name: 'it', given: { service: 'checkout', ...given }, expect }]
  const { spec } = documentOf('PolicyTest', 'test', { policy: 'checkout', cases })
  return runCase(policy, [sloOf('99.9%')], spec.cases[0]!).surprises.map(
    ({ what, expected, found }) => `${what}: ${expected} expected, ${found} found`,
  )
}

t.test('steady traffic has the shares that were given, in every bucket', async (t) => {
  const load: GivenLoad = {
    perSecond: 3,
    errors: 0.01,
    status: 500,
    latency: 20,
    slow: 0.05,
    slowLatency: 1_000,
  }
  const buckets = Array.from({ length: 90 }, (_, nth) => loadInBucket(load, nth))
  const sum = (name: 'requests' | 'errors' | 'slow') =>
    buckets.reduce((total, bucket) => total + bucket[name], 0)
  t.strictSame([sum('requests'), sum('errors'), sum('slow')], [2_700, 27, 135])
  const at = Date.UTC(2026, 0, 5, 12) as Parameters<typeof givenWindow>[1]
  const traffic = [{ ...load, route: 'GET /' as never, for: 900_000 }]
  const [cell] = windowCells(givenWindow(traffic, at), at, 900_000).values()
  t.match(cell, { count: 2_700, statuses: [200, 500], statusCounts: [2_673, 27], maxUs: 1_000_000 })
})

t.test('requests that are both bad and slow are counted once', async (t) => {
  const load = {
    perSecond: 10,
    errors: 0.8,
    status: 503,
    latency: 20,
    slow: 0.6,
    slowLatency: 1_000,
  }
  const at = Date.UTC(2026, 0, 5, 12) as Parameters<typeof givenWindow>[1]
  const window = givenWindow([{ ...load, route: 'GET /' as never, for: 10_000 }], at)
  const [cell] = windowCells(window, at, 60_000).values()
  t.match(cell, { count: 100, statuses: [200, 503], statusCounts: [20, 80], binCounts: [40, 60] })
  t.equal(percentOf(0.8), 80)
})

t.test('what a case expects is compared, and what it leaves out is not', async (t) => {
  const policy = policyOf([{ type: 'error_rate', max: '1%' }])
  const good = { traffic: [{ perSecond: 20 }] }
  const bad = { traffic: [{ perSecond: 20, errors: '5%' }] }
  t.strictSame(
    surprises(policy, good, { outcome: 'pass', pass: true, rules: { 'error-rate': 'pass' } }),
    [],
  )
  t.strictSame(surprises(policy, bad, {}), [])
  t.strictSame(
    surprises(policy, bad, { outcome: 'pass', pass: true, rules: { 'error-rate': 'undecided' } }),
    [
      'outcome: pass expected, fail found',
      'pass: true expected, false found',
      'rules.error-rate: undecided expected, fail found',
    ],
  )
  t.strictSame(surprises(policy, good, { rules: { 'no-such': 'pass' } }), [
    'rules.no-such: pass expected, null found',
  ])
})

t.test('a policy that is not about it is one too', async (t) => {
  const policy = policyOf([{ type: 'error_rate', max: '1%' }], {
    selector: { environments: ['production'], labels: { tier: '1' } },
  })
  t.strictSame(surprises(policy, {}, { selected: false }), [])
  t.strictSame(surprises(policy, {}, {}), ['selected: true expected, false found'])
  t.strictSame(surprises(policy, { labels: { tier: '1' } }, { selected: false }), [
    'selected: false expected, true found',
  ])
})

t.test('every kind of fact can be given', async (t) => {
  const rows: readonly (readonly [rule: object, given: object, outcome: string])[] = [
    [
      { type: 'latency', percentile: 95, max: '300ms' },
      { traffic: [{ perSecond: 1, slow: '20%' }] },
      'fail',
    ],
    [{ type: 'alarm' }, { traffic: [{ perSecond: 10, errors: '50%' }] }, 'fail'],
    [{ type: 'incident' }, { incidents: [{}] }, 'fail'],
    [{ type: 'incident' }, { incidents: [{ acknowledged: true }] }, 'pass'],
    [{ type: 'incident', firstSeenWithin: '5m' }, { incidents: [{ openFor: '6m' }] }, 'pass'],
    [
      { type: 'error_budget', slo: 'availability', atLeast: '10%' },
      { budgets: { availability: { remaining: '9%' } } },
      'fail',
    ],
    [{ type: 'error_budget', slo: 'availability', atLeast: '10%' }, {}, 'undecided'],
    [
      { type: 'burn_rate', slo: 'availability' },
      { budgets: { availability: { burnRate: 20 } } },
      'fail',
    ],
    [
      { type: 'burn_rate', slo: 'availability' },
      { budgets: { availability: { burnRate: { '1h': 20 } } } },
      'pass',
    ],
    [
      { type: 'burn_rate', slo: 'availability' },
      { budgets: { availability: { burnRate: { '1h': 20, '5m': 20 } } } },
      'fail',
    ],
    [
      { type: 'regression', of: 'latency', maxIncrease: '50%' },
      { traffic: [{ perSecond: 10, latency: '200ms' }], before: [{ perSecond: 10 }] },
      'fail',
    ],
    [
      { type: 'traffic', minShareOfUsual: '50%' },
      { traffic: [{ perSecond: 1 }], before: [{ perSecond: 10 }] },
      'undecided',
    ],
    [
      { type: 'canary' },
      {
        canary: [
          {
            for: '30m',
            canary: { perSecond: 10, errors: '3%' },
            baseline: { perSecond: 90, errors: '1%' },
          },
        ],
      },
      'fail',
    ],
    [
      { type: 'canary' },
      {
        canary: [
          {
            for: '30m',
            canary: { perSecond: 10, errors: '1%' },
            baseline: { perSecond: 90, errors: '1%' },
          },
        ],
      },
      'pass',
    ],
    [
      { type: 'canary' },
      { canary: [{ for: '10s', canary: { perSecond: 10 }, baseline: { perSecond: 90 } }] },
      'undecided',
    ],
    [
      { type: 'dependency', services: ['pay*'] },
      { dependencies: { payments: [{ perSecond: 10, errors: '50%' }] } },
      'fail',
    ],
    [{ type: 'freeze' }, { freezes: [{ name: 'holidays', reason: 'end of year' }] }, 'fail'],
    [
      { type: 'approval', role: 'ops_admin' },
      { approvals: [{ role: 'ops_admin', ago: '23h' }] },
      'pass',
    ],
    [{ type: 'healthy_for', duration: '10m' }, { healthyFor: '10m' }, 'pass'],
    [{ type: 'healthy_for', duration: '10m' }, {}, 'undecided'],
  ]
  for (const [rule, given, outcome] of rows) {
    t.strictSame(surprises(policyOf([rule]), given, { outcome }), [], JSON.stringify([rule, given]))
  }
})
