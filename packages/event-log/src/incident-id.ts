import { createHash } from 'node:crypto'

import type { AlarmScope, IncidentId, ProjectId } from '@portcullis/contracts'

import { netstring } from './netstring.ts'

/**
 * Returns the id of the incident, and of the alarm, of a scope: a UUIDv8 (RFC 9562, section 5.8) of
 * the first 16 bytes of the SHA-256 over project, service, environment, route and kind. The SQL
 * function `incident_id` computes the same; both are held to the same golden vectors.
 */
export function incidentIdOf(project: ProjectId, scope: AlarmScope): IncidentId {
  const { service, environment, route, kind } = scope
  const preimage = ['portcullis.incident.1', project, service, environment, route, kind]
  const digest = createHash('sha256').update(preimage.map(netstring).join('')).digest()
  digest[6] = (digest[6]! & 0x0f) | 0x80
  digest[8] = (digest[8]! & 0x3f) | 0x80
  const hex = digest.toString('hex', 0, 16)
  const parts = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20)]
  return [...parts, hex.slice(20)].join('-') as IncidentId
}
