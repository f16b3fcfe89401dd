import {
  type AlarmEvent,
  alarmEvents,
  type AlarmScope,
  type EpochMs,
  type PrincipalId,
} from '@portcullis/contracts'
import fc from 'fast-check'
import t, { type Test } from 'tap'

import { DEFAULT_ESCALATION_SETTINGS } from '../escalation/settings.ts'
import { evolveIncident } from '../incident/evolve.ts'
import { decideAlarmSignal } from '../incident/follow-alarm.ts'
import type { IncidentState } from '../incident/state.ts'
import type { AlarmEvaluation } from './evaluate.ts'
import { judgeAlarm, STAND_MS_MIN } from './judge.ts'
import { ALARM_HINTS, alarmSignal } from './signal.ts'
import { type AlarmState, evolveAlarm } from './state.ts'

const scope = {
  service: 'shop',
  environment: 'production',
  route: 'GET /a',
  kind: 'error_rate',
} as AlarmScope

const evaluations = {
  warning: { status: 'firing', severity: 'warning', evidence: { err_rate_1m: 5 } },
  critical: { status: 'firing', severity: 'critical', evidence: { err_rate_1m: 20 } },
  healthy: { status: 'healthy', evidence: { err_rate_1m: 0 } },
  silence: { status: 'no_data', evidence: { samples_1m: 0 } },
} as const satisfies Record<string, AlarmEvaluation>
type Look = keyof typeof evaluations

/** Plays looks at an alarm, each so many seconds after the start, and returns what happened. */
function play(...looks: readonly (readonly [seconds: number, look: Look])[]) {
  let alarm: AlarmState | undefined
  const story = looks.map(([seconds, look]) => {
    const asOf = (seconds * 1_000) as EpochMs
    const evaluation = evaluations[look]
    const events = judgeAlarm(scope, alarm, evaluation, asOf)
    alarm = events.reduce<AlarmState | undefined>(evolveAlarm, alarm)
    const signal = alarmSignal({ alarm, evaluation, events }, { owner: null, hint: null }, asOf)
    return { events, signal }
  })
  return { alarm, story }
}

const seenTypes = new Set<string>()

/** The last columns are what a look gives: an event, and a signal to the incident; - for none. */
function table(t: Test, ...rows: readonly (readonly [number, Look, string, string])[]) {
  const { story } = play(...rows.map(([seconds, look]) => [seconds, look] as const))
  for (const [index, { events, signal }] of story.entries()) {
    const [seconds, look, event, expected] = rows[index]!
    for (const { type } of events) seenTypes.add(type)
    t.equal(events.map(({ type }) => type).join() || '-', event, `${look} at ${seconds} s`)
    t.equal(signal?.type ?? '-', expected, `${look} at ${seconds} s, to the incident`)
  }
}

t.test('an alarm is raised, becomes worse once, and clears on healthy evidence', async (t) => {
  table(
    t,
    [0, 'healthy', '-', '-'],
    [1, 'silence', '-', '-'],
    [2, 'warning', 'alarm.raised', 'alarm_raised'],
    [3, 'warning', '-', 'alarm_standing'],
    [4, 'critical', 'alarm.severity_changed', 'alarm_severity_changed'],
    [5, 'warning', '-', 'alarm_standing'],
    [6, 'critical', '-', 'alarm_standing'],
    [7, 'healthy', '-', '-'],
    [61, 'healthy', '-', '-'],
    [62, 'healthy', 'alarm.cleared', 'alarm_healthy'],
    [63, 'healthy', '-', 'alarm_healthy'],
    [64, 'warning', 'alarm.raised', 'alarm_raised'],
  )
})

t.test('silence clears nothing, is told once, and makes the healthy time count anew', async (t) => {
  table(
    t,
    [0, 'critical', 'alarm.raised', 'alarm_raised'],
    [1, 'silence', 'alarm.no_data', '-'],
    [2, 'silence', '-', '-'],
    [3, 'healthy', 'alarm.cleared', 'alarm_healthy'],
    [302, 'silence', 'alarm.no_data', '-'],
    [303, 'healthy', 'alarm.cleared', 'alarm_healthy'],
    [304, 'silence', 'alarm.no_data', '-'],
    [305, 'warning', 'alarm.raised', 'alarm_raised'],
  )
  t.equal(play([0, 'critical'], [1, 'silence']).alarm?.healthySince, null)
  t.equal(play([0, 'critical'], [1, 'silence'], [9, 'healthy']).alarm?.healthySince, 9_000)
})

t.test('silence means nothing to an alarm that has been healthy for five minutes', async (t) => {
  table(
    t,
    [0, 'critical', 'alarm.raised', 'alarm_raised'],
    [60, 'healthy', 'alarm.cleared', 'alarm_healthy'],
    [360, 'silence', '-', '-'],
    [90_000, 'healthy', '-', 'alarm_healthy'],
    [90_001, 'critical', 'alarm.raised', 'alarm_raised'],
  )
})

t.test('an alarm carries what it was raised and cleared by', async (t) => {
  t.same(play([2, 'warning'], [4, 'critical']).alarm, {
    scope,
    status: 'raised',
    severity: 'critical',
    since: 2_000,
    healthySince: null,
    evidence: { err_rate_1m: 20, as_of: 4_000 },
  })
  t.same(play([2, 'warning'], [70, 'healthy']).alarm, {
    scope,
    status: 'cleared',
    severity: 'warning',
    since: 2_000,
    healthySince: 70_000,
    evidence: { err_rate_1m: 0, as_of: 70_000 },
  })
  t.same(play([2, 'critical'], [3, 'silence']).alarm?.evidence, { err_rate_1m: 20, as_of: 2_000 })
})

t.test(
  'a standing alarm tells its incident the evidence of now, with owner and hint',
  async (t) => {
    const { alarm } = play([0, 'critical'])
    const evaluation = evaluations.warning
    const owner = 'team-shop' as PrincipalId
    const about = { owner, hint: ALARM_HINTS.error_rate }
    t.same(alarmSignal({ alarm, evaluation, events: [] }, about, 9_000 as EpochMs), {
      type: 'alarm_standing',
      scope,
      severity: 'critical',
      evidence: { err_rate_1m: 5, as_of: 9_000 },
      ...about,
    })
  },
)

t.test('five healthy minutes resolve the incident, and silence among them does not', async (t) => {
  const outcomeOf = (...looks: readonly (readonly [number, Look])[]) => {
    let incident: IncidentState | undefined
    for (const [index, { signal }] of play(...looks).story.entries()) {
      if (signal === null) continue
      const now = (looks[index]![0] * 1_000) as EpochMs
      const context = { now, settings: DEFAULT_ESCALATION_SETTINGS, paused: false, channels: [] }
      for (const event of decideAlarmSignal(signal, incident, context)) {
        incident = evolveIncident(incident, event)
      }
    }
    return incident?.status
  }
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [359, 'healthy']), 'open')
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [360, 'healthy']), 'resolved')
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [360, 'silence']), 'open')
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [99, 'silence'], [360, 'healthy']), 'open')
})

t.test('an alarm cannot begin with anything but a raise', async (t) => {
  const event: AlarmEvent = { type: 'alarm.no_data', data: { at: 0 as EpochMs } }
  t.throws(() => evolveAlarm(undefined, event), {
    message: 'an alarm cannot begin with alarm.no_data',
  })
})

t.test('however a rate swings, an alarm gives few events, and they alternate', async (t) => {
  const look = fc.tuple(
    fc.integer({ min: 1, max: 20 }),
    fc.constantFrom<Look>('warning', 'critical', 'healthy'),
  )
  fc.assert(
    fc.property(fc.array(look, { minLength: 1, maxLength: 100 }), (steps) => {
      let seconds = 0
      const looks = steps.map(([step, name]) => [(seconds += step), name] as const)
      const events = play(...looks).story.flatMap((one) => one.events)
      t.ok(events.length <= 3 * (1 + Math.ceil((seconds * 1_000) / STAND_MS_MIN)))
      for (const [index, { type }] of events.entries()) {
        t.not(type, events[index - 1]?.type, 'no event comes twice in a row')
      }
    }),
  )
})

t.test('every event of an alarm occurs above', async (t) => {
  t.same([...seenTypes].toSorted(), Object.keys(alarmEvents).toSorted())
})
