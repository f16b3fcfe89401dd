import type { PrincipalId } from '@portcullis/contracts'
import {
  type DeliveryPayload,
  incidentWithNames,
  type NameOf,
  peopleOfIncident,
} from '@portcullis/projections'

/** What Standard Webhooks asks of a payload: receivers may refuse longer ones. */
const BODY_BYTES_MAX = 20 * 1_000

/** Returns the ids of the people that a payload without names speaks of; a verdict speaks of none. */
export function peopleIn({ data }: DeliveryPayload): readonly PrincipalId[] {
  return 'incident' in data ? peopleOfIncident(data.incident) : []
}

/** Puts names in the place of ids. */
export function withNamesIn(payload: DeliveryPayload, nameOf: NameOf): DeliveryPayload {
  const { data } = payload
  if (!('incident' in data)) return payload
  return { ...payload, data: { ...data, incident: incidentWithNames(data.incident, nameOf) } }
}

/**
 * Writes a payload; the parts of an incident that anything may have put there, and what the policies
 * of a verdict say, give way to its limit.
 */
export function bodyOf(payload: DeliveryPayload): string {
  const whole = JSON.stringify(payload)
  if (Buffer.byteLength(whole) < BODY_BYTES_MAX) return whole
  return JSON.stringify({ ...payload, data: shortened(payload.data) })
}

function shortened(data: DeliveryPayload['data']): object {
  if ('incident' in data) {
    const incident = { ...data.incident, evidence: {}, metadata: {}, truncated: true }
    return { ...data, incident }
  }
  return { ...data, verdict: { ...data.verdict, policies: [], truncated: true } }
}
