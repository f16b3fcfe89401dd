import type { LogPosition, PrincipalId, RecordedEvent, WaiverEvent } from '@portcullis/contracts'
import { evolveWaiver, type Waiver } from '@portcullis/domain'

import type { ReadModel, TableRecord } from '../read-model.ts'
import { countOf, instantOf, instantOrNull, isoOf, isoOrNull, valueOf } from '../record.ts'

/** A waiver as its events left it. That it ended is nowhere written: whoever reads it brings the instant. */
export interface WaiverRow {
  readonly waiver: Waiver
  /** Of its stream. */
  readonly version: number
  readonly position: LogPosition
}

/** `waivers`: one row a waiver, those that are over included. */
export const waiverModel: ReadModel<WaiverRow> = {
  table: 'waivers',
  key: ['waiver_id'],
  keysOf: (event) => (isWaiverEvent(event) ? [[event.data.waiverId]] : []),
  begins: (event) => event.type === 'waiver.granted',
  evolve: (row, event) => ({
    waiver: evolveWaiver(row?.waiver, event as RecordedEvent<WaiverEvent>),
    version: event.version,
    position: event.position,
  }),
  toRecord: ({ waiver, version, position }) => ({ ...recordOf(waiver), version, position }),
  fromRecord: (record) => ({
    waiver: waiverOf(record),
    version: valueOf(record, 'version'),
    position: countOf(record, 'position') as LogPosition,
  }),
}

function isWaiverEvent(event: RecordedEvent): event is RecordedEvent<WaiverEvent> {
  return event.type.startsWith('waiver.')
}

function recordOf(waiver: Waiver): TableRecord {
  const approval = waiver.status === 'pending' ? null : waiver.approval
  const revoked = waiver.status === 'revoked' ? waiver : null
  return {
    waiver_id: waiver.waiverId,
    status: waiver.status,
    service: waiver.service,
    environment: waiver.environment,
    release_version: waiver.version,
    policies: waiver.policies,
    rules: waiver.rules,
    reason: waiver.reason,
    ends_at: isoOf(waiver.until),
    needs_second: waiver.needsSecond,
    granted_by: waiver.grantedBy,
    granted_at: isoOf(waiver.grantedAt),
    approved_by: approval?.approvedBy ?? null,
    approved_at: isoOrNull(approval?.approvedAt ?? null),
    revoked_by: revoked?.revokedBy ?? null,
    revoked_at: isoOrNull(revoked?.revokedAt ?? null),
  }
}

function waiverOf(record: TableRecord): Waiver {
  const facts = {
    waiverId: valueOf<Waiver['waiverId']>(record, 'waiver_id'),
    service: valueOf<Waiver['service']>(record, 'service'),
    environment: valueOf<Waiver['environment']>(record, 'environment'),
    version: valueOf<Waiver['version']>(record, 'release_version'),
    policies: valueOf<Waiver['policies']>(record, 'policies'),
    rules: valueOf<Waiver['rules']>(record, 'rules'),
    reason: valueOf<Waiver['reason']>(record, 'reason'),
    until: instantOf(record, 'ends_at'),
    needsSecond: valueOf<boolean>(record, 'needs_second'),
    grantedBy: valueOf<PrincipalId>(record, 'granted_by'),
    grantedAt: instantOf(record, 'granted_at'),
  }
  const status = valueOf<Waiver['status']>(record, 'status')
  if (status === 'pending') return { ...facts, status }
  const approvedAt = instantOrNull(record, 'approved_at')
  const approval =
    approvedAt === null
      ? null
      : { approvedBy: valueOf<PrincipalId>(record, 'approved_by'), approvedAt }
  if (status === 'active') return { ...facts, status, approval }
  const revokedBy = valueOf<PrincipalId>(record, 'revoked_by')
  return { ...facts, status, approval, revokedBy, revokedAt: instantOf(record, 'revoked_at') }
}
