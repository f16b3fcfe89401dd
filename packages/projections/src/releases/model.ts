import type { LogPosition, RecordedEvent } from '@portcullis/contracts'
import { evolveRelease, type Release } from '@portcullis/domain'

import type { ReadModel } from '../read-model.ts'
import { countOf, instantOf, isoOf, valueOf } from '../record.ts'

/** A version of a service in an environment, as it was first seen or announced. */
export type ReleaseRow = Release & { readonly position: LogPosition }

type ReleaseEvent = Extract<RecordedEvent, { type: 'release.announced' }>

/** `releases`: one row a service, environment and version. */
export const releaseModel: ReadModel<ReleaseRow> = {
  table: 'releases',
  key: ['service', 'environment', 'release_version'],
  keysOf: (event) => {
    if (event.type !== 'release.announced') return []
    const { service, environment, version } = event.data
    return [[service, environment, version]]
  },
  evolve: (row, event) => ({
    ...evolveRelease(row, event as ReleaseEvent),
    position: event.position,
  }),
  toRecord: (row) => ({
    service: row.service,
    environment: row.environment,
    release_version: row.version,
    commit: row.commit,
    url: row.url,
    source: row.source,
    announced_at: isoOf(row.at),
    position: row.position,
  }),
  fromRecord: (record) => ({
    service: valueOf(record, 'service'),
    environment: valueOf(record, 'environment'),
    version: valueOf(record, 'release_version'),
    commit: valueOf(record, 'commit'),
    url: valueOf(record, 'url'),
    source: valueOf(record, 'source'),
    at: instantOf(record, 'announced_at'),
    position: countOf(record, 'position') as LogPosition,
  }),
}
