// Goal: each type of rule says pass, fail or undecided for the reason that it is written for, and its numbers can be
// read. Method: tables of what happened, a rule, and what it says.
import {
  type IncidentId,
  type KindName,
  type PolicyName,
  type RouteName,
} from '@portcullis/contracts'
import t from 'tap'

import { addToRatio, NO_RATIO_EVIDENCE, type RatioEvidence } from '../statistics/rate-ratio.ts'
import type { GuardIncident } from '../verdict/inputs.ts'
import { evaluateRule } from './evaluate-rule.ts'
import type { CanaryComparison, CanaryFacts, RuleFacts } from './facts.ts'
import {
  CHECKOUT,
  factsOf,
  NOW,
  pastOf,
  policyOf,
  PRODUCTION,
  type Traffic,
} from './fixtures/facts.ts'
import { UNDECIDED_REASONS } from './rule-result.ts'

const CART = 'GET /cart' as RouteName
const SECOND = 1_000
const HOUR = 3_600 * SECOND
const seenReasons = new Set<string>()

/** Returns what a rule says in a line: its status, and of each finding that is no pass the route and why. */
function says(rule: object, facts: RuleFacts): string {
  const { spec } = policyOf([rule])
  const { status, findings } = evaluateRule(spec.rules[0]!, spec, facts)
  const others = findings.flatMap((finding) => {
    if (finding.status === 'pass') return []
    if (finding.status === 'undecided') seenReasons.add(finding.reason)
    return [`${finding.route ?? '-'} ${finding.status === 'fail' ? 'fail' : finding.reason}`]
  })
  return [status, ...others].join('; ')
}

type Row = readonly (readonly [rule: object, traffic: readonly Traffic[], says: string])[]

t.test('error_rate', async (t) => {
  const rule = { type: 'error_rate', max: '1%' }
  const rows: Row = [
    [rule, [{ requests: 1_000 }], 'pass'],
    [rule, [{ requests: 1_000, errors: 10 }], 'pass'],
    [rule, [{ requests: 1_000, errors: 30 }], 'fail; GET /cart fail'],
    [rule, [{ requests: 1_000, errors: 14 }], 'undecided; GET /cart too_few_samples'],
    [rule, [{ requests: 298 }], 'undecided; GET /cart too_few_samples'],
    [rule, [{ requests: 299 }], 'pass'],
    [rule, [{ requests: 20, errors: 4 }], 'fail; GET /cart fail'],
    [rule, [], 'undecided; - no_data'],
    [rule, [{ requests: 1_000, errors: 500, agoS: 400 }], 'undecided; - no_data'],
    [rule, [{ requests: 1_000, errors: 500, status: 404 }], 'pass'],
    [
      { ...rule, statuses: ['4xx', '5xx'] },
      [{ requests: 1_000, errors: 500, status: 404 }],
      'fail; GET /cart fail',
    ],
    [{ ...rule, statuses: ['429'] }, [{ requests: 1_000, errors: 500, status: 404 }], 'pass'],
    [{ ...rule, max: '0%' }, [{ requests: 1 }], 'pass'],
    [{ ...rule, max: '0%' }, [{ requests: 10_000, errors: 1 }], 'fail; GET /cart fail'],
    [{ ...rule, minRequests: 10 }, [{ requests: 10, errors: 1 }], 'fail; GET /cart fail'],
    [
      { ...rule, minRequests: 10 },
      [{ requests: 9, errors: 9 }],
      'undecided; GET /cart too_few_samples',
    ],
    [
      { ...rule, routes: { exclude: [CART] } },
      [{ requests: 1_000, errors: 500 }],
      'undecided; - no_data',
    ],
  ]
  for (const [given, traffic, said] of rows) t.equal(says(given, factsOf(traffic)), said)
})

t.test('routes with few requests are judged together, or not where others can be', async (t) => {
  const rule = { type: 'error_rate', max: '1%' }
  const small = (failing: number) =>
    Array.from({ length: 10 }, (_, nth) => {
      return { route: `GET /${nth}`, requests: 40, errors: nth < failing ? 1 : 0 }
    })
  t.equal(says(rule, factsOf(small(0))), 'pass', '400 of ten routes')
  t.equal(says(rule, factsOf(small(6))), 'undecided; - too_few_samples', '1.5 % could be chance')
  t.equal(says(rule, factsOf(small(10))), 'fail; - fail', '2.5 % could not')
  const large = { requests: 1_000 }
  t.equal(says(rule, factsOf([large, { route: 'GET /rare', requests: 3 }])), 'pass')
  t.equal(
    says(rule, factsOf([large, { route: 'GET /rare', requests: 8, errors: 8 }])),
    'fail; GET /rare fail',
  )
})

t.test('latency, by percentile and by share', async (t) => {
  const p95 = { type: 'latency', percentile: 95, max: '300ms' }
  const share = { type: 'latency', slowerThan: '300ms', maxShare: '5%' }
  for (const rule of [p95, share]) {
    t.equal(says(rule, factsOf([{ requests: 59 }])), 'pass')
    t.equal(says(rule, factsOf([{ requests: 58 }])), 'undecided; GET /cart too_few_samples')
    t.equal(says(rule, factsOf([{ requests: 1_000, slow: 50 }])), 'pass')
    t.equal(says(rule, factsOf([{ requests: 1_000, slow: 80 }])), 'fail; GET /cart fail')
    t.equal(says(rule, factsOf([{ requests: 1_000, slow: 900, slowMs: 299 }])), 'pass')
  }
})

t.test('alarm and dependency', async (t) => {
  const broken = factsOf([{ requests: 100, errors: 50 }])
  const worried = factsOf([{ requests: 100, errors: 10 }])
  t.equal(says({ type: 'alarm', kinds: ['error_rate'] }, broken), 'fail; GET /cart fail')
  t.equal(says({ type: 'alarm', kinds: ['error_rate'] }, worried), 'pass')
  t.equal(
    says({ type: 'alarm', kinds: ['error_rate'], severity: 'warning' }, worried),
    'fail; GET /cart fail',
  )
  t.equal(says({ type: 'alarm', kinds: ['p95_regress'] }, broken), 'pass')
  t.equal(says({ type: 'alarm' }, factsOf([])), 'pass')
  const calls = { type: 'dependency', services: ['payments', 'search-*'] }
  const routesOf = (pattern: string) => (pattern === 'payments' ? broken.routes : [])
  t.equal(says(calls, factsOf([], { routesOf })), 'fail; GET /cart fail; GET /cart fail')
  t.equal(says(calls, factsOf([])), 'pass')
})

function incident(over: Partial<GuardIncident> = {}): GuardIncident {
  return {
    id: '00000000-0000-8000-8000-000000000001' as IncidentId,
    scope: {
      service: CHECKOUT,
      environment: PRODUCTION,
      route: CART,
      kind: 'error_rate' as KindName,
    },
    status: 'open',
    severity: 'critical',
    escalationLevel: 1,
    firstSeen: NOW,
    ...over,
  }
}

t.test('incident', async (t) => {
  const rule = { type: 'incident' }
  const old = incident({ firstSeen: (NOW - HOUR) as GuardIncident['firstSeen'] })
  const rows: readonly (readonly [rule: object, given: GuardIncident, isFail: boolean])[] = [
    [rule, incident(), true],
    [rule, incident({ severity: 'warning' }), false],
    [{ ...rule, severity: 'warning' }, incident({ severity: 'warning' }), true],
    [rule, incident({ status: 'acknowledged' }), false],
    [{ ...rule, acknowledged: 'block' }, incident({ status: 'acknowledged' }), true],
    [{ ...rule, acknowledged: 'block' }, incident({ status: 'resolved' }), false],
    [{ ...rule, minLevel: 2 }, incident(), false],
    [{ ...rule, minLevel: 2 }, incident({ escalationLevel: 2 }), true],
    [{ ...rule, firstSeenWithin: '30m' }, old, false],
    [{ ...rule, firstSeenWithin: '1h' }, old, true],
    [{ ...rule, routes: { include: ['POST *'] } }, incident(), false],
  ]
  for (const [given, one, isFail] of rows) {
    const said = says(given, factsOf([], { incidents: [one] }))
    t.equal(said, isFail ? 'fail; GET /cart fail' : 'pass', JSON.stringify(given))
  }
})

t.test('burn_rate and error_budget', async (t) => {
  const burn = { type: 'burn_rate', slo: 'availability', windows: ['page_quick'] }
  const left = { type: 'error_budget', slo: 'availability', atLeast: '10%' }
  const budget = (bad: number, inHour = bad) =>
    factsOf([], {
      budgetOf: (slo: PolicyName) =>
        slo === 'availability'
          ? {
              objective: 0.999,
              periodMs: 30 * 24 * HOUR,
              period: { bad, total: 1_000_000 },
              countsOver: () => ({ bad: inHour, total: 10_000 }),
              at: () => {
                throw new Error('nothing here looks ahead')
              },
            }
          : null,
    })
  t.equal(says(burn, budget(0, 140)), 'pass')
  t.equal(says(burn, budget(0, 145)), 'fail; - fail', '14.5 times as fast as allowed')
  t.equal(says(left, budget(900)), 'pass', '10 % are left')
  t.equal(says(left, budget(901)), 'fail; - fail')
  for (const rule of [burn, left]) t.equal(says(rule, factsOf([])), 'undecided; - no_data')
})

t.test('traffic', async (t) => {
  const least = { type: 'traffic', minRequests: 100 }
  t.equal(says(least, factsOf([{ requests: 100 }])), 'pass')
  t.equal(says(least, factsOf([{ requests: 99 }])), 'undecided; - too_few_samples')
  t.equal(says(least, factsOf([])), 'undecided; - no_data')
  const usual = { type: 'traffic', minShareOfUsual: '50%' }
  const before = pastOf([{ requests: 100 }])
  t.equal(says(usual, factsOf([{ requests: 50 }], { before })), 'pass')
  t.equal(says(usual, factsOf([{ requests: 49 }], { before })), 'undecided; - too_few_samples')
  t.equal(
    says(usual, factsOf([{ requests: 50 }])),
    'undecided; - no_data',
    'nobody knows what is usual',
  )
})

t.test('regression', async (t) => {
  const errors = { type: 'regression', of: 'error_rate', maxIncrease: '50%', window: '1m' }
  const before = pastOf([{ requests: 10_000, errors: 100 }])
  t.equal(says(errors, factsOf([{ requests: 1_000, errors: 10 }], { before })), 'pass')
  t.equal(
    says(errors, factsOf([{ requests: 1_000, errors: 50 }], { before })),
    'fail; GET /cart fail',
  )
  t.equal(
    says(errors, factsOf([{ route: 'GET /new', requests: 500, errors: 500 }], { before })),
    'undecided; - no_data',
  )
  t.equal(says(errors, factsOf([{ requests: 1_000 }])), 'undecided; - no_data')
  const slow = { type: 'regression', of: 'latency', maxIncrease: '50%', window: '1m' }
  const steady = pastOf([{ requests: 1_000, ms: 100 }])
  t.equal(
    says(slow, factsOf([{ requests: 1_000, ms: 101 }], { before: steady })),
    'pass',
    'in the next bin',
  )
  t.equal(
    says(slow, factsOf([{ requests: 1_000, ms: 101, slow: 200 }], { before: steady })),
    'fail; GET /cart fail',
  )
})

const TELLS_LITTLE: CanaryComparison = {
  against: 'beside',
  canary: { requests: 10, errors: 0 },
  baseline: { requests: 90, errors: 0 },
  dispersions: { beside: 1, before: 1 },
  evidence: { beside: NO_RATIO_EVIDENCE, before: NO_RATIO_EVIDENCE },
}

/** A tenth of the traffic, of whose baseline 1 % is bad. */
function compared(canaryErrors: number, buckets: number): CanaryComparison {
  const bucket = {
    canaryErrors,
    canaryBouts: canaryErrors,
    errors: canaryErrors + 9,
    share: { low: 0.1, high: 0.1 },
  }
  let evidence: RatioEvidence = NO_RATIO_EVIDENCE
  for (let nth = 0; nth < buckets; nth += 1) evidence = addToRatio(evidence, bucket, 2)
  return {
    ...TELLS_LITTLE,
    canary: { requests: 100 * buckets, errors: canaryErrors * buckets },
    baseline: { requests: 900 * buckets, errors: 9 * buckets },
    evidence: { beside: evidence, before: NO_RATIO_EVIDENCE },
  }
}

const SMOOTH = { beside: 1, before: 1 }

function canaryFacts(
  routes: Readonly<Record<string, CanaryComparison>>,
  over: Partial<CanaryFacts> = {},
): RuleFacts {
  const byRoute = Object.entries(routes).map(
    ([route, one]) => [route as RouteName, { errors: one, latency: TELLS_LITTLE }] as const,
  )
  const facts: CanaryFacts = {
    byRoute: new Map(byRoute),
    dispersions: { errors: SMOOTH, latency: SMOOTH },
    missing: [],
    silentMs: null,
    ...over,
  }
  return factsOf([], { canaryOf: () => facts })
}

t.test('canary', async (t) => {
  const rule = { type: 'canary', of: ['errors'] }
  const rows: readonly (readonly [errors: number, buckets: number, says: string])[] = [
    [1, 3, 'undecided; GET /cart too_few_samples'],
    [1, 60, 'pass'],
    [3, 10, 'fail; GET /cart fail'],
    [0, 1, 'undecided; GET /cart too_few_samples'],
    [0, 60, 'pass'],
  ]
  for (const [errors, buckets, said] of rows) {
    const facts = canaryFacts({ [CART]: compared(errors, buckets) })
    t.equal(says(rule, facts), said, `${errors} in ${buckets}`)
  }
  const both = { type: 'canary' }
  const one = { [CART]: compared(1, 60) }
  t.equal(says(both, canaryFacts(one)), 'undecided; GET /cart too_few_samples', 'of latency')
  t.equal(says(rule, factsOf([])), 'undecided; - too_early')
  t.equal(says(rule, factsOf([], { isFinished: true })), 'pass', 'there is no canary')
  const excluded = { ...rule, routes: { exclude: [CART] } }
  t.equal(says(excluded, canaryFacts(one)), 'undecided; - too_early')
  const negligible = { ...rule, negligible: '10%' }
  t.equal(says(negligible, canaryFacts({ [CART]: compared(3, 10) })), 'pass', 'too few to matter')
})

t.test('a canary that is worse says by how much', async (t) => {
  const { spec } = policyOf([{ type: 'canary', of: ['errors'] }])
  const facts = canaryFacts({ [CART]: compared(3, 10) })
  t.match(evaluateRule(spec.rules[0]!, spec, facts).findings, [
    { need: 'no more errors than the version before: 3 % of 1000 requests, against 1 % of 9000' },
  ])
})

t.test('canary: several routes', async (t) => {
  const rule = { type: 'canary', of: ['errors'] }
  const good = compared(1, 60)
  const split = (canaryErrors: number, buckets: number, routes: number) =>
    Object.fromEntries(
      Array.from({ length: routes }, (_, nth) => [`GET /${nth}`, compared(canaryErrors, buckets)]),
    )
  t.equal(
    says(rule, canaryFacts({ [CART]: good, 'GET /bad': compared(5, 10) })),
    'fail; GET /bad fail',
  )
  t.equal(says(rule, canaryFacts(split(3, 2, 1))), 'undecided; GET /0 too_few_samples')
  t.match(says(rule, canaryFacts(split(3, 2, 8))), /^fail; - fail/u, 'all are a little worse')
  t.equal(says(rule, canaryFacts(split(1, 10, 1))), 'undecided; GET /0 too_few_samples')
  t.equal(says(rule, canaryFacts(split(1, 10, 8))), 'pass', 'together they are enough')
  const bursts = { beside: 10, before: 10 }
  const dispersions = { errors: bursts, latency: SMOOTH }
  t.match(
    says(rule, canaryFacts(split(1, 10, 8), { dispersions })),
    /^undecided/u,
    'errors come in bursts',
  )
})

t.test('canary: traffic that vanishes holds', async (t) => {
  const rule = { type: 'canary', of: ['errors'] }
  const good = { [CART]: compared(1, 60) }
  const bad = { [CART]: compared(5, 10) }
  const missing = ['GET /gone' as RouteName]
  t.equal(says(rule, canaryFacts(good, { silentMs: 60_000 })), 'undecided; - no_data')
  t.equal(says(rule, canaryFacts(good, { missing })), 'undecided; GET /gone no_data')
  t.match(says(rule, canaryFacts(bad, { silentMs: 60_000, missing })), /^fail/u)
  const excluded = { ...rule, routes: { exclude: missing } }
  t.equal(says(excluded, canaryFacts(good, { missing })), 'pass')
})

t.test('freeze, approval and healthy_for', async (t) => {
  const freeze = { name: 'holidays' as PolicyName, reason: 'end of year', until: NOW }
  t.equal(says({ type: 'freeze' }, factsOf([])), 'pass')
  t.equal(says({ type: 'freeze' }, factsOf([], { freezesAt: () => [freeze] })), 'fail; - fail')

  const two = { type: 'approval', count: 2, role: 'ops_admin', validFor: '1h' }
  const by = (role: 'ops_admin' | 'ci', agoMs = 0) => ({ role, at: (NOW - agoMs) as typeof NOW })
  t.equal(says(two, factsOf([], { approvals: [by('ops_admin'), by('ops_admin', HOUR)] })), 'pass')
  t.equal(
    says(two, factsOf([], { approvals: [by('ops_admin'), by('ops_admin', HOUR + 1)] })),
    'fail; - fail',
  )
  t.equal(says(two, factsOf([], { approvals: [by('ops_admin'), by('ci')] })), 'fail; - fail')

  const green = { type: 'healthy_for', duration: '10m' }
  const since = (ms: number) => factsOf([], { passingSince: (NOW - ms) as typeof NOW })
  t.equal(says(green, since(600 * SECOND)), 'pass')
  t.equal(says(green, since(599 * SECOND)), 'undecided; - too_early')
  t.equal(says(green, factsOf([])), 'undecided; - too_early')
})

t.test('every reason of being undecided was seen above', async (t) => {
  t.strictSame([...seenReasons].toSorted(), [...UNDECIDED_REASONS].toSorted())
})
