import {
  type AlarmEvent,
  alarmEvents,
  type AlarmScope,
  type EpochMs,
  type IncidentEvent,
  type PrincipalId,
  type Severity,
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
    [1, 'silence', '-', '-'],
    [59, 'silence', '-', '-'],
    [60, 'silence', 'alarm.no_data', '-'],
    [61, 'silence', '-', '-'],
    [62, 'healthy', 'alarm.cleared', 'alarm_healthy'],
    [121, 'silence', '-', '-'],
    [361, 'silence', 'alarm.no_data', '-'],
    [362, 'healthy', 'alarm.cleared', 'alarm_healthy'],
    [422, 'silence', 'alarm.no_data', '-'],
    [423, 'warning', 'alarm.raised', 'alarm_raised'],
    [424, 'silence', '-', '-'],
    [425, 'warning', '-', 'alarm_standing'],
  )
  t.equal(play([0, 'critical'], [60, 'silence']).alarm?.healthySince, null)
  t.equal(play([0, 'critical'], [60, 'silence'], [69, 'healthy']).alarm?.healthySince, 69_000)
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
  t.same(play([2, 'critical'], [63, 'silence']).alarm?.evidence, { err_rate_1m: 20, as_of: 2_000 })
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

/** Plays looks at an alarm, and returns what they do to its incident. */
function playIncident(...looks: readonly (readonly [seconds: number, look: Look])[]) {
  let incident: IncidentState | undefined
  const happened: { readonly seconds: number; readonly event: IncidentEvent }[] = []
  for (const [index, { signal }] of play(...looks).story.entries()) {
    if (signal === null) continue
    const seconds = looks[index]![0]
    const now = (seconds * 1_000) as EpochMs
    const context = { now, settings: DEFAULT_ESCALATION_SETTINGS, paused: false, channels: ['log'] }
    for (const event of decideAlarmSignal(signal, incident, context)) {
      incident = evolveIncident(incident, event)
      happened.push({ seconds, event })
    }
  }
  return { incident, happened }
}

t.test('five healthy minutes resolve the incident, and silence among them does not', async (t) => {
  const outcomeOf = (...looks: readonly (readonly [number, Look])[]) =>
    playIncident(...looks).incident?.status
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [359, 'healthy']), 'open')
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [360, 'healthy']), 'resolved')
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [360, 'silence']), 'open')
  t.equal(outcomeOf([0, 'critical'], [60, 'healthy'], [120, 'silence'], [360, 'healthy']), 'open')
})

t.test(
  'a quiet route whose alarm swings between silence and both severities pages once',
  async (t) => {
    const looks: [number, Look][] = []
    const swing: readonly Look[] = ['critical', 'silence', 'warning', 'silence']
    for (let nth = 0; nth < 60; nth += 1) looks.push([nth * 10, swing[nth % swing.length]!])
    const { incident, happened } = playIncident(...looks)
    t.match(incident, { status: 'open', severity: 'critical' })
    const notifying = happened.filter(
      ({ event }) => 'notify' in event.data && event.data.notify.length > 0,
    )
    t.same(
      notifying.map(({ event }) => event.type),
      ['incident.opened'],
    )
    t.same(
      happened.slice(0, 3).map(({ seconds }) => seconds),
      [0, 60, 120],
    )
  },
)

t.test('an alarm cannot begin with anything but a raise', async (t) => {
  const event: AlarmEvent = { type: 'alarm.no_data', data: { at: 0 as EpochMs } }
  t.throws(() => evolveAlarm(undefined, event), {
    message: 'an alarm cannot begin with alarm.no_data',
  })
})

const swings = fc
  .array(
    fc.tuple(
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom<Look>('warning', 'critical', 'healthy', 'silence'),
    ),
    { minLength: 1, maxLength: 100 },
  )
  .map((steps) => {
    let seconds = 0
    return steps.map(([step, look]) => [(seconds += step), look] as const)
  })

t.test('however a rate swings and falls silent, an alarm gives few events', async (t) => {
  fc.assert(
    fc.property(swings, (looks) => {
      const events = play(...looks).story.flatMap((one) => one.events)
      const minutes = Math.ceil((looks.at(-1)![0] * 1_000) / STAND_MS_MIN)
      // Raised, worse, silent, healthy: nothing of it comes twice within a minute.
      t.ok(events.length <= 4 * (1 + minutes))
      for (const [index, { type }] of events.entries()) {
        t.not(type, events[index - 1]?.type, 'no event comes twice in a row')
      }
    }),
  )
})

t.test(
  'its incident is refreshed once a minute at most, but for what is worse than ever',
  async (t) => {
    fc.assert(
      fc.property(swings, (looks) => {
        let severity: Severity = 'warning'
        let seen = 0
        for (const { seconds, event } of playIncident(...looks).happened) {
          if (event.type === 'incident.opened') severity = event.data.severity
          if (event.type === 'incident.refreshed') {
            const isWorse = severity === 'warning' && event.data.severity === 'critical'
            t.ok(isWorse || seconds - seen >= 60, `${seconds} s after ${seen} s`)
            t.equal(event.data.notify.length > 0, isWorse, 'it pages when it is worse')
            if (isWorse) severity = 'critical'
          }
          seen = seconds
        }
      }),
    )
  },
)

t.test('every event of an alarm occurs above', async (t) => {
  t.same([...seenTypes].toSorted(), Object.keys(alarmEvents).toSorted())
})
