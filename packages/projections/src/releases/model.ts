import {
  type LogPosition,
  type PrincipalId,
  type RecordedEvent,
  type ReleaseEvent,
  releaseEvents,
  type VersionName,
} from '@portcullis/contracts'
import {
  evolveRelease,
  type GivenApproval,
  type Release,
  type ReleaseLife,
} from '@portcullis/domain'

import type { ReadModel, RowKey, TableRecord } from '../read-model.ts'
import { countOf, instantOf, instantOrNull, isoOf, isoOrNull, valueOf } from '../record.ts'

/** A version of a service in an environment, and what became of it. */
export type ReleaseRow = Release & {
  /** Of the last event that changed it. */
  readonly position: LogPosition
}

/** Whether an event is about releases. */
export function isReleaseEvent(event: RecordedEvent): event is RecordedEvent<ReleaseEvent> {
  return Object.hasOwn(releaseEvents, event.type)
}

/** `releases`: one row a service, environment and version. */
export const releaseModel: ReadModel<ReleaseRow> = {
  table: 'releases',
  key: ['service', 'environment', 'release_version'],
  keysOf,
  evolve: (row, event) => ({
    ...evolveRelease(row, event as RecordedEvent<ReleaseEvent>),
    position: event.position,
  }),
  toRecord: (row) => ({
    service: row.service,
    environment: row.environment,
    release_version: row.version,
    commit: row.commit,
    url: row.url,
    labels: row.labels,
    source: row.source,
    announced_at: isoOf(row.at),
    run: row.run,
    state: row.life.status,
    state_since: isoOrNull(row.life.status === 'running' ? null : row.life.since),
    rolled_back_to: row.life.status === 'rolled_back' ? row.life.to : null,
    approvals: Object.fromEntries(row.approvals.map(({ by, ...given }) => [by, given])),
    position: row.position,
  }),
  fromRecord: (record) => ({
    service: valueOf(record, 'service'),
    environment: valueOf(record, 'environment'),
    version: valueOf(record, 'release_version'),
    commit: valueOf(record, 'commit'),
    url: valueOf(record, 'url'),
    labels: valueOf(record, 'labels'),
    source: valueOf(record, 'source'),
    at: instantOf(record, 'announced_at'),
    run: valueOf(record, 'run'),
    life: lifeIn(record),
    approvals: approvalsIn(record),
    position: countOf(record, 'position') as LogPosition,
  }),
}

/** A roll-back changes two of them: the version that was taken back, and the one that is live again. */
function keysOf(event: RecordedEvent): readonly RowKey[] {
  if (!isReleaseEvent(event)) return []
  const { service, environment, version } = event.data
  const keys = [[service, environment, version]]
  if (event.type === 'release.rolled_back' && event.data.to !== null) {
    keys.push([service, environment, event.data.to])
  }
  return keys
}

function lifeIn(record: TableRecord): ReleaseLife {
  const status = valueOf<ReleaseLife['status']>(record, 'state')
  const since = instantOrNull(record, 'state_since')
  // The fold writes one of every state but the first.
  if (status === 'running' || since === null) return { status: 'running' }
  if (status !== 'rolled_back') return { status, since }
  return { status, since, to: valueOf<VersionName | null>(record, 'rolled_back_to') }
}

/** They are kept by who gave them, each with the rest, and shown in the order of their instants. */
function approvalsIn(record: TableRecord): GivenApproval[] {
  const byPerson = valueOf<Record<PrincipalId, Omit<GivenApproval, 'by'>>>(record, 'approvals')
  return Object.entries(byPerson)
    .map(([by, given]) => ({ by: by as PrincipalId, ...given }))
    .toSorted((one, other) => one.at - other.at)
}
