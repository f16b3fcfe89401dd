import type {
  EnvironmentName,
  EpochMs,
  EventData,
  LogPosition,
  Outcome,
  ServiceName,
} from '@portcullis/contracts'
import t from 'tap'

import { decideOutcome } from './decide.ts'

function verdict(
  outcome: Outcome,
  pass: boolean,
  reasons: readonly string[] = [],
): EventData<'verdict.changed'> {
  return {
    service: 'shop' as ServiceName,
    environment: 'production' as EnvironmentName,
    outcome,
    pass,
    reasons: [...reasons],
    asOf: 1_900_000_000_000 as EpochMs,
    heads: { log: 12 as LogPosition, metrics: [] },
  }
}

t.test('the first outcome is recorded', async (t) => {
  const first = verdict('pass', true)
  t.strictSame(decideOutcome(undefined, first), [{ type: 'verdict.changed', data: first }])
})

t.test('another outcome is recorded, and the same one is not', async (t) => {
  const changes = (before: [Outcome, boolean], after: [Outcome, boolean]) =>
    decideOutcome(verdict(...before), verdict(...after)).length
  t.equal(changes(['pass', true], ['pass', true]), 0)
  t.equal(changes(['pass', true], ['fail', false]), 1)
  t.equal(changes(['fail', false], ['undecided', false]), 1)
  t.equal(changes(['undecided', false], ['undecided', true]), 1)
})

t.test('other reasons for the same outcome are no change', async (t) => {
  const before = verdict('fail', false, ['incident_open'])
  t.same(decideOutcome(before, verdict('fail', false, ['slo_violation'])), [])
})

t.test('reasons are recorded sorted, each once', async (t) => {
  const [event] = decideOutcome(
    undefined,
    verdict('fail', false, ['slo_violation', 'incident_open', 'slo_violation']),
  )
  t.same(event?.data.reasons, ['incident_open', 'slo_violation'])
})
