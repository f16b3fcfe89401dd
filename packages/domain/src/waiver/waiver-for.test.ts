import {
  type EnvironmentName,
  type EpochMs,
  HOUR_MS,
  type PolicyName,
  type PrincipalId,
  type RouteName,
  type ServiceName,
  type VersionName,
  type WaiverId,
} from '@portcullis/contracts'
import t from 'tap'

import type { ActiveWaiver, Waiver } from './state.ts'
import {
  activeWaivers,
  type WaivableFinding,
  waiverFor,
  type WaiverQuestion,
} from './waiver-for.ts'

const NOW = Date.UTC(2026, 10, 30, 9) as EpochMs
const ANN = 'person_ann' as PrincipalId
const CHECKOUT = 'checkout' as ServiceName

function idOf(digit: number): WaiverId {
  return `0199aa00-0000-7000-8000-00000000000${digit}` as WaiverId
}

function waiverOf(over: Partial<ActiveWaiver> = {}): ActiveWaiver {
  return {
    waiverId: idOf(1),
    service: CHECKOUT,
    environment: 'production' as EnvironmentName,
    version: null,
    policies: null,
    rules: null,
    reason: { by: ANN, sealed: 'c2VhbGVk' },
    until: (NOW + HOUR_MS) as EpochMs,
    needsSecond: false,
    grantedBy: ANN,
    grantedAt: NOW,
    status: 'active',
    approval: null,
    ...over,
  }
}

const ERRORS: WaivableFinding = {
  reason: 'error_rate_critical',
  service: CHECKOUT,
  route: 'GET /cart' as RouteName,
}
const STALE: WaivableFinding = { reason: 'stale_data', service: null, route: null }
const OF_POLICY = { ...ERRORS, policy: 'slow', rule: 'p95', reason: 'too_slow' }
const QUESTION: WaiverQuestion = {
  service: CHECKOUT,
  environment: 'production' as EnvironmentName,
  version: '2.0' as VersionName,
}
const OF_ALL = { ...QUESTION, service: null }
const names = (...all: readonly string[]) => all as readonly string[] as PolicyName[]

const rows: readonly (readonly [
  fact: string,
  waiver: Partial<ActiveWaiver>,
  finding: WaivableFinding,
  question: WaiverQuestion,
  covered: boolean,
])[] = [
  ['one that names nothing else covers all of a service', {}, ERRORS, QUESTION, true],
  ['so it does the rules of a policy', {}, OF_POLICY, QUESTION, true],
  ['not another service', { service: 'search' as ServiceName }, ERRORS, QUESTION, false],
  [
    'not a violation of another service',
    {},
    { ...ERRORS, service: 'search' as ServiceName },
    OF_ALL,
    false,
  ],
  ['its own where all are asked about', {}, ERRORS, OF_ALL, true],
  [
    'what is about all services, asked of its own',
    {},
    { ...ERRORS, service: null },
    QUESTION,
    true,
  ],
  ['not what is about all services, asked of all', {}, { ...ERRORS, service: null }, OF_ALL, false],
  [
    'not another environment',
    { environment: 'staging' as EnvironmentName },
    ERRORS,
    QUESTION,
    false,
  ],
  ['its version', { version: '2.0' as VersionName }, ERRORS, QUESTION, true],
  ['not another version', { version: '1.0' as VersionName }, ERRORS, QUESTION, false],
  [
    'not all versions together',
    { version: '2.0' as VersionName },
    ERRORS,
    { ...QUESTION, version: null },
    false,
  ],
  ['the default policy by its name', { policies: names('default') }, ERRORS, QUESTION, true],
  ['not another policy by that name', { policies: names('default') }, OF_POLICY, QUESTION, false],
  ['a policy by its name', { policies: names('fast', 'slow') }, OF_POLICY, QUESTION, true],
  ['not the default policy by another name', { policies: names('slow') }, ERRORS, QUESTION, false],
  ['a reason of the default policy', { rules: ['error_rate_critical'] }, ERRORS, QUESTION, true],
  ['not another reason', { rules: ['slo_violation'] }, ERRORS, QUESTION, false],
  ['a rule by its name', { rules: ['p95'] }, OF_POLICY, QUESTION, true],
  ['not a rule by its reason', { rules: ['too_slow'] }, OF_POLICY, QUESTION, false],
  [
    'a rule only of the policy it names',
    { policies: names('fast'), rules: ['p95'] },
    OF_POLICY,
    QUESTION,
    false,
  ],
  ['never stale data by accident', {}, STALE, QUESTION, false],
  ['nor by the policy', { policies: names('default') }, STALE, QUESTION, false],
  [
    'nor by the rule that could not be judged',
    { rules: ['p95'] },
    { ...OF_POLICY, reason: 'stale_data' },
    QUESTION,
    false,
  ],
  ['stale data by its name', { rules: ['stale_data'] }, STALE, QUESTION, true],
  [
    'stale data of a policy by its name',
    { rules: ['stale_data'] },
    { ...OF_POLICY, reason: 'stale_data' },
    QUESTION,
    true,
  ],
  [
    'not stale data of another policy',
    { policies: names('fast'), rules: ['stale_data'] },
    STALE,
    QUESTION,
    false,
  ],
]

for (const [fact, over, finding, question, covered] of rows) {
  t.test(`a waiver covers ${fact}`, async (t) => {
    t.equal(waiverFor(finding, question, [waiverOf(over)]) !== null, covered)
  })
}

t.test('of several the one that ends last covers, in whatever order they come', async (t) => {
  const short = waiverOf({ waiverId: idOf(1) })
  const long = waiverOf({ waiverId: idOf(3), until: (NOW + 2 * HOUR_MS) as EpochMs })
  const same = waiverOf({ waiverId: idOf(2), until: long.until })
  const other = waiverOf({
    waiverId: idOf(4),
    version: '9' as VersionName,
    until: (NOW + 9e6) as EpochMs,
  })
  for (const all of [
    [short, long, same, other],
    [other, same, long, short],
    [long, short, other, same],
  ]) {
    t.equal(waiverFor(ERRORS, QUESTION, all)?.waiverId, same.waiverId)
  }
})

t.test('only active waivers let through, until the moment before their end', async (t) => {
  const active = waiverOf()
  const { approval: _, ...facts } = active
  const all: readonly Waiver[] = [
    active,
    { ...facts, status: 'pending' },
    { ...active, status: 'revoked', revokedBy: ANN, revokedAt: NOW },
  ]
  t.strictSame(activeWaivers(all, NOW), [active])
  t.strictSame(activeWaivers(all, (active.until - 1) as EpochMs), [active])
  t.strictSame(activeWaivers(all, active.until), [])
})
