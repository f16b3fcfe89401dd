// What exactly is decided, event by event: given what happened, when something is asked, then these
// events follow, with all their data. (Which events follow when is in timeline.test.ts.)
import {
  type Actor,
  type AlarmScope,
  type EpochMs,
  eventSchemas,
  type IncidentCommand,
  type IncidentEvent,
  MINUTE_MS,
  plusMs,
  type PrincipalId,
  type SealedText,
} from '@portcullis/contracts'
import t from 'tap'

import { DEFAULT_ESCALATION_SETTINGS } from '../escalation/settings.ts'
import type { IncidentContext } from './consequences.ts'
import { decideIncident } from './decide.ts'
import { evolveIncident } from './evolve.ts'
import { type AlarmSignal, decideAlarmSignal } from './follow-alarm.ts'
import { decideRecalc, decideTimer, incidentTimerAt } from './follow-timer.ts'
import type { IncidentState } from './state.ts'

const NOW = 1_900_000_000_000 as EpochMs
const ANN = 'person_ann' as PrincipalId
const BOB = 'person_bob' as PrincipalId
const ACTOR: Actor = { kind: 'person', id: ANN }
const NOTE: SealedText = { by: ANN, sealed: 'c2VhbGVk' }
const NOTIFY = ['log', 'webhook']
const SCOPE = {
  service: 'shop',
  environment: 'production',
  route: 'GET /projects',
  kind: 'error_rate',
} as AlarmScope

/** The instant `minutes` after (or, negative, before) now. */
function at(minutes: number): EpochMs {
  return plusMs(NOW, minutes * MINUTE_MS)
}

const CONTEXT: IncidentContext = {
  now: NOW,
  settings: DEFAULT_ESCALATION_SETTINGS,
  paused: false,
  channels: NOTIFY,
}
const OPENED: IncidentEvent = {
  type: 'incident.opened',
  data: {
    scope: SCOPE,
    opening: 1,
    severity: 'critical',
    firstSeen: at(-3),
    owner: BOB,
    hint: 'look at the database',
    evidence: { err_rate_1m: 21 },
    note: null,
    nextDueAt: at(2),
    notify: NOTIFY,
  },
}
const ACKNOWLEDGED: IncidentEvent = {
  type: 'incident.acknowledged',
  data: { by: BOB, at: at(-1), note: null, notify: NOTIFY },
}
const RESOLVED: IncidentEvent = {
  type: 'incident.resolved',
  data: { reason: 'healthy', at: at(-1), note: null, notify: NOTIFY },
}
const FIRING = {
  scope: SCOPE,
  severity: 'warning',
  evidence: { err_rate_1m: 7 },
  owner: null,
  hint: 'alarm hint',
} as const

type Decided = { readonly events: readonly IncidentEvent[] } | { readonly rejected: string }

function given(...events: readonly IncidentEvent[]) {
  const incident = events.reduce<IncidentState | undefined>(evolveIncident, undefined)
  const then = (decided: Decided) => ({
    then(...expected: readonly IncidentEvent[]) {
      t.same(decided, { events: expected })
      for (const { type, data } of expected) eventSchemas[type].parse(data)
    },
  })
  return {
    when: (command: IncidentCommand) =>
      then(decideIncident(command, incident, { ...CONTEXT, actor: ACTOR })),
    whenAlarm: (signal: AlarmSignal) =>
      then({ events: decideAlarmSignal(signal, incident, CONTEXT) }),
    whenTimer: () => then(decideTimerEvents(events.at(-1)!, incident!)),
    whenRecalc: () => then({ events: decideRecalc(incident!, CONTEXT) }),
  }
}

function decideTimerEvents(newest: IncidentEvent, incident: IncidentState): Decided {
  return { events: decideTimer(newest, incident, CONTEXT).events }
}

t.test('a command to open names the opening and when it began', async () => {
  const cause = { scope: SCOPE, owner: ANN, hint: 'by hand', evidence: { seen: 'by eye' } }
  given()
    .when({ type: 'open', severity: 'warning', ...cause, note: NOTE })
    .then({
      type: 'incident.opened',
      data: {
        ...cause,
        opening: 1,
        severity: 'warning',
        firstSeen: NOW,
        note: NOTE,
        nextDueAt: at(15),
        notify: NOTIFY,
      },
    })
})

t.test(
  'a recurrence is the next opening, and keeps the owner when the alarm names none',
  async () => {
    const recurrence = (owner: PrincipalId): IncidentEvent => ({
      type: 'incident.opened',
      data: {
        ...FIRING,
        owner,
        opening: 2,
        firstSeen: NOW,
        note: null,
        nextDueAt: at(15),
        notify: NOTIFY,
      },
    })
    const before = given(OPENED, RESOLVED)
    before.whenAlarm({ type: 'alarm_raised', ...FIRING }).then(recurrence(BOB))
    before.whenAlarm({ type: 'alarm_raised', ...FIRING, owner: ANN }).then(recurrence(ANN))
  },
)

t.test('an acknowledgement says who and when', async () => {
  given(OPENED)
    .when({ type: 'ack', note: NOTE })
    .then({ type: 'incident.acknowledged', data: { by: ANN, at: NOW, note: NOTE, notify: NOTIFY } })
})

t.test('what is given back is due as if it had never been taken', async () => {
  given(OPENED, ACKNOWLEDGED)
    .when({ type: 'unack', note: null })
    .then({ type: 'incident.unacknowledged', data: { note: null, nextDueAt: at(2) } })
})

t.test('a resolution says by what', async () => {
  const data = { reason: 'command', at: NOW, note: NOTE, notify: NOTIFY } as const
  given(OPENED).when({ type: 'resolve', note: NOTE }).then({ type: 'incident.resolved', data })
  given(OPENED, ACKNOWLEDGED)
    .whenAlarm({ type: 'alarm_healthy', since: at(-5) })
    .then()
  given({ ...OPENED, data: { ...OPENED.data, firstSeen: at(-9) } })
    .whenAlarm({ type: 'alarm_healthy', since: at(-5) })
    .then({ type: 'incident.resolved', data: { ...data, reason: 'healthy', note: null } })
})

t.test('a reopened incident is due by its first sight', async () => {
  given(OPENED, RESOLVED)
    .when({ type: 'reopen', note: NOTE })
    .then({
      type: 'incident.reopened',
      data: { at: NOW, note: NOTE, nextDueAt: at(2), notify: NOTIFY },
    })
})

t.test('a snooze and its end move the due time', async () => {
  const snoozed: IncidentEvent = {
    type: 'incident.snoozed',
    data: { until: at(60), note: NOTE, nextDueAt: at(60) },
  }
  given(OPENED)
    .when({ type: 'snooze', until: at(60), note: NOTE })
    .then(snoozed)
  given(OPENED, snoozed)
    .when({ type: 'unsnooze', note: null })
    .then({ type: 'incident.unsnoozed', data: { note: null, nextDueAt: at(2) } })
})

t.test('an assignment, a comment and a severity say what is new', async () => {
  given(OPENED)
    .when({ type: 'assign', owner: null, note: NOTE })
    .then({ type: 'incident.assigned', data: { owner: null, note: NOTE } })
  given(OPENED)
    .when({ type: 'comment', note: NOTE })
    .then({ type: 'incident.commented', data: { note: NOTE } })
  given(OPENED)
    .when({ type: 'severity', severity: 'warning', note: NOTE })
    .then({
      type: 'incident.severity_changed',
      data: { severity: 'warning', note: NOTE, nextDueAt: at(12) },
    })
})

t.test('an escalation names its level and when the next one is due', async () => {
  const escalated: IncidentEvent = {
    type: 'incident.escalated',
    data: { level: 1, escalatedAt: NOW, nextDueAt: at(30), notify: NOTIFY },
  }
  given(OPENED).when({ type: 'escalate', note: null }).then(escalated)
  given({ ...OPENED, data: { ...OPENED.data, nextDueAt: NOW } })
    .whenTimer()
    .then(escalated)
})

t.test('a refresh notifies when the severity becomes critical, and at nothing else', async () => {
  const warning: IncidentEvent = {
    ...OPENED,
    data: { ...OPENED.data, severity: 'warning', nextDueAt: at(12) },
  }
  const refreshed = (
    severity: 'warning' | 'critical',
    nextDueAt: EpochMs,
    notify: string[],
  ): IncidentEvent => ({
    type: 'incident.refreshed',
    data: { severity, lastSeen: NOW, evidence: FIRING.evidence, nextDueAt, notify },
  })
  given(warning)
    .whenAlarm({ type: 'alarm_severity_changed', ...FIRING, severity: 'critical' })
    .then(refreshed('critical', at(2), NOTIFY))
  given(OPENED)
    .whenAlarm({ type: 'alarm_raised', ...FIRING })
    .then(refreshed('critical', at(2), []))
  given(OPENED)
    .whenAlarm({ type: 'alarm_standing', ...FIRING })
    .then(refreshed('critical', at(2), []))
})

t.test('a recalculation names the new due time', async () => {
  given({ ...OPENED, data: { ...OPENED.data, nextDueAt: at(7) } })
    .whenRecalc()
    .then({ type: 'incident.rescheduled', data: { nextDueAt: at(2) } })
})

t.test('only an open incident has a timer', async (t) => {
  const open = evolveIncident(undefined, OPENED)
  t.equal(incidentTimerAt(open), at(2))
  t.equal(incidentTimerAt({ ...open, status: 'acknowledged' }), null)
})

t.test('the channels of one decision are not those of another', async (t) => {
  const decision = decideIncident(
    { type: 'resolve', note: null },
    evolveIncident(undefined, OPENED),
    {
      ...CONTEXT,
      actor: ACTOR,
    },
  )
  t.match(decision, { events: [{ data: { notify: NOTIFY } }] })
  t.not('events' in decision && Reflect.get(decision.events[0]!.data, 'notify'), NOTIFY)
})
