import type {
  AlarmScope,
  EpochMs,
  IncidentEvent,
  KindName,
  PrincipalId,
  RouteName,
  ServiceName,
} from '@portcullis/contracts'
import { DEFAULT_ENVIRONMENT, MINUTE_MS, plusMs } from '@portcullis/contracts'

/** Events in the life of an incident, as benches make it. */
export const EVENTS_PER_LIFE = 6

const SERVICES = 20
const BEGIN = Date.UTC(2026, 10, 23) as EpochMs

/** Returns what incident `index` is about: a route of its own, in one of twenty services. */
export function scopeOf(index: number): AlarmScope {
  return {
    service: `service-${index % SERVICES}` as ServiceName,
    environment: DEFAULT_ENVIRONMENT,
    route: `GET /orders/${index}/:id` as RouteName,
    kind: 'error_rate' as KindName,
  }
}

/** Returns the life of incident `index`: opened, refreshed twice, escalated, acknowledged, resolved. */
export function lifeOf(index: number): IncidentEvent[] {
  const firstSeen = plusMs(BEGIN, index)
  const after = (minutes: number): EpochMs => plusMs(firstSeen, minutes * MINUTE_MS)
  const evidence = { err_rate_1m: 31.25, samples_1m: 64 + (index % 100) }
  return [
    {
      type: 'incident.opened',
      data: {
        scope: scopeOf(index),
        opening: 1,
        severity: 'critical',
        firstSeen,
        owner: null,
        hint: null,
        evidence,
        note: null,
        nextDueAt: after(5),
        // Nobody is told: what is told has receipts, and an incident would have more events.
        notify: [],
      },
    },
    refreshed(after(1), after(5), evidence),
    refreshed(after(2), after(5), evidence),
    {
      type: 'incident.escalated',
      data: { level: 1, escalatedAt: after(5), nextDueAt: after(35), notify: [] },
    },
    acknowledged(after(7)),
    {
      type: 'incident.resolved',
      data: { reason: 'healthy', at: after(15), note: null, notify: [] },
    },
  ]
}

/** Returns one acknowledgement. */
export function acknowledged(at: EpochMs): IncidentEvent {
  const by = 'person_5f0c2a9b4d1e4f6a8b7c3d2e1f0a9b8c' as PrincipalId
  return { type: 'incident.acknowledged', data: { by, at, note: null, notify: [] } }
}

function refreshed(
  lastSeen: EpochMs,
  nextDueAt: EpochMs,
  evidence: Record<string, number>,
): IncidentEvent {
  return {
    type: 'incident.refreshed',
    data: { severity: 'critical', lastSeen, evidence, nextDueAt, notify: [] },
  }
}
