import type { RecordedEvent } from '@portcullis/contracts'
import { appliedPolicyOf } from '@portcullis/domain'
import { type NameOf, type PolicyRow, isoOf } from '@portcullis/projections'

import type { PolicyBody, PolicyHistoryEntry } from './schemas.ts'

/** Returns a document that is in force as it is answered. */
export function policyBodyOf(row: PolicyRow, nameOf: NameOf): PolicyBody {
  const { document } = appliedPolicyOf(row.policyVersion, row.written)
  return {
    kind: row.kind,
    name: row.name,
    version: row.policyVersion,
    mode: document.kind === 'ReleasePolicy' ? document.spec.mode : null,
    description: document.metadata.description ?? null,
    changed_at: isoOf(row.changedAt),
    changed_by: nameOf(row.changedBy),
    position: row.position,
    document: row.written,
  }
}

/** Returns an event of a document's stream as it is answered. */
export function historyEntryOf(event: RecordedEvent, nameOf: NameOf): PolicyHistoryEntry {
  const applied = event.type === 'policy.applied' ? event.data : null
  return {
    change: applied === null ? 'removed' : 'applied',
    version: applied?.version ?? null,
    at: isoOf(event.recordedAt),
    by: nameOf(event.meta.actor.id),
    via: event.meta.via,
    position: event.position,
    document: applied?.document ?? null,
  }
}
