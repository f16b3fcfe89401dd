import {
  type AlarmScope,
  type EpochMs,
  type Heads,
  type IncidentId,
  MINUTE_MS,
  type RouteScope,
  type ServiceName,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t, { type Test } from 'tap'

import { DEFAULT_ALARM_RULES } from '../alarm/rules.ts'
import { DEFAULT_SLO_SETTINGS } from '../slo/targets.ts'
import { emptyCell, observe } from '../window/cell.ts'
import { canonicalVerdict } from './canonical.ts'
import { DEFAULT_REASONS } from './finding.ts'
import type { GuardIncident, StaleCause, StaleFact, VerdictInputs } from './inputs.ts'
import { DEFAULT_GUARD_PARAMETERS, type GuardParameters, type GuardQuestion } from './question.ts'
import { type RouteHealth, routeHealthOf } from './route-health.ts'
import { verdict } from './verdict.ts'

const NOW = 1_795_000_005_000 as EpochMs
const HEADS = { log: 12, metrics: [3, 0, 0, 9] } as Heads
const basis = { rules: DEFAULT_ALARM_RULES, targets: DEFAULT_SLO_SETTINGS.targets }

type RouteScopeText = Record<keyof RouteScope, string>
interface Took {
  readonly ms: number
  readonly msBefore: number
}

/** A route whose minute holds `requests`, half of them 30 s ago, of which so many failed. */
function route(
  requests: number,
  errors = 0,
  given: Partial<RouteScopeText & Took> = {},
): RouteHealth {
  const { ms = 10, msBefore = ms, ...named } = given
  const scope = { service: 'shop', environment: 'production', route: 'GET /a', ...named }
  const [before, now] = [emptyCell(), emptyCell()]
  for (let index = 0; index < requests; index += 1) {
    const [cell, took] = index % 2 === 0 ? [now, ms] : [before, msBefore]
    observe(cell, index < errors ? 503 : 200, took * 1_000)
  }
  const cells = [undefined, undefined, before, undefined, undefined, now]
  const minute = { start: (NOW - 55_000) as EpochMs, cells }
  return routeHealthOf(scope as RouteScope, { minute, judged: basis }, NOW)
}

function incident(given: Partial<GuardIncident> & { minutesAgo?: number; in?: object } = {}) {
  const { minutesAgo = 6, in: named = {}, ...fields } = given
  const scope = { service: 'shop', environment: 'production', route: 'GET /a', kind: 'error_rate' }
  return {
    id: '00000000-0000-8000-8000-000000000001' as IncidentId,
    scope: { ...scope, ...named } as AlarmScope,
    status: 'open',
    severity: 'critical',
    escalationLevel: 1,
    firstSeen: (NOW - minutesAgo * MINUTE_MS) as EpochMs,
    ...fields,
  } satisfies GuardIncident
}

function stale(cause: StaleCause, service: string | null = null): StaleFact {
  return { cause, service: service as ServiceName | null, environment: null, evidence: {} }
}

interface Given {
  readonly routes?: readonly RouteHealth[]
  readonly incidents?: readonly GuardIncident[]
  readonly stale?: readonly StaleFact[]
}
interface Asked extends Partial<GuardParameters> {
  readonly service?: string
  readonly environment?: string
}

function ask(given: Given, asked: Asked = {}) {
  const { service = null, environment = 'production', ...guard } = asked
  const inputs: VerdictInputs = {
    routes: given.routes ?? [route(50)],
    incidents: given.incidents ?? [],
    stale: given.stale ?? [],
    heads: HEADS,
    freshnessMs: 120,
    governance: null,
    waivers: [],
  }
  const question = {
    service,
    environment,
    version: null,
    release: null,
    guard: { ...DEFAULT_GUARD_PARAMETERS, ...guard },
  } as GuardQuestion
  return verdict(inputs, question, NOW)
}

const seenReasons = new Set<string>()

type Row = readonly [about: string, given: Given, asked: Asked, then: string, warnings?: string]

function table(t: Test, rows: readonly Row[]): void {
  for (const [about, given, asked, then, warnings = ''] of rows) {
    const answer = ask(given, asked)
    const violated = answer.violations.map(({ reason }) => reason)
    const warned = answer.warnings.map(({ reason }) => reason)
    for (const reason of [...violated, ...warned]) seenReasons.add(reason)
    t.equal([answer.outcome, ...violated].join(' '), then, about)
    t.equal(warned.join(' '), warnings, `${about}: warnings`)
    t.equal(answer.pass, answer.outcome === 'pass', `${about}: pass`)
  }
}

t.test('a route blocks by its last minute', async (t) => {
  const slow = { ms: 400, msBefore: 400 }
  const slower = { ms: 150, msBefore: 100 }
  const dead = 'fail error_rate_critical hard_error_threshold slo_violation'
  table(t, [
    ['healthy', { routes: [route(50)] }, {}, 'pass'],
    ['20 % errors', { routes: [route(50, 10)] }, {}, dead],
    ['19 % errors', { routes: [route(100, 19)] }, {}, 'fail slo_violation', 'warning_alarm'],
    ['1.2 % errors', { routes: [route(1_000, 12)] }, {}, 'pass'],
    ['1.3 % errors', { routes: [route(1_000, 13)] }, {}, 'fail slo_violation'],
    ['slow', { routes: [route(50, 0, slow)] }, {}, 'fail slo_violation'],
    ['slower', { routes: [route(50, 0, slower)] }, {}, 'pass', 'p95_regression_critical'],
    [
      'slower',
      { routes: [route(50, 0, slower)] },
      { check_regress: true },
      'fail p95_regression_critical',
    ],
    [
      'a lower threshold',
      { routes: [route(1_000, 12)] },
      { hard_error_pct: 1.2 },
      'fail hard_error_threshold',
    ],
    [
      'a higher threshold',
      { routes: [route(50, 10)] },
      { hard_error_pct: 21 },
      'fail error_rate_critical slo_violation',
    ],
  ])
})

t.test('warnings block where they are not allowed', async (t) => {
  const slower = { ms: 140, msBefore: 100 }
  table(t, [
    ['allowed', { routes: [route(50, 0, slower)] }, {}, 'pass', 'warning_alarm'],
    [
      'not allowed',
      { routes: [route(50, 0, slower)] },
      { allow_warn: false },
      'fail warning_alarm',
    ],
    [
      'errors',
      { routes: [route(100, 5)] },
      { allow_warn: false },
      'fail slo_violation warning_alarm',
    ],
    [
      'a critical one is none',
      { routes: [route(50, 0, { ms: 150, msBefore: 100 })] },
      { allow_warn: false },
      'pass',
      'p95_regression_critical',
    ],
  ])
})

t.test('a route with few requests is not considered', async (t) => {
  table(t, [
    ['4 of them', { routes: [route(4, 4)] }, {}, 'pass', 'no_data'],
    [
      '5 of them',
      { routes: [route(5, 1)] },
      {},
      'fail error_rate_critical hard_error_threshold slo_violation',
    ],
    [
      '4, and 4 suffice',
      { routes: [route(4, 4)] },
      { min_samples: 4 },
      'fail hard_error_threshold',
    ],
    ['50, and 51 are wanted', { routes: [route(50, 50)] }, { min_samples: 51 }, 'pass', 'no_data'],
    ['few beside many', { routes: [route(4, 4), route(5, 0, { route: 'GET /b' })] }, {}, 'pass'],
    [
      'few in another service',
      { routes: [route(4), route(5, 0, { service: 'pay' })] },
      {},
      'pass',
      'no_data',
    ],
    ['no route at all', { routes: [] }, {}, 'pass', 'no_data'],
  ])
  t.same(ask({ routes: [route(4, 4), route(2, 0, { route: 'GET /b' })] }).warnings, [
    {
      reason: 'no_data',
      service: 'shop',
      route: null,
      evidence: { routes: 2, samples_1m: 6, min_samples: 5 },
    },
  ])
  t.equal(ask({ routes: [] }, { service: 'shop' }).warnings[0]?.service, 'shop')
})

t.test('an incident blocks until somebody takes it over', async (t) => {
  const warning = incident({ severity: 'warning' })
  table(t, [
    ['open', { incidents: [incident()] }, {}, 'fail incident_open'],
    ['acknowledged', { incidents: [incident({ status: 'acknowledged' })] }, {}, 'pass'],
    ['resolved', { incidents: [incident({ status: 'resolved' })] }, {}, 'pass'],
    ['level 0', { incidents: [incident({ escalationLevel: 0 })] }, {}, 'pass'],
    [
      'level 0 is enough',
      { incidents: [incident({ escalationLevel: 0 })] },
      { min_esc_level: 0 },
      'fail incident_open',
    ],
    ['level 1 is not', { incidents: [incident()] }, { min_esc_level: 2 }, 'pass'],
    ['at the lookback', { incidents: [incident({ minutesAgo: 10 })] }, {}, 'fail incident_open'],
    [
      'older',
      { incidents: [incident({ minutesAgo: 10.01 })] },
      {},
      'pass',
      'incident_outside_lookback',
    ],
    [
      'a longer lookback',
      { incidents: [incident({ minutesAgo: 60 })] },
      { lookback_min: 60 },
      'fail incident_open',
    ],
    ['a warning', { incidents: [warning] }, {}, 'pass'],
    [
      'warnings included',
      { incidents: [warning] },
      { include_warning: true },
      'fail incident_open',
    ],
    [
      'a warning at level 0',
      { incidents: [incident({ severity: 'warning', escalationLevel: 0 })] },
      { include_warning: true },
      'pass',
    ],
    [
      'an old warning',
      { incidents: [incident({ severity: 'warning', minutesAgo: 11 })] },
      { include_warning: true },
      'pass',
    ],
  ])
  t.same(ask({ incidents: [incident()] }).violations, [
    {
      reason: 'incident_open',
      service: 'shop',
      route: 'GET /a',
      evidence: {
        incident_id: '00000000-0000-8000-8000-000000000001',
        incident_key: 'GET /a::error_rate',
        kind: 'error_rate',
        severity: 'critical',
        escalation_level: 1,
        first_seen: new Date(NOW - 6 * MINUTE_MS).toISOString(),
      },
    },
  ])
})

t.test(
  'acknowledging every incident does not open the guard while a route still fails',
  async (t) => {
    const given = { routes: [route(50, 50)], incidents: [incident({ status: 'acknowledged' })] }
    table(t, [['still', given, {}, 'fail error_rate_critical hard_error_threshold slo_violation']])
  },
)

t.test('stale data leaves it undecided, and does not pass', async (t) => {
  const causes: readonly StaleCause[] = [
    'behind',
    'no_aggregator',
    'parked_batch',
    'incomplete_window',
    'store_unavailable',
  ]
  for (const cause of causes) {
    table(t, [[cause, { stale: [stale(cause)] }, {}, 'undecided stale_data']])
    t.same(ask({ stale: [stale(cause)] }).violations[0]?.evidence, { cause })
  }
  const failing = { stale: [stale('behind')], routes: [route(50, 20)] }
  table(t, [
    [
      'what is known to fail fails',
      failing,
      {},
      'fail stale_data error_rate_critical hard_error_threshold slo_violation',
    ],
    [
      'of this service',
      { stale: [stale('parked_batch', 'shop')] },
      { service: 'shop' },
      'undecided stale_data',
    ],
    ['of another service', { stale: [stale('parked_batch', 'pay')] }, { service: 'shop' }, 'pass'],
    ['of any service', { stale: [stale('parked_batch', 'pay')] }, {}, 'undecided stale_data'],
  ])
})

t.test('without a store nothing is known, and silence is not blamed for it', async (t) => {
  const inputs = { routes: [], incidents: [], stale: [stale('store_unavailable')] }
  const question = { service: null, version: null, release: null, guard: DEFAULT_GUARD_PARAMETERS }
  const asked = { ...question, environment: 'production' } as GuardQuestion
  const answer = verdict(
    { ...inputs, heads: null, freshnessMs: null, governance: null, waivers: [] },
    asked,
    NOW,
  )
  t.same([answer.outcome, answer.position, answer.heads], ['undecided', null, null])
  t.same(answer.warnings, [])
})

t.test('only the service and environment that were asked for are looked at', async (t) => {
  const elsewhere = { environment: 'staging' }
  const other = { service: 'pay' }
  table(t, [
    ['staging route', { routes: [route(50), route(50, 50, elsewhere)] }, {}, 'pass'],
    ['staging incident', { incidents: [incident({ in: elsewhere })] }, {}, 'pass'],
    [
      'staging asked',
      { incidents: [incident({ in: elsewhere })] },
      elsewhere,
      'fail incident_open',
      'no_data',
    ],
    ['other service', { routes: [route(50), route(50, 50, other)] }, { service: 'shop' }, 'pass'],
    ['other incident', { incidents: [incident({ in: other })] }, { service: 'shop' }, 'pass'],
    ['all services', { incidents: [incident({ in: other })] }, {}, 'fail incident_open'],
  ])
})

t.test('a verdict carries all that it was made from', async (t) => {
  const answer = ask({}, { service: 'shop', lookback_min: 7 })
  t.same(answer, {
    service: 'shop',
    env: 'production',
    version: null,
    release: null,
    guard: { ...DEFAULT_GUARD_PARAMETERS, lookback_min: 7 },
    outcome: 'pass',
    pass: true,
    violations: [],
    warnings: [],
    waived: [],
    needs: [],
    opens_at: null,
    policies: [],
    position: 12,
    heads: HEADS,
    as_of: NOW,
    freshness_ms: 120,
  })
})

t.test(
  'the canonical form leaves out what differs between two answers to one question',
  async (t) => {
    const answer = ask({ routes: [route(50, 20)] })
    const canonical = canonicalVerdict(answer)
    t.equal(canonical, canonicalVerdict({ ...answer, freshness_ms: 999 }))
    t.not(canonical, canonicalVerdict({ ...answer, release: '1.4.2' }))
    t.same({ ...JSON.parse(canonical), as_of: NOW, freshness_ms: 120 }, answer)
  },
)

t.test('the order of the inputs makes no difference', async (t) => {
  const routes = ['GET /a', 'GET /b', 'POST /a'].flatMap((name, index) =>
    ['shop', 'pay'].map((service) =>
      route(40, 10 * index, { service, route: name, msBefore: 5, ms: 90 }),
    ),
  )
  const incidents = [1, 2, 3].flatMap((id) =>
    [3, 30].map((minutesAgo) =>
      incident({ minutesAgo, id: `0000000${id}-0000-8000-8000-000000000000` as IncidentId }),
    ),
  )
  const facts = [
    stale('behind'),
    stale('parked_batch', 'pay'),
    stale('parked_batch', 'shop'),
    stale('no_aggregator'),
  ]
  const expected = canonicalVerdict(ask({ routes, incidents, stale: facts }, { allow_warn: false }))
  const shuffled = <Item>(items: readonly Item[]) =>
    fc.shuffledSubarray([...items], { minLength: items.length })
  fc.assert(
    fc.property(shuffled(routes), shuffled(incidents), shuffled(facts), (a, b, c) => {
      const answer = ask({ routes: a, incidents: b, stale: c }, { allow_warn: false })
      t.equal(canonicalVerdict(answer), expected)
    }),
    { numRuns: 30 },
  )
})

t.test('every reason occurs above', async (t) => {
  // Freezes are in govern.test.ts.
  const expected = DEFAULT_REASONS.filter((reason) => reason !== 'freeze')
  t.same([...seenReasons].toSorted(), expected.toSorted())
})
