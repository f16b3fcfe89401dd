import type {
  EpochMs,
  LogPosition,
  PolicyEvent,
  PolicyKind,
  PolicyName,
  PolicyVersion,
  PrincipalId,
  RecordedEvent,
} from '@portcullis/contracts'
import type { WrittenDocument } from '@portcullis/domain'

import type { ReadModel } from '../read-model.ts'
import { countOf, instantOf, isoOf, valueOf } from '../record.ts'

/** A policy, an objective or a freeze as it was last applied. */
export interface PolicyRow {
  readonly kind: PolicyKind
  readonly name: PolicyName
  readonly policyVersion: PolicyVersion
  readonly written: WrittenDocument
  /** It is in force no more. */
  readonly isRemoved: boolean
  readonly changedBy: PrincipalId
  readonly changedAt: EpochMs
  /** Of its stream. */
  readonly version: number
  readonly position: LogPosition
}

/** `policies`: one row a document, removed ones included. */
export const policyModel: ReadModel<PolicyRow> = {
  table: 'policies',
  key: ['kind', 'name'],
  keysOf: (event) =>
    event.type === 'policy.applied' || event.type === 'policy.removed'
      ? [[event.data.kind, event.data.name]]
      : [],
  evolve: (row, event) => evolvePolicy(row, event as RecordedEvent<PolicyEvent>),
  // As text, which keeps the order of members: it is shown as it was written.
  toRecord: (row) => ({
    kind: row.kind,
    name: row.name,
    policy_version: row.policyVersion,
    document: JSON.stringify(row.written),
    is_removed: row.isRemoved,
    changed_by: row.changedBy,
    changed_at: isoOf(row.changedAt),
    version: row.version,
    position: row.position,
  }),
  fromRecord: (record) => ({
    kind: valueOf(record, 'kind'),
    name: valueOf(record, 'name'),
    policyVersion: valueOf(record, 'policy_version'),
    written: JSON.parse(valueOf<string>(record, 'document')) as WrittenDocument,
    isRemoved: valueOf(record, 'is_removed'),
    changedBy: valueOf(record, 'changed_by'),
    changedAt: instantOf(record, 'changed_at'),
    version: valueOf(record, 'version'),
    position: countOf(record, 'position') as LogPosition,
  }),
}

function evolvePolicy(row: PolicyRow | undefined, event: RecordedEvent<PolicyEvent>): PolicyRow {
  const { version, position, meta, recordedAt } = event
  const changed = { changedBy: meta.actor.id, changedAt: recordedAt, version, position }
  if (event.type === 'policy.applied') {
    const { kind, name, version: policyVersion, document: written } = event.data
    return { kind, name, policyVersion, written, isRemoved: false, ...changed }
  }
  if (row === undefined) throw new Error('a policy was removed that was never applied')
  return { ...row, isRemoved: true, ...changed }
}
