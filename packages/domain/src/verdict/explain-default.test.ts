// Goal: whoever asks sees what the default policy looked at, what passed as well, and how far each figure is from its limit.
// Method: a service by what it did, and the row of each rule.
import {
  type AlarmScope,
  type Heads,
  HOUR_MS,
  type IncidentId,
  MINUTE_MS,
  plusMs,
  type PolicyName,
  type PolicyVersion,
  type PrincipalId,
  type RouteName,
  type ServiceName,
  type WaiverId,
} from '@portcullis/contracts'
import t from 'tap'

import { appliedPolicyOf } from '../policy/applied/state.ts'
import { CHECKOUT, factsOf, NOW, PRODUCTION, type Traffic } from '../policy/fixtures/facts.ts'
import { canonicalVerdict } from './canonical.ts'
import { explainDefault } from './explain-default.ts'
import { DEFAULT_REASONS } from './finding.ts'
import type { AppliedReleasePolicy, GuardIncident, VerdictInputs } from './inputs.ts'
import { DEFAULT_GUARD_PARAMETERS, type GuardParameters } from './question.ts'
import { verdict } from './verdict.ts'

const SEARCH = 'search' as ServiceName

interface Given extends Partial<Pick<VerdictInputs, 'incidents' | 'stale' | 'waivers'>> {
  readonly traffic?: readonly Traffic[]
  readonly guard?: Partial<GuardParameters>
  readonly service?: ServiceName | null
  readonly policies?: readonly AppliedReleasePolicy[]
  readonly isFrozen?: boolean
}

function explained(given: Given) {
  const { traffic = [], service = CHECKOUT, policies = [], isFrozen = false } = given
  const all = factsOf(traffic)
  const freeze = { name: 'quiet' as PolicyName, reason: 'x', until: plusMs(NOW, HOUR_MS) }
  const inputs: VerdictInputs = {
    routes: all.routes,
    incidents: [],
    stale: [],
    waivers: [],
    heads: { log: 7, metrics: [1] } as Heads,
    freshnessMs: 1,
    ...given,
    governance: {
      policies,
      services: [CHECKOUT, SEARCH],
      labelsOf: () => ({}),
      factsOf: () => all,
      freezesAt: () => (isFrozen ? [freeze] : []),
    },
  }
  const guard = { ...DEFAULT_GUARD_PARAMETERS, ...given.guard }
  const question = { service, environment: PRODUCTION, version: null, release: null, guard }
  const answer = verdict(inputs, question, NOW)
  return { answer, services: explainDefault(inputs, question, answer) }
}

/** What a rule looked at, as lines. */
function told(rule: string, given: Given): string[] {
  const { services } = explained(given)
  const found = services[0]!.rules.find((one) => one.rule === rule)!
  return found.findings.map(({ route, evidence }) => {
    const { limits, left, ...figures } = evidence
    const shown = limits === undefined ? [figures] : [limits, left]
    return [found.mode, found.status, route, ...shown.map((one) => JSON.stringify(one))].join(' ')
  })
}

const incident: GuardIncident = {
  id: '00000000-0000-8000-8000-000000000001' as IncidentId,
  scope: {
    service: CHECKOUT,
    environment: PRODUCTION,
    route: 'GET /cart' as RouteName,
    kind: 'error_rate',
  } as AlarmScope,
  status: 'open',
  severity: 'critical',
  escalationLevel: 0,
  firstSeen: plusMs(NOW, -MINUTE_MS),
}

const GOOD: readonly Traffic[] = [
  { route: 'GET /a', requests: 1_000, errors: 5, ms: 20 },
  { route: 'GET /b', requests: 100, errors: 1, ms: 150 },
  { route: 'GET /few', requests: 4, errors: 4 },
]

const cases: readonly (readonly [rule: string, given: Given, lines: (string | RegExp)[]])[] = [
  ['stale_data', {}, ['enforce pass  {"causes":0}']],
  [
    'stale_data',
    { stale: [{ cause: 'behind', service: null, environment: null, evidence: {} }] },
    ['enforce undecided  {"cause":"behind"}'],
  ],
  ['no_data', { traffic: GOOD }, ['warn pass  {"routes":2,"min_samples":5}']],
  ['no_data', {}, ['warn undecided  {"routes":0,"samples_1m":0,"min_samples":5}']],
  ['freeze', {}, ['enforce pass  {"freezes":0}']],
  ['freeze', { isFrozen: true }, [/^enforce fail {2}\{"freeze":"quiet"/u]],
  // The route that is nearest.
  [
    'error_rate_critical',
    { traffic: GOOD },
    ['enforce pass GET /b {"err_rate_1m":20} {"err_rate_1m":19}'],
  ],
  ['error_rate_critical', {}, ['enforce pass  {"routes":0,"min_samples":5}']],
  [
    'error_rate_critical',
    { traffic: [...GOOD, { route: 'GET /c', requests: 100, errors: 30 }] },
    ['enforce fail GET /c {"err_rate_1m":20} {"err_rate_1m":-10}'],
  ],
  [
    'hard_error_threshold',
    { traffic: GOOD, guard: { hard_error_pct: 1.5 } },
    ['enforce pass GET /b {"err_rate_1m":1.5} {"err_rate_1m":0.5}'],
  ],
  [
    'hard_error_threshold',
    { traffic: GOOD, guard: { hard_error_pct: 0.4 } },
    [
      'enforce fail GET /a {"err_rate_1m":0.4} {"err_rate_1m":-0.1}',
      'enforce fail GET /b {"err_rate_1m":0.4} {"err_rate_1m":-0.6}',
    ],
  ],
  [
    'slo_violation',
    { traffic: GOOD },
    [/^enforce pass GET \/b \{"p95_ms":360,"err_pct":1.2\} \{"p95_ms":21\d.*"err_pct":0.2\}$/u],
  ],
  [
    'p95_regression_critical',
    {
      traffic: [
        { requests: 100, agoS: 45 },
        { requests: 100, ms: 25 },
      ],
    },
    [/^warn pass GET \/cart \{"increase_ms":30,"increase_pct":50\} \{"increase_ms":2\d/u],
  ],
  [
    'p95_regression_critical',
    { traffic: GOOD, guard: { check_regress: true } },
    ['enforce pass  {"routes":2,"min_samples":5}'],
  ],
  ['warning_alarm', { traffic: GOOD }, ['warn pass GET /b {"err_rate_1m":5} {"err_rate_1m":4}']],
  [
    'warning_alarm',
    { traffic: [{ requests: 100, errors: 6 }], guard: { allow_warn: false } },
    ['enforce fail GET /cart {"err_rate_1m":5} {"err_rate_1m":-1}'],
  ],
  [
    'incident_open',
    { incidents: [incident, { ...incident, status: 'acknowledged' }] },
    ['enforce pass  {"incidents":1,"min_esc_level":1,"lookback_min":10}'],
  ],
  [
    'incident_open',
    { incidents: [{ ...incident, escalationLevel: 1 }] },
    [/^enforce fail GET \/cart \{"incident_id"/u],
  ],
  ['incident_outside_lookback', {}, ['warn pass  {"incidents":0,"lookback_min":10}']],
]

for (const [rule, given, lines] of cases) {
  t.test(`${rule}: ${JSON.stringify(given).slice(0, 60)}`, async (t) => {
    t.match(told(rule, given), lines)
    t.equal(told(rule, given).length, lines.length)
  })
}

t.test('every rule is named, for every service that the default policy decides for', async (t) => {
  const { document, ...rest } = appliedPolicyOf('c0'.repeat(32) as PolicyVersion, {
    apiVersion: 'portcullis.dev/v1',
    kind: 'ReleasePolicy',
    metadata: { name: 'mine' },
    spec: { selector: { services: ['search'] }, rules: [{ type: 'alarm' }] },
  })
  if (document.kind !== 'ReleasePolicy') throw new Error('This is another kind.')
  const { services } = explained({ service: null, traffic: GOOD })
  t.strictSame(
    services.map(({ service }) => service),
    [CHECKOUT, SEARCH],
  )
  const rules = services[0]!.rules.map(({ rule }) => rule)
  t.strictSame(rules, [...DEFAULT_REASONS])
  const policies = [{ ...rest, document }]
  t.match(explained({ service: null, policies }).services, [{ service: CHECKOUT }])
  t.equal(explained({ service: null, policies }).services.length, 1)
  t.strictSame(explained({ service: SEARCH, policies }).services, [])
})

t.test('what a waiver lets through is shown as what it is', async (t) => {
  const by = 'person_1' as PrincipalId
  const waiver = {
    status: 'active',
    waiverId: '00000000-0000-7000-8000-000000000001' as WaiverId,
    service: CHECKOUT,
    environment: PRODUCTION,
    version: null,
    policies: null,
    rules: null,
    reason: { by, sealed: '' },
    until: plusMs(NOW, HOUR_MS),
    needsSecond: false,
    grantedBy: by,
    grantedAt: NOW,
    approval: null,
  } as const
  t.match(told('freeze', { isFrozen: true, waivers: [waiver] }), [/^enforce fail/u])
})

t.test('a verdict shows it where it was asked for', async (t) => {
  const { answer, services } = explained({ traffic: GOOD })
  t.notMatch(canonicalVerdict(answer), 'default_rules')
  const shown = JSON.parse(canonicalVerdict({ ...answer, default_rules: services }, true))
  t.strictSame(shown.default_rules, services)
})
