import type { Event, ReadEvent } from '@event-driven-io/emmett'
import { pongoSingleStreamProjection } from '@event-driven-io/emmett-postgresql'

// Incidents as an application on Emmett would have them: the same life and about the same data as
// ours, one document per stream.

type Opened = Event<
  'incident.opened',
  {
    service: string
    environment: string
    route: string
    kind: string
    severity: string
    firstSeen: number
    evidence: Record<string, number>
    nextDueAt: number
    notify: string[]
  }
>
type Refreshed = Event<
  'incident.refreshed',
  {
    severity: string
    lastSeen: number
    evidence: Record<string, number>
    nextDueAt: number
    notify: string[]
  }
>
type Escalated = Event<
  'incident.escalated',
  { level: number; escalatedAt: number; nextDueAt: number; notify: string[] }
>
type Acknowledged = Event<
  'incident.acknowledged',
  { by: string; at: number; note: null; notify: string[] }
>
type Resolved = Event<
  'incident.resolved',
  { reason: string; at: number; note: null; notify: string[] }
>

export type EmmettIncidentEvent = Opened | Refreshed | Escalated | Acknowledged | Resolved

/** The document that the inline projection keeps of an incident. */
export interface EmmettIncident {
  readonly status: string
  readonly severity: string
  readonly service: string
  readonly environment: string
  readonly route: string
  readonly kind: string
  readonly escalationLevel: number
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: number | null
  readonly firstSeen: number
  readonly lastSeen: number
  readonly nextDueAt: number | null
  readonly evidence: Record<string, number>
  [key: string]: unknown
}

const NOT_OPENED: EmmettIncident = {
  status: 'unknown',
  severity: 'warning',
  service: '',
  environment: '',
  route: '',
  kind: '',
  escalationLevel: 0,
  acknowledgedBy: null,
  acknowledgedAt: null,
  firstSeen: 0,
  lastSeen: 0,
  nextDueAt: null,
  evidence: {},
}

export const incidentsProjection = pongoSingleStreamProjection<EmmettIncident, EmmettIncidentEvent>(
  {
    collectionName: 'incidents',
    canHandle: [
      'incident.opened',
      'incident.refreshed',
      'incident.escalated',
      'incident.acknowledged',
      'incident.resolved',
    ],
    initialState: () => NOT_OPENED,
    evolve: (incident: EmmettIncident, event: ReadEvent<EmmettIncidentEvent>) =>
      evolve(incident, event),
  },
)

function evolve(incident: EmmettIncident, event: EmmettIncidentEvent): EmmettIncident {
  switch (event.type) {
    case 'incident.opened': {
      const { notify: _notify, ...columns } = event.data
      return { ...incident, ...columns, status: 'open', lastSeen: event.data.firstSeen }
    }
    case 'incident.refreshed': {
      const { severity, lastSeen, evidence, nextDueAt } = event.data
      return { ...incident, severity, lastSeen, evidence, nextDueAt }
    }
    case 'incident.escalated':
      return {
        ...incident,
        escalationLevel: event.data.level,
        nextDueAt: event.data.nextDueAt,
      }
    case 'incident.acknowledged':
      return {
        ...incident,
        status: 'acknowledged',
        acknowledgedBy: event.data.by,
        acknowledgedAt: event.data.at,
        nextDueAt: null,
      }
    case 'incident.resolved':
      return { ...incident, status: 'resolved', nextDueAt: null }
  }
}

const BEGIN = Date.UTC(2026, 10, 23)
const MINUTE_MS = 60_000
const NOTIFY = ['log']

/** The life of incident `index`: what replays fold, about six events. */
export function lifeOf(index: number): EmmettIncidentEvent[] {
  const firstSeen = BEGIN + index
  const at = (minutes: number): number => firstSeen + minutes * MINUTE_MS
  const evidence = { err_rate_1m: 31.25, samples_1m: 64 + (index % 100) }
  return [
    {
      type: 'incident.opened',
      data: {
        service: `service-${index % 20}`,
        environment: 'production',
        route: `GET /orders/${index}/:id`,
        kind: 'error_rate',
        severity: 'critical',
        firstSeen,
        evidence,
        nextDueAt: at(5),
        notify: NOTIFY,
      },
    },
    refreshed(at(1), at(5), evidence),
    refreshed(at(2), at(5), evidence),
    {
      type: 'incident.escalated',
      data: { level: 1, escalatedAt: at(5), nextDueAt: at(35), notify: NOTIFY },
    },
    acknowledged(at(7)),
    {
      type: 'incident.resolved',
      data: { reason: 'healthy', at: at(15), note: null, notify: NOTIFY },
    },
  ]
}

/** One acknowledgement. */
export function acknowledged(at: number): Acknowledged {
  return {
    type: 'incident.acknowledged',
    data: { by: 'person_5f0c', at, note: null, notify: NOTIFY },
  }
}

function refreshed(
  lastSeen: number,
  nextDueAt: number,
  evidence: Record<string, number>,
): Refreshed {
  return {
    type: 'incident.refreshed',
    data: { severity: 'critical', lastSeen, evidence, nextDueAt, notify: [] },
  }
}
