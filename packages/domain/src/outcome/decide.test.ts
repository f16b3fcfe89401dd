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
import { decideOutcome, type LastOutcome, type OutcomeNow } from './decide.ts'

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

const CHANNELS = ['webhook', 'webhook-3']

function decided(last: LastOutcome | undefined, now: OutcomeNow) {
  return decideOutcome(last, now, CHANNELS)
}

/** What is recorded of a verdict of which nothing was recorded before. */
function recorded(now: OutcomeNow): EventData<'verdict.changed'> {
  return decided(undefined, now)[0]!.data
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
    t.same(decided(first, governed(5_000, good)), [], 'as long as it is so nothing is recorded')
    const [failed] = decided(first, governed(9_000, bad))
    t.equal(failed?.data.policies[0]?.passingSince, null)
    const [again] = decided(failed?.data, governed(12_000, good))
    t.equal(again?.data.policies[0]?.passingSince, BEGIN + 12_000)
    const [other] = decided(first, governed(15_000, good, 'b'))
    t.equal(other?.data.policies[0]?.passingSince, BEGIN + 15_000, 'another version begins anew')
  },
)

t.test('what a rule says that is only tried is recorded, and decides nothing', async (t) => {
  const tried = (status: Outcome) => [rule('alarm', 'pass'), rule('latency', status, 'shadow')]
  const first = recorded(governed(0, tried('pass')))
  t.same(first.policies[0]?.tried, { latency: 'pass' })
  const [event] = decided(first, governed(1_000, tried('fail')))
  t.match(event?.data, { outcome: 'pass', pass: true, policies: [{ tried: { latency: 'fail' } }] })
  t.equal(event?.data.policies[0]?.passingSince, BEGIN)
})

t.test('a policy that comes or goes is a change', async (t) => {
  const without = verdict('pass', true)
  const withOne = governed(0, [rule('alarm', 'pass')])
  t.equal(decided(recorded(without), withOne).length, 1)
  t.equal(decided(recorded(withOne), without).length, 1)
})

t.test('the first outcome is recorded', async (t) => {
  const first = verdict('pass', true)
  const data = { ...first, previous: null, notify: CHANNELS }
  t.strictSame(decided(undefined, first), [{ type: 'verdict.changed', data }])
})

t.test('another outcome is recorded, and the same one is not', async (t) => {
  const changes = (before: [Outcome, boolean], after: [Outcome, boolean]) =>
    decided(recorded(verdict(...before)), verdict(...after)).length
  t.equal(changes(['pass', true], ['pass', true]), 0)
  t.equal(changes(['pass', true], ['fail', false]), 1)
  t.equal(changes(['fail', false], ['undecided', false]), 1)
  t.equal(changes(['undecided', false], ['undecided', true]), 1)
})

t.test('other reasons for the same outcome are no change', async (t) => {
  const before = verdict('fail', false, ['incident_open'])
  t.same(decided(recorded(before), verdict('fail', false, ['slo_violation'])), [])
})

t.test('reasons are recorded sorted, each once', async (t) => {
  const [event] = decided(
    undefined,
    verdict('fail', false, ['slo_violation', 'incident_open', 'slo_violation']),
  )
  t.same(event?.data.reasons, ['incident_open', 'slo_violation'])
})

t.test('another outcome or `pass` is told with what was before', async (t) => {
  const rows: readonly (readonly [before: [Outcome, boolean], after: [Outcome, boolean]])[] = [
    [
      ['pass', true],
      ['fail', false],
    ],
    [
      ['fail', false],
      ['pass', true],
    ],
    [
      ['undecided', true],
      ['undecided', false],
    ],
    [
      ['fail', false],
      ['undecided', false],
    ],
  ]
  for (const [before, after] of rows) {
    const [event] = decided(recorded(verdict(...before)), verdict(...after))
    const previous = { outcome: before[0], pass: before[1] }
    t.match(event?.data, { previous, notify: CHANNELS }, `${String(before)} to ${String(after)}`)
  }
})

t.test('what only a policy says is recorded, and told to nobody', async (t) => {
  const tried = (status: Outcome) => [rule('alarm', 'pass'), rule('latency', status, 'shadow')]
  const good = governed(0, [rule('alarm', 'pass')])
  const rows: readonly (readonly [name: string, before: OutcomeNow, after: OutcomeNow])[] = [
    ['a policy comes', verdict('pass', true), good],
    ['a policy goes', good, verdict('pass', true)],
    ['another version', good, governed(1_000, [rule('alarm', 'pass')], 'b')],
    ['another `passingSince`', good, governed(1_000, [rule('alarm', 'fail')])],
    ['a rule that is tried', governed(0, tried('pass')), governed(1_000, tried('fail'))],
  ]
  for (const [name, before, after] of rows) {
    const events = decided(recorded(before), after)
    t.equal(events.length, 1, name)
    t.strictSame(events[0]?.data.notify, [], name)
    t.strictSame(events[0]?.data.previous, { outcome: 'pass', pass: true }, name)
  }
})

t.test('nobody is told where no channel hears of verdicts', async (t) => {
  const [event] = decideOutcome(undefined, verdict('fail', false), [])
  t.strictSame(event?.data.notify, [])
})

t.test('the channels of one change are not those of another', async (t) => {
  const channels = ['webhook']
  const [event] = decideOutcome(undefined, verdict('fail', false), channels)
  t.not(event?.data.notify, channels)
})
