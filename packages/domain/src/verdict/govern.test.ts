import {
  type EpochMs,
  type Heads,
  HOUR_MS,
  plusMs,
  type PolicyName,
  type PolicyVersion,
  type PrincipalId,
  type ServiceName,
  type WaiverId,
} from '@portcullis/contracts'
import t from 'tap'

import { appliedPolicyOf } from '../policy/applied/state.ts'
import type { ActiveFreeze, RuleFacts } from '../policy/facts.ts'
import { CHECKOUT, factsOf, NOW, PRODUCTION, type Traffic } from '../policy/fixtures/facts.ts'
import type { ActiveWaiver } from '../waiver/state.ts'
import { canonicalVerdict } from './canonical.ts'
import type { AppliedReleasePolicy, Governance, StaleFact, VerdictInputs } from './inputs.ts'
import { DEFAULT_GUARD_PARAMETERS } from './question.ts'
import { verdict } from './verdict.ts'

const VERSION = 'c0'.repeat(32) as PolicyVersion
const SEARCH = 'search' as ServiceName
const HEADS = { log: 7, metrics: [1] } as Heads
const BAD: readonly Traffic[] = [{ requests: 100, errors: 50 }]
const GOOD: readonly Traffic[] = [{ requests: 1_000 }]

const errors = { type: 'error_rate', max: '1%' }
const slow = { type: 'latency', percentile: 50, max: '5ms' }
const rested = { type: 'healthy_for', duration: '10m' }

function policy(name: string, spec: object): AppliedReleasePolicy {
  const { document, ...rest } = appliedPolicyOf(VERSION, {
    apiVersion: 'portcullis.dev/v1',
    kind: 'ReleasePolicy',
    metadata: { name },
    spec: JSON.parse(JSON.stringify(spec)),
  })
  if (document.kind !== 'ReleasePolicy') throw new Error('This is another kind.')
  return { ...rest, document }
}

interface Given {
  readonly traffic?: readonly Traffic[]
  readonly facts?: Partial<RuleFacts>
  readonly stale?: readonly StaleFact[]
  readonly isBlind?: boolean
  readonly labels?: Readonly<Record<string, string>>
  readonly freezes?: readonly ActiveFreeze[]
  readonly waivers?: readonly ActiveWaiver[]
}

const stale = (service: ServiceName | null = null): StaleFact => {
  return { cause: 'behind', service, environment: null, evidence: {} }
}

const frozen: ActiveFreeze = {
  name: 'christmas' as PolicyName,
  reason: 'nobody is here',
  until: plusMs(NOW, HOUR_MS),
}

/** A waiver of somebody, for an hour, that covers what it names. */
function waiverOf(covers: object = {}): ActiveWaiver {
  const by = 'person_1' as PrincipalId
  return {
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
    ...covers,
  }
}

function inputsOf(policies: readonly AppliedReleasePolicy[], given: Given): VerdictInputs {
  const { traffic = GOOD, facts = {}, labels = {}, isBlind = false } = given
  const all = factsOf(traffic, facts)
  const governance: Governance = {
    policies,
    services: [CHECKOUT, SEARCH],
    labelsOf: () => labels,
    factsOf: (service) => (isBlind ? null : { ...all, service }),
    freezesAt: () => given.freezes ?? [],
  }
  return {
    routes: all.routes,
    incidents: [],
    stale: given.stale ?? [],
    heads: isBlind ? null : HEADS,
    freshnessMs: 1,
    governance,
    waivers: given.waivers ?? [],
  }
}

function ask(
  policies: readonly AppliedReleasePolicy[],
  given: Given = {},
  service: ServiceName | null = CHECKOUT,
) {
  const guard = DEFAULT_GUARD_PARAMETERS
  const question = { service, environment: PRODUCTION, version: null, release: null, guard }
  return verdict(inputsOf(policies, given), question, NOW)
}

/** The outcome, whether it passes, and which rules stand in the way or warn. */
function told(...asked: Parameters<typeof ask>): string {
  const { outcome, pass, violations, warnings } = ask(...asked)
  const named = (found: (typeof violations)[number]) =>
    found.policy === undefined ? found.reason : `${found.policy}/${found.rule} ${found.reason}`
  const list = [...violations.map(named), '|', ...warnings.map(named)]
  return [outcome, pass ? 'passes' : 'blocks', ...list].join(' ')
}

const cases: readonly (readonly [fact: string, asked: Parameters<typeof ask>, then: string])[] = [
  [
    'an enforced policy decides in place of the default one',
    [[policy('mine', { rules: [slow] })], { traffic: BAD }],
    'fail blocks mine/latency latency |',
  ],
  [
    'a policy that passes lets through what the default policy would block',
    [[policy('mine', { rules: [{ type: 'traffic', minRequests: 5 }] })], { traffic: BAD }],
    'pass passes |',
  ],
  [
    'of several policies all are needed',
    [
      [
        policy('a', { rules: [{ type: 'traffic', minRequests: 5 }] }),
        policy('b', { rules: [errors] }),
      ],
      { traffic: BAD },
    ],
    'fail blocks b/error-rate error_rate |',
  ],
  [
    'where no policy is enforced for a service the default policy decides',
    [[policy('mine', { selector: { services: ['search'] }, rules: [slow] })], { traffic: BAD }],
    'fail blocks error_rate_critical hard_error_threshold slo_violation |',
  ],
  [
    'a policy that is tried changes nothing',
    [[policy('mine', { mode: 'shadow', rules: [slow] })]],
    'pass passes |',
  ],
  [
    'a policy that warns is told, and the default policy decides',
    [[policy('mine', { mode: 'warn', rules: [slow] })]],
    'pass passes | mine/latency latency',
  ],
  [
    'a rule that warns is told',
    [[policy('mine', { rules: [{ type: 'alarm' }, { ...slow, mode: 'warn' }] })]],
    'pass passes | mine/latency latency',
  ],
  [
    'what cannot be told blocks',
    [[policy('mine', { rules: [{ type: 'alarm' }, rested] })]],
    'undecided blocks mine/healthy-for too_early |',
  ],
  [
    'unless the policy lets it through',
    [[policy('mine', { onUndecided: 'pass', rules: [{ type: 'alarm' }, rested] })]],
    'undecided passes | mine/healthy-for too_early',
  ],
  [
    'stale data block',
    [[policy('mine', { rules: [{ type: 'alarm' }] })], { stale: [stale()] }],
    'undecided blocks stale_data |',
  ],
  [
    'what fails fails on stale data too',
    [[policy('mine', { rules: [slow] })], { stale: [stale()] }],
    'fail blocks stale_data mine/latency latency |',
  ],
  [
    'stale data pass where every policy says so',
    [
      [policy('mine', { onUndecided: 'pass', rules: [{ type: 'alarm' }] })],
      { stale: [stale(CHECKOUT)] },
    ],
    'undecided passes | stale_data',
  ],
  [
    'stale data block where one policy does not say so',
    [
      [
        policy('a', { onUndecided: 'pass', rules: [{ type: 'alarm' }] }),
        policy('b', { rules: [{ type: 'alarm' }] }),
      ],
      { stale: [stale()] },
    ],
    'undecided blocks stale_data |',
  ],
  [
    'stale data of all services block whoever asks about all of them',
    [
      [policy('mine', { onUndecided: 'pass', rules: [{ type: 'alarm' }] })],
      { stale: [stale()] },
      null,
    ],
    'undecided blocks stale_data |',
  ],
  [
    'without the store nothing is known, and that blocks',
    [[policy('mine', { rules: [slow] })], { isBlind: true, stale: [stale()] }],
    'undecided blocks stale_data |',
  ],
  [
    'without the store a policy that fails open does',
    [[policy('mine', { onUndecided: 'pass', rules: [slow] })], { isBlind: true, stale: [stale()] }],
    'undecided passes | stale_data',
  ],
  [
    'labels of the release select',
    [
      [policy('mine', { selector: { labels: { tier: 'gold' } }, rules: [slow] })],
      { labels: { tier: 'gold' } },
    ],
    'fail blocks mine/latency latency |',
  ],
  [
    'asked about all services, each has its own policies',
    [
      [policy('mine', { selector: { services: ['search'] }, rules: [slow] })],
      { traffic: BAD },
      null,
    ],
    'fail blocks error_rate_critical hard_error_threshold slo_violation mine/latency latency |',
  ],
  [
    'a freeze holds back what no policy decides about',
    [[], { freezes: [frozen] }],
    'fail blocks freeze |',
  ],
  [
    'a policy without a rule about freezes lets through',
    [[policy('mine', { rules: [{ type: 'alarm' }] })], { freezes: [frozen] }],
    'pass passes |',
  ],
  [
    'a policy with such a rule does not',
    [
      [policy('mine', { rules: [{ type: 'freeze' }] })],
      { freezes: [frozen], facts: { freezesAt: () => [frozen] } },
    ],
    'fail blocks mine/freeze freeze |',
  ],
  [
    'a waiver lets through all that blocks',
    [[policy('mine', { rules: [slow] })], { waivers: [waiverOf()] }],
    'pass passes |',
  ],
  [
    'a waiver lets through the rule that it names, and no other one',
    [
      [policy('mine', { rules: [slow, errors] })],
      { traffic: BAD, waivers: [waiverOf({ rules: ['latency'] })] },
    ],
    'fail blocks mine/error-rate error_rate |',
  ],
  [
    'a waiver covers what the default policy found, by its reason',
    [[], { freezes: [frozen], waivers: [waiverOf({ rules: ['freeze'] })] }],
    'pass passes |',
  ],
  [
    'no waiver lets through stale data by accident',
    [[], { stale: [stale()], waivers: [waiverOf()] }],
    'undecided blocks stale_data |',
  ],
  [
    'a waiver that names stale data does',
    [[], { stale: [stale()], waivers: [waiverOf({ rules: ['stale_data'] })] }],
    'pass passes |',
  ],
]

for (const [fact, asked, then] of cases) {
  t.test(fact, async (t) => t.equal(told(...asked), then))
}

t.test('a verdict names every policy that it looked at with its version', async (t) => {
  const { policies } = ask([
    policy('a', { rules: [errors] }),
    policy('b', { mode: 'shadow', rules: [slow] }),
    policy('c', { selector: { environments: ['staging'] }, rules: [slow] }),
  ])
  t.match(policies, [
    { policy: 'a', version: VERSION, mode: 'enforce', outcome: 'pass', pass: true },
    { policy: 'b', version: VERSION, mode: 'shadow', outcome: 'fail', pass: false },
  ])
  t.equal(policies.length, 2)
})

t.test('what would turn it green is said in words, each thing once', async (t) => {
  const { needs } = ask([policy('a', { rules: [slow] }), policy('b', { rules: [slow, rested] })])
  t.strictSame(needs, [
    '600 s more of all other rules passing',
    'GET /cart: at most 50 % slower than 5 ms: it is 100 %',
  ])
})

t.test('what a waiver lets through is shown with it, and with its end', async (t) => {
  const found = ask([policy('mine', { rules: [slow] })], { waivers: [waiverOf()] })
  const { waiverId: waiver, until } = waiverOf()
  t.match(found.waived, [{ reason: 'latency', policy: 'mine', rule: 'latency', waiver, until }])
  const shown = JSON.parse(canonicalVerdict(found)) as { waived: { until: string }[] }
  t.equal(shown.waived[0]?.until, new Date(until).toISOString())
  t.strictSame(found.needs, [])
})

t.test('the rules are shown to whoever wants an explanation', async (t) => {
  const found = ask([policy('a', { rules: [errors, slow] })])
  t.notMatch(canonicalVerdict(found), 'findings')
  const { policies } = JSON.parse(canonicalVerdict(found, true)) as typeof found
  t.match(policies[0]?.rules, [
    { rule: 'error-rate', status: 'pass', findings: [{ evidence: { requests: 1_000, bad: 0 } }] },
    { rule: 'latency', status: 'fail' },
  ])
})

t.test('hours of the week select by the instant', async (t) => {
  const hours = [{ from: '09:00', to: '17:00', timeZone: 'UTC' }]
  const mine = policy('mine', { selector: { hours }, rules: [slow] })
  const guard = DEFAULT_GUARD_PARAMETERS
  const question = {
    service: CHECKOUT,
    environment: PRODUCTION,
    version: null,
    release: null,
    guard,
  }
  const at = (time: string) =>
    verdict(inputsOf([mine], {}), question, Date.parse(`2026-11-18T${time}Z`) as EpochMs).policies
  t.equal(at('10:00:00').length, 1)
  t.equal(at('18:00:00').length, 0)
})
