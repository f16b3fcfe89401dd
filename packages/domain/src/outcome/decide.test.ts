import {
  type EnvironmentName,
  type EpochMs,
  type EventData,
  type LogPosition,
  type Outcome,
  plusMs,
  type PolicyName,
  type PolicyVersion,
  type RuleMode,
  type RuleType,
  type ServiceName,
} from '@portcullis/contracts'
import t from 'tap'

import type { RuleResult } from '../policy/evaluate-rule.ts'
import { statusOf } from '../policy/rule-result.ts'
import type { PolicyVerdict } from '../verdict/govern.ts'
import { decideOutcome, type OutcomeNow } from './decide.ts'

const BEGIN = 1_900_000_000_000 as EpochMs

function verdict(outcome: Outcome, pass: boolean, reasons: readonly string[] = []): OutcomeNow {
  return {
    service: 'shop' as ServiceName,
    environment: 'production' as EnvironmentName,
    outcome,
    pass,
    reasons: [...reasons],
    asOf: BEGIN,
    heads: { log: 12 as LogPosition, metrics: [] },
    policies: [],
  }
}

/** What is recorded of a verdict of which nothing was recorded before. */
function recorded(now: OutcomeNow): EventData<'verdict.changed'> {
  return decideOutcome(undefined, now)[0]!.data
}

const rule = (type: RuleType, status: Outcome, mode: RuleMode = 'enforce'): RuleResult => ({
  rule: type,
  type,
  mode,
  onUndecided: 'block',
  status,
  findings: [],
})

/** A verdict of a policy in force, some time later. */
function governed(laterMs: number, rules: readonly RuleResult[], digit = 'a'): OutcomeNow {
  const policy: PolicyVerdict = {
    service: 'shop' as ServiceName,
    policy: 'checkout' as PolicyName,
    version: digit.repeat(64) as PolicyVersion,
    mode: 'enforce',
    on_undecided: 'block',
    outcome: statusOf(rules.filter(({ mode }) => mode === 'enforce')),
    pass: true,
    rules,
  }
  return { ...verdict('pass', true), asOf: plusMs(BEGIN, laterMs), policies: [policy] }
}

t.test(
  'since when the rules of a policy pass is recorded, and lasts until one does not',
  async (t) => {
    const good = [rule('alarm', 'pass'), rule('healthy_for', 'undecided')]
    const bad = [rule('alarm', 'fail'), rule('healthy_for', 'undecided')]
    const first = recorded(governed(0, good))
    t.equal(first.policies[0]?.passingSince, BEGIN)
    t.same(
      decideOutcome(first, governed(5_000, good)),
      [],
      'as long as it is so nothing is recorded',
    )
    const [failed] = decideOutcome(first, governed(9_000, bad))
    t.equal(failed?.data.policies[0]?.passingSince, null)
    const [again] = decideOutcome(failed?.data, governed(12_000, good))
    t.equal(again?.data.policies[0]?.passingSince, BEGIN + 12_000)
    const [other] = decideOutcome(first, governed(15_000, good, 'b'))
    t.equal(other?.data.policies[0]?.passingSince, BEGIN + 15_000, 'another version begins anew')
  },
)

t.test('what a rule says that is only tried is recorded, and decides nothing', async (t) => {
  const tried = (status: Outcome) => [rule('alarm', 'pass'), rule('latency', status, 'shadow')]
  const first = recorded(governed(0, tried('pass')))
  t.same(first.policies[0]?.tried, { latency: 'pass' })
  const [event] = decideOutcome(first, governed(1_000, tried('fail')))
  t.match(event?.data, { outcome: 'pass', pass: true, policies: [{ tried: { latency: 'fail' } }] })
  t.equal(event?.data.policies[0]?.passingSince, BEGIN)
})

t.test('a policy that comes or goes is a change', async (t) => {
  const without = verdict('pass', true)
  const withOne = governed(0, [rule('alarm', 'pass')])
  t.equal(decideOutcome(recorded(without), withOne).length, 1)
  t.equal(decideOutcome(recorded(withOne), without).length, 1)
})

t.test('the first outcome is recorded', async (t) => {
  const first = verdict('pass', true)
  t.strictSame(decideOutcome(undefined, first), [{ type: 'verdict.changed', data: first }])
})

t.test('another outcome is recorded, and the same one is not', async (t) => {
  const changes = (before: [Outcome, boolean], after: [Outcome, boolean]) =>
    decideOutcome(recorded(verdict(...before)), verdict(...after)).length
  t.equal(changes(['pass', true], ['pass', true]), 0)
  t.equal(changes(['pass', true], ['fail', false]), 1)
  t.equal(changes(['fail', false], ['undecided', false]), 1)
  t.equal(changes(['undecided', false], ['undecided', true]), 1)
})

t.test('other reasons for the same outcome are no change', async (t) => {
  const before = verdict('fail', false, ['incident_open'])
  t.same(decideOutcome(recorded(before), verdict('fail', false, ['slo_violation'])), [])
})

t.test('reasons are recorded sorted, each once', async (t) => {
  const [event] = decideOutcome(
    undefined,
    verdict('fail', false, ['slo_violation', 'incident_open', 'slo_violation']),
  )
  t.same(event?.data.reasons, ['incident_open', 'slo_violation'])
})
