import {
  type AlarmScope,
  DAY_MS,
  type EpochMs,
  type Heads,
  HOUR_MS,
  type IncidentId,
  MINUTE_MS,
  plusMs,
  type PolicyName,
  type PolicyVersion,
  type PrincipalId,
  type RouteName,
  SECOND_MS,
  type ServiceName,
  type WaiverId,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t from 'tap'

import { appliedPolicyOf } from '../policy/applied/state.ts'
import type { BudgetFacts, RuleFacts } from '../policy/facts.ts'
import { CHECKOUT, factsOf, NOW, PRODUCTION, type Traffic } from '../policy/fixtures/facts.ts'
import type {
  AppliedReleasePolicy,
  Governance,
  GuardIncident,
  VerdictInputs,
} from '../verdict/inputs.ts'
import { DEFAULT_GUARD_PARAMETERS } from '../verdict/question.ts'
import { verdict } from '../verdict/verdict.ts'
import type { ActiveWaiver } from '../waiver/state.ts'
import { opensAt } from './opens-at.ts'

const QUESTION = {
  service: CHECKOUT,
  environment: PRODUCTION,
  version: null,
  release: null,
  guard: DEFAULT_GUARD_PARAMETERS,
}

interface Given {
  readonly traffic?: readonly Traffic[]
  readonly facts?: Partial<RuleFacts>
  readonly incidents?: readonly GuardIncident[]
  readonly stale?: VerdictInputs['stale']
  /** Those of the one policy that there is, unless more are given. */
  readonly rules?: readonly object[]
  readonly policies?: readonly AppliedReleasePolicy[]
  readonly waivers?: readonly ActiveWaiver[]
}

function inputsOf(given: Given) {
  const { traffic = [], facts = {}, incidents = [], stale = [], waivers = [] } = given
  const all = factsOf(traffic, { incidents, ...facts })
  const { policies = given.rules === undefined ? [] : [policyOf(given.rules)] } = given
  const inputs: VerdictInputs = {
    routes: all.routes,
    incidents,
    stale,
    heads: { log: 7, metrics: [1] } as Heads,
    freshnessMs: 1,
    governance:
      policies.length === 0
        ? null
        : {
            policies,
            services: [CHECKOUT],
            labelsOf: () => ({}),
            factsOf: () => all,
            freezesAt: (_service, at) => all.freezesAt(at),
          },
    waivers,
  }
  return inputs
}

function policyOf(
  rules: readonly object[],
  { name = 'mine', ...selector }: { name?: string; services?: readonly string[] } = {},
): AppliedReleasePolicy {
  const { document, ...rest } = appliedPolicyOf('c0'.repeat(32) as PolicyVersion, {
    apiVersion: 'portcullis.dev/v1',
    kind: 'ReleasePolicy',
    metadata: { name },
    spec: JSON.parse(JSON.stringify({ selector, rules })),
  })
  if (document.kind !== 'ReleasePolicy') throw new Error('This is another kind.')
  return { ...rest, document }
}

/** Returns in how many seconds it could pass; null where nobody knows. */
function opensInS(given: Given): number | null {
  const inputs = inputsOf(given)
  const at = opensAt(inputs, QUESTION, verdict(inputs, QUESTION, NOW))
  return at === null ? null : (at - NOW) / SECOND_MS
}

function incident(minutesAgo: number, kind = 'error_rate'): GuardIncident {
  const route = 'GET /cart' as RouteName
  return {
    id: '00000000-0000-8000-8000-000000000001' as IncidentId,
    scope: { service: CHECKOUT, environment: PRODUCTION, route, kind } as AlarmScope,
    status: 'open',
    severity: 'critical',
    escalationLevel: 1,
    firstSeen: plusMs(NOW, -minutesAgo * MINUTE_MS),
  }
}

/** A budget that was spent at once so long ago, and to which so much comes every minute. */
function budgetSpent(agoMs: number): BudgetFacts {
  const at = (aheadMs: number): BudgetFacts => ({
    objective: 0.99,
    periodMs: 28 * DAY_MS,
    period: { bad: 10, total: 1_000 },
    countsOver: (windowMs) => ({
      bad: agoMs + aheadMs <= windowMs ? 5_000 : 0,
      total: 10_000 + windowMs / SECOND_MS,
    }),
    at: (later) => at(later - NOW),
  })
  return at(0)
}

const freeze = {
  name: 'christmas' as PolicyName,
  reason: 'nobody is here',
  until: plusMs(NOW, 90 * SECOND_MS),
}

/** What lets the rule `approval` through for some seconds. */
function waivedFor(seconds: number): ActiveWaiver {
  const by = 'person_1' as PrincipalId
  return {
    status: 'active',
    waiverId: '00000000-0000-7000-8000-000000000001' as WaiverId,
    service: CHECKOUT,
    environment: PRODUCTION,
    version: null,
    policies: null,
    rules: ['approval'],
    reason: { by, sealed: '' },
    until: plusMs(NOW, seconds * SECOND_MS),
    needsSecond: false,
    grantedBy: by,
    grantedAt: NOW,
    approval: null,
  }
}

const frozen = { freezesAt: (at: EpochMs) => (at < freeze.until ? [freeze] : []) }
const approved = policyOf([{ type: 'approval', role: 'ops_admin' }], { name: 'approved' })

// NOW is 5 seconds into its bucket.
const cases: readonly (readonly [fact: string, given: Given, inS: number | null])[] = [
  ['what passes is open', { traffic: [{ requests: 100 }] }, null],
  [
    'errors are over when their bucket has left the minute',
    { traffic: [{ requests: 1_000, errors: 1_000 }] },
    55,
  ],
  [
    'healthy traffic makes them few sooner',
    {
      traffic: [
        { requests: 1_200, errors: 130, agoS: 45 },
        { requests: 6_000, agoS: 30 },
        { route: 'GET /b', requests: 100, errors: 21, agoS: 45 },
      ],
    },
    15,
  ],
  ['an incident leaves the lookback', { incidents: [incident(9)] }, 61],
  [
    'an incident of an alarm is resolved after five healthy minutes',
    { incidents: [incident(1)] },
    365,
  ],
  [
    'one that somebody opened leaves the lookback',
    { incidents: [incident(1, 'customer_called')] },
    541,
  ],
  [
    'a rule that looks at no instant, but at people, waits for them',
    { rules: [{ type: 'approval', role: 'ops_admin' }] },
    null,
  ],
  [
    'stale data may be mended at any moment, or never',
    { stale: [{ cause: 'behind', service: null, environment: null, evidence: {} }] },
    null,
  ],
  [
    'lost batches leave the minute',
    {
      stale: [
        {
          cause: 'incomplete_window',
          service: null,
          environment: null,
          evidence: {},
          until: plusMs(NOW, 25 * SECOND_MS),
        },
      ],
    },
    25,
  ],
  [
    'a rule with a long window waits for it',
    {
      traffic: [
        { requests: 100, errors: 100, agoS: 1 },
        { route: 'GET /other', requests: 5_000, agoS: 10 },
      ],
      rules: [{ type: 'error_rate', max: '1%', window: '5m' }],
    },
    295,
  ],
  [
    'more requests come at the rate of the last minute',
    { traffic: [{ requests: 60 }], rules: [{ type: 'traffic', minRequests: 100 }] },
    35,
  ],
  ['without traffic there is never enough', { rules: [{ type: 'traffic', minRequests: 1 }] }, null],
  ['a freeze ends', { facts: frozen, rules: [{ type: 'freeze' }] }, 90],
  [
    'what a waiver lets through is open until the waiver ends',
    {
      facts: frozen,
      policies: [approved, policyOf([{ type: 'freeze' }])],
      waivers: [waivedFor(91)],
    },
    90,
  ],
  [
    'and blocks again from then on',
    {
      facts: frozen,
      policies: [approved, policyOf([{ type: 'freeze' }])],
      waivers: [waivedFor(90)],
    },
    null,
  ],
  [
    'also where other rules must have passed for a while by then',
    {
      facts: frozen,
      policies: [
        approved,
        policyOf([{ type: 'freeze' }, { type: 'healthy_for', duration: '10m' }]),
      ],
      waivers: [waivedFor(91)],
    },
    null,
  ],
  [
    'rules that pass now must have passed for a while',
    {
      facts: { passingSince: plusMs(NOW, -100 * SECOND_MS) },
      rules: [{ type: 'alarm' }, { type: 'healthy_for', duration: '10m' }],
    },
    505,
  ],
  [
    'rules that will pass must then pass for a while',
    {
      traffic: [{ requests: 1_000, errors: 1_000 }],
      rules: [
        { type: 'alarm', kinds: ['error_rate'] },
        { type: 'healthy_for', duration: '10m' },
      ],
    },
    655,
  ],
  [
    'a budget burns until its short window is over it',
    {
      facts: { budgetOf: () => budgetSpent(0) },
      rules: [{ type: 'burn_rate', slo: 'x', windows: ['page_quick'] }],
    },
    305,
  ],
]

for (const [fact, given, inS] of cases) {
  t.test(fact, async (t) => t.equal(opensInS(given), inS))
}

t.test('a policy that finds nothing goes on deciding for its services', async (t) => {
  const search = 'search' as ServiceName
  const policies = [
    policyOf([{ type: 'alarm' }], { name: 'a', services: [CHECKOUT] }),
    policyOf([{ type: 'freeze' }], { name: 'b', services: [search] }),
  ]
  const inputs = inputsOf({ incidents: [incident(1, 'customer_called')], policies })
  // By the default policy checkout would wait for two hours.
  const untilOf = (service: ServiceName) => plusMs(NOW, (service === search ? 1 : 2) * HOUR_MS)
  const freezesAt: Governance['freezesAt'] = (service, at) =>
    at < untilOf(service) ? [{ ...freeze, until: untilOf(service) }] : []
  const governance: Governance = {
    ...inputs.governance!,
    services: [CHECKOUT, search],
    freezesAt,
    factsOf: (service) => factsOf([], { service, freezesAt: (at) => freezesAt(service, at) }),
  }
  const question = { ...QUESTION, service: null }
  const asked = { ...inputs, governance }
  t.equal(opensAt(asked, question, verdict(asked, question, NOW)), untilOf(search))
})

t.test('it blocks until then, and passes from then on', async () => {
  const route = fc.record({
    route: fc.constantFrom('GET /a', 'GET /b', 'GET /c'),
    requests: fc.integer({ min: 1, max: 300 }),
    share: fc.double({ min: 0, max: 1, noNaN: true }),
    agoS: fc.integer({ min: 0, max: 54 }),
  })
  fc.assert(
    fc.property(fc.array(route, { minLength: 1, maxLength: 8 }), (routes) => {
      const traffic = routes.map(({ share, ...one }) => ({
        ...one,
        errors: Math.floor(one.requests * share),
      }))
      const inputs = inputsOf({ traffic })
      const now = verdict(inputs, QUESTION, NOW)
      const at = opensAt(inputs, QUESTION, now)
      if (now.pass) return at === null
      if (at === null) return false
      const passes = (later: EpochMs) => {
        const routesLater = inputs.routes.map((one) => ({
          ...one,
          evaluation: one.evaluationAt(later),
        }))
        return verdict({ ...inputs, routes: routesLater }, QUESTION, later).pass
      }
      return passes(at) && !passes(plusMs(at, -10 * SECOND_MS)) && passes(plusMs(at, HOUR_MS))
    }),
    { numRuns: 200 },
  )
})
