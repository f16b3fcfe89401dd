import type { Event, ReadEvent } from '@event-driven-io/emmett'
import { pongoSingleStreamProjection } from '@event-driven-io/emmett-postgresql'
import type { EventData } from '@portcullis/contracts'

/** The events of `traffic/incident-lives.ts`. */
const toldTypes = [
  'incident.opened',
  'incident.refreshed',
  'incident.escalated',
  'incident.acknowledged',
  'incident.resolved',
] as const

/** Our events of an incident, as Emmett has them. */
export type EmmettIncidentEvent = {
  [Type in (typeof toldTypes)[number]]: Event<Type, EventData<Type>>
}[(typeof toldTypes)[number]]

/** The document that the projection keeps of an incident: about our row. */
interface EmmettIncident {
  readonly status: string
  readonly severity: string
  readonly scope: Readonly<Record<string, string>>
  readonly opening: number
  readonly escalationLevel: number
  readonly escalatedAt: number | null
  readonly acknowledgedBy: string | null
  readonly acknowledgedAt: number | null
  readonly resolvedAt: number | null
  readonly firstSeen: number
  readonly lastSeen: number
  readonly nextDueAt: number | null
  readonly evidence: unknown
  [key: string]: unknown
}

const NOT_OPENED: EmmettIncident = {
  status: 'unknown',
  severity: 'warning',
  scope: {},
  opening: 0,
  escalationLevel: 0,
  escalatedAt: null,
  acknowledgedBy: null,
  acknowledgedAt: null,
  resolvedAt: null,
  firstSeen: 0,
  lastSeen: 0,
  nextDueAt: null,
  evidence: {},
}

/** One document an incident, as an application on Emmett would project its streams. */
export const incidentsProjection = pongoSingleStreamProjection<EmmettIncident, EmmettIncidentEvent>(
  {
    collectionName: 'incidents',
    canHandle: [...toldTypes],
    initialState: () => NOT_OPENED,
    evolve: (incident: EmmettIncident, event: ReadEvent<EmmettIncidentEvent>) =>
      evolve(incident, event),
  },
)

function evolve(incident: EmmettIncident, event: EmmettIncidentEvent): EmmettIncident {
  switch (event.type) {
    case 'incident.opened': {
      const { scope, opening, severity, firstSeen, nextDueAt, evidence } = event.data
      const columns = { scope, opening, severity, firstSeen, nextDueAt, evidence }
      return { ...incident, ...columns, status: 'open', lastSeen: firstSeen }
    }
    case 'incident.refreshed': {
      const { severity, lastSeen, evidence, nextDueAt } = event.data
      return { ...incident, severity, lastSeen, evidence, nextDueAt }
    }
    case 'incident.escalated': {
      const { level, escalatedAt, nextDueAt } = event.data
      return { ...incident, escalationLevel: level, escalatedAt, nextDueAt }
    }
    case 'incident.acknowledged': {
      const { by, at } = event.data
      return {
        ...incident,
        status: 'acknowledged',
        acknowledgedBy: by,
        acknowledgedAt: at,
        nextDueAt: null,
      }
    }
    case 'incident.resolved':
      return { ...incident, status: 'resolved', resolvedAt: event.data.at, nextDueAt: null }
  }
}
