import t from 'tap'

import type { Incident } from '../portcullis/gateway.ts'
import { createNarrator } from './narrator.ts'
import { tellChanges } from './tell-changes.ts'
import type { Sight } from './watch.ts'

const INCIDENT: Incident = {
  id: '0d27b76c-3e5c-8f6e-9d6c-6b5d9d0f8f3a',
  incident_key: 'POST /payments::error_rate',
  service: 'payments',
  route: 'POST /payments',
  kind: 'error_rate',
  status: 'open',
  severity: 'warning',
  escalation_level: 0,
  first_seen: '2026-11-24T00:00:00.000Z',
  acknowledged_by: null,
}
const ALARM = { service: 'payments', route: 'POST /payments', kind: 'error_rate' }
const NOTHING: Sight = {
  verdict: { outcome: 'pass', violations: [] },
  incidents: [],
  alarms: [],
  figures: [],
}

/** Returns the lines that the way through `sights` gives, without their times. */
function told(...sights: readonly Sight[]): string[] {
  let text = ''
  const write = (line: string): void => void (text += line)
  const narrator = createNarrator({ write, isColoured: false, now: () => 0 })
  sights.forEach((sight, nth) => tellChanges(narrator, sights[nth - 1], sight))
  return text
    .split('\n')
    .map((line) => line.replace(/^ {2}00:00 {2}/u, ''))
    .filter((line) => line !== '')
}

t.test('what stays as it is is told once', async (t) => {
  t.strictSame(told(NOTHING, NOTHING, NOTHING), ['guard       the gate is up: pass'])
})

t.test('an incident is told from its opening to its end', async (t) => {
  const critical = { ...INCIDENT, severity: 'critical' } as const
  const lines = told(
    NOTHING,
    { ...NOTHING, incidents: [INCIDENT] },
    { ...NOTHING, incidents: [critical] },
    { ...NOTHING, incidents: [{ ...critical, escalation_level: 1 }] },
    { ...NOTHING, incidents: [{ ...critical, escalation_level: 1, status: 'acknowledged' }] },
    { ...NOTHING, incidents: [{ ...critical, escalation_level: 1, status: 'resolved' }] },
  )
  const key = 'incident    POST /payments::error_rate:'
  t.strictSame(lines.slice(1), [
    `${key} opened, warning`,
    `${key} now critical`,
    `${key} escalated to level 1, for nobody took it over`,
    `${key} acknowledged by somebody`,
    `${key} resolved`,
  ])
})

t.test('an alarm is told when it is raised, becomes worse and is cleared', async (t) => {
  const lines = told(
    NOTHING,
    { ...NOTHING, alarms: [{ ...ALARM, severity: 'warning' }] },
    { ...NOTHING, alarms: [{ ...ALARM, severity: 'critical' }] },
    NOTHING,
  )
  const name = 'alarm       payments POST /payments error_rate:'
  t.strictSame(lines.slice(1), [
    `${name} raised, warning`,
    `${name} now critical`,
    `${name} cleared`,
  ])
})

t.test('a verdict is told when its outcome or its reasons change, each reason once', async (t) => {
  const because = (...reasons: string[]): Sight => ({
    ...NOTHING,
    verdict: {
      outcome: 'fail',
      violations: reasons.map((reason) => ({ reason, service: 'payments', route: null })),
    },
  })
  t.strictSame(told(NOTHING, because('slo_violation'), because('slo_violation', 'incident_open')), [
    'guard       the gate is up: pass',
    'guard       the gate comes down: fail, because of slo_violation',
    'guard       still fail, because of slo_violation, incident_open',
  ])
  t.strictSame(told(because('incident_open', 'incident_open')), [
    'guard       the gate comes down: fail, because of incident_open',
  ])
})
