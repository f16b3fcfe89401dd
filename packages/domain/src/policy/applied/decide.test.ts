import type { PolicyKind, PolicyName, PolicyVersion } from '@portcullis/contracts'
import t from 'tap'

import { decideApply, decideRemove, POLICY_REJECTIONS, type PolicyDecision } from './decide.ts'
import {
  type AppliedPolicies,
  appliedPolicyOf,
  policyKeyOf,
  type WrittenDocument,
} from './state.ts'

const versionOf = (digit: number) => String(digit).repeat(64) as PolicyVersion

function written(kind: PolicyKind, name: string, spec: object): WrittenDocument {
  return JSON.parse(
    JSON.stringify({ apiVersion: 'portcullis.dev/v1', kind, metadata: { name }, spec }),
  ) as WrittenDocument
}

const slo = written('Slo', 'checkout', { service: 'checkout', objective: '99.9%' })
const burning = written('ReleasePolicy', 'checkout', {
  rules: [{ type: 'burn_rate', slo: 'checkout' }],
})
const calm = written('ReleasePolicy', 'checkout', { rules: [{ type: 'alarm' }] })
const freeze = written('Freeze', 'christmas', {
  reason: 'nobody is here',
  schedule: { from: '2026-12-24T00:00:00Z', to: '2026-12-27T00:00:00Z' },
})

const backwards = written('Freeze', 'christmas', {
  reason: 'nobody is here',
  schedule: { from: '2026-12-27T00:00:00Z', to: '2026-12-24T00:00:00Z' },
})

const started = {
  ...freeze,
  metadata: { name: 'christmas', labels: { 'portcullis.dev/started': 'true' } },
}

const given = (...documents: readonly (readonly [number, WrittenDocument])[]) =>
  documents.map(([digit, document]) => ({ version: versionOf(digit), document }))
const apply = (documents: ReturnType<typeof given>, prune = false) =>
  ({ type: 'apply_policies', documents, prune }) as const
const remove = (kind: PolicyKind, name: string) =>
  ({ type: 'remove_policy', kind, name: name as PolicyName }) as const

function inForce(...documents: readonly (readonly [number, WrittenDocument])[]): AppliedPolicies {
  const applied = documents.map(([digit, document]) => appliedPolicyOf(versionOf(digit), document))
  return new Map(applied.map((one) => [policyKeyOf(one), one]))
}

/** What a decision comes to, a line for each event, rejection or misfit. */
function told(decision: PolicyDecision): string[] {
  if ('rejected' in decision) {
    const misfits = decision.misfits.map(({ kind, name, path }) => {
      return `${kind} ${name} ${path.join('.')}`
    })
    return [decision.rejected, ...misfits]
  }
  return decision.events.map(({ type, data }) => `${type} ${data.kind} ${data.name}`)
}

const cases: readonly {
  readonly fact: string
  readonly before?: AppliedPolicies
  readonly decision: (before: AppliedPolicies) => PolicyDecision
  readonly then: readonly string[]
}[] = [
  {
    fact: 'documents are put in force together',
    decision: (before) => decideApply(apply(given([1, slo], [2, burning], [3, freeze])), before),
    then: [
      'policy.applied Slo checkout',
      'policy.applied ReleasePolicy checkout',
      'policy.applied Freeze christmas',
    ],
  },
  {
    fact: 'a policy needs the objectives that it names',
    decision: (before) => decideApply(apply(given([2, burning])), before),
    then: ['policies_do_not_fit', 'ReleasePolicy checkout spec.rules.0.slo'],
  },
  {
    fact: 'an objective that is in force already is enough',
    before: inForce([1, slo]),
    decision: (before) => decideApply(apply(given([2, burning])), before),
    then: ['policy.applied ReleasePolicy checkout'],
  },
  {
    fact: 'a freeze that could never work is not put in force',
    decision: (before) => decideApply(apply(given([3, backwards])), before),
    then: ['policies_do_not_fit', 'Freeze christmas spec.schedule.to'],
  },
  {
    fact: 'a freeze that is in force already is not looked at again',
    before: inForce([3, backwards]),
    decision: (before) => decideApply(apply(given([1, slo])), before),
    then: ['policy.applied Slo checkout'],
  },
  {
    fact: 'the version that is in force changes nothing',
    before: inForce([1, slo], [2, burning]),
    decision: (before) => decideApply(apply(given([1, slo], [2, burning])), before),
    then: [],
  },
  {
    fact: 'another version of a name takes its place',
    before: inForce([1, slo], [2, burning]),
    decision: (before) => decideApply(apply(given([4, calm])), before),
    then: ['policy.applied ReleasePolicy checkout'],
  },
  {
    fact: 'what is not given goes only where that is asked for',
    before: inForce([1, slo], [2, burning]),
    decision: (before) => decideApply(apply(given([4, calm]), true), before),
    then: ['policy.applied ReleasePolicy checkout', 'policy.removed Slo checkout'],
  },
  {
    fact: 'a freeze that somebody started by hand is not pruned away',
    before: inForce([1, slo], [3, started]),
    decision: (before) => decideApply(apply(given([4, calm]), true), before),
    then: ['policy.applied ReleasePolicy checkout', 'policy.removed Slo checkout'],
  },
  {
    fact: 'an objective that a policy names is not pruned away',
    before: inForce([1, slo], [2, burning]),
    decision: (before) => decideApply(apply(given([2, burning]), true), before),
    then: ['policies_do_not_fit', 'ReleasePolicy checkout spec.rules.0.slo'],
  },
  {
    fact: 'an objective that a policy names is not removed',
    before: inForce([1, slo], [2, burning]),
    decision: (before) => decideRemove(remove('Slo', 'checkout'), before),
    then: ['policies_do_not_fit', 'ReleasePolicy checkout spec.rules.0.slo'],
  },
  {
    fact: 'what nobody names is removed',
    before: inForce([1, slo], [2, burning]),
    decision: (before) => decideRemove(remove('ReleasePolicy', 'checkout'), before),
    then: ['policy.removed ReleasePolicy checkout'],
  },
  {
    fact: 'what is not in force cannot be removed',
    before: inForce([1, slo]),
    decision: (before) => decideRemove(remove('ReleasePolicy', 'checkout'), before),
    then: ['policy_not_found'],
  },
]

for (const { fact, before = inForce(), decision, then } of cases) {
  t.test(fact, async (t) => t.strictSame(told(decision(before)), then))
}

t.test('every rejection occurs here', async (t) => {
  const seen = new Set(cases.flatMap(({ then }) => then))
  for (const rejection of POLICY_REJECTIONS) t.ok(seen.has(rejection), rejection)
})

t.test('each document is told with the version before and after', async (t) => {
  const before = inForce([1, slo], [2, burning])
  const decision = decideApply(apply(given([1, slo], [4, calm], [3, freeze])), before)
  t.strictSame('changes' in decision && decision.changes, [
    {
      kind: 'Slo',
      name: 'checkout',
      change: 'unchanged',
      version: versionOf(1),
      previous: versionOf(1),
    },
    {
      kind: 'ReleasePolicy',
      name: 'checkout',
      change: 'changed',
      version: versionOf(4),
      previous: versionOf(2),
    },
    { kind: 'Freeze', name: 'christmas', change: 'added', version: versionOf(3), previous: null },
  ])
})

t.test('no more documents can be in force than there may be', async (t) => {
  const documents = Array.from({ length: 1_000 }, (_, nth): readonly [number, WrittenDocument] => [
    1,
    written('Freeze', `f${nth}`, freeze['spec'] as object),
  ])
  t.match(told(decideApply(apply(given([1, slo])), inForce(...documents))), [
    'policies_do_not_fit',
    'Slo checkout ',
  ])
})
