import type { IncidentId, StreamId } from '@portcullis/contracts'

const PREFIX = 'incident-'

/** Returns the incident whose events a stream holds, or null for any other stream. */
export function incidentOfStream(stream: StreamId): IncidentId | null {
  return stream.startsWith(PREFIX) ? (stream.slice(PREFIX.length) as IncidentId) : null
}
