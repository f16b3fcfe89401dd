// The fold of one incident: what each event changes, column by column.
import {
  type AlarmScope,
  type EpochMs,
  type IncidentEvent,
  incidentEvents,
  type PrincipalId,
} from '@portcullis/contracts'
import t from 'tap'

import { evolveIncident } from './evolve.ts'
import type { IncidentState } from './state.ts'

const SCOPE = {
  service: 'shop',
  environment: 'production',
  route: 'GET /projects',
  kind: 'error_rate',
} as AlarmScope
const ANN = 'person_ann' as PrincipalId
const BOB = 'person_bob' as PrincipalId

function ms(instant: number): EpochMs {
  return instant as EpochMs
}

/** An incident in which every column has a value that no event below writes. */
const FULL: IncidentState = {
  status: 'acknowledged',
  scope: SCOPE,
  opening: 4,
  severity: 'warning',
  escalationLevel: 3,
  acknowledgedBy: BOB,
  acknowledgedAt: ms(104),
  firstSeen: ms(101),
  lastSeen: ms(102),
  escalatedAt: ms(103),
  nextDueAt: ms(105),
  snoozedUntil: ms(106),
  resolvedAt: ms(107),
  owner: BOB,
  hint: 'old hint',
  evidence: { old: 1 },
  metadata: { team: 'checkout' },
}
const UNTAKEN = { status: 'open', acknowledgedBy: null, acknowledgedAt: null } as const
const note = null
const notify = ['log']
const nextDueAt = ms(900)

/** Each event with exactly the columns that it changes in `FULL`. */
const CHANGES: readonly (readonly [event: IncidentEvent, changed: object])[] = [
  [
    {
      type: 'incident.opened',
      data: {
        scope: SCOPE,
        opening: 5,
        severity: 'critical',
        firstSeen: ms(800),
        owner: ANN,
        hint: null,
        evidence: { new: 2 },
        note,
        nextDueAt,
        notify,
      },
    },
    {
      ...UNTAKEN,
      opening: 5,
      severity: 'critical',
      escalationLevel: 0,
      firstSeen: 800,
      lastSeen: 800,
      escalatedAt: null,
      nextDueAt,
      snoozedUntil: null,
      resolvedAt: null,
      owner: ANN,
      hint: null,
      evidence: { new: 2 },
    },
  ],
  [
    {
      type: 'incident.refreshed',
      data: { severity: 'critical', lastSeen: ms(800), evidence: { new: 2 }, nextDueAt, notify },
    },
    { severity: 'critical', lastSeen: 800, evidence: { new: 2 }, nextDueAt },
  ],
  [
    { type: 'incident.escalated', data: { level: 4, escalatedAt: ms(800), nextDueAt, notify } },
    { escalationLevel: 4, escalatedAt: 800, nextDueAt },
  ],
  [
    { type: 'incident.acknowledged', data: { by: ANN, at: ms(800), note, notify } },
    { acknowledgedBy: ANN, acknowledgedAt: 800, nextDueAt: null, snoozedUntil: null },
  ],
  [
    { type: 'incident.unacknowledged', data: { note, nextDueAt } },
    { ...UNTAKEN, nextDueAt },
  ],
  [
    { type: 'incident.resolved', data: { reason: 'healthy', at: ms(800), note, notify } },
    { status: 'resolved', resolvedAt: 800, nextDueAt: null, snoozedUntil: null },
  ],
  [
    { type: 'incident.reopened', data: { at: ms(800), note, nextDueAt, notify } },
    { ...UNTAKEN, resolvedAt: null, lastSeen: 800, nextDueAt },
  ],
  [
    { type: 'incident.snoozed', data: { until: ms(800), note, nextDueAt } },
    { snoozedUntil: 800, nextDueAt },
  ],
  [
    { type: 'incident.unsnoozed', data: { note, nextDueAt } },
    { snoozedUntil: null, nextDueAt },
  ],
  [{ type: 'incident.assigned', data: { owner: null, note } }, { owner: null }],
  [{ type: 'incident.commented', data: { note: { by: ANN, sealed: '' } } }, {}],
  [
    { type: 'incident.severity_changed', data: { severity: 'critical', note, nextDueAt } },
    { severity: 'critical', nextDueAt },
  ],
  [{ type: 'incident.rescheduled', data: { nextDueAt: null } }, { nextDueAt: null }],
  [
    {
      type: 'incident.edited',
      data: {
        before: { status: 'acknowledged', acknowledgedBy: BOB },
        after: { status: 'resolved', acknowledgedBy: null, metadata: [1, 'two'] },
      },
    },
    { status: 'resolved', acknowledgedBy: null, metadata: [1, 'two'] },
  ],
  [
    {
      type: 'incident.inserted',
      data: {
        scope: SCOPE,
        columns: {
          status: 'resolved',
          severity: 'critical',
          escalationLevel: 9,
          acknowledgedBy: ANN,
          acknowledgedAt: null,
          firstSeen: ms(801),
          lastSeen: ms(802),
          escalatedAt: ms(803),
          nextDueAt,
          owner: ANN,
          metadata: { from: 'psql' },
        },
      },
    },
    {
      status: 'resolved',
      opening: 1,
      severity: 'critical',
      escalationLevel: 9,
      acknowledgedBy: ANN,
      acknowledgedAt: null,
      firstSeen: 801,
      lastSeen: 802,
      escalatedAt: 803,
      nextDueAt,
      snoozedUntil: null,
      resolvedAt: null,
      owner: ANN,
      hint: null,
      evidence: {},
      metadata: { from: 'psql' },
    },
  ],
]

t.test('each event changes its columns and no other', async (t) => {
  for (const [event, changed] of CHANGES) {
    const before = structuredClone(FULL)
    t.strictSame(evolveIncident(FULL, event), { ...FULL, ...changed }, event.type)
    t.strictSame(FULL, before, `${event.type} leaves its input alone`)
  }
})

t.test('every event type of incidents is in the table', async (t) => {
  const types = CHANGES.map(([event]) => event.type)
  t.same(types.toSorted(), Object.keys(incidentEvents).toSorted())
})

t.test('a stream begins with an opening or an insert', async (t) => {
  for (const [event] of CHANGES) {
    const begins = event.type === 'incident.opened' || event.type === 'incident.inserted'
    if (begins) t.ok(evolveIncident(undefined, event))
    else t.throws(() => evolveIncident(undefined, event), { message: event.type })
  }
})

t.test('a first opening has no metadata, a recurrence keeps it', async (t) => {
  const [opened] = CHANGES[0]!
  t.same(evolveIncident(undefined, opened).metadata, {})
  t.same(evolveIncident(FULL, opened).metadata, { team: 'checkout' })
})
