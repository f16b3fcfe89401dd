import type {
  ExportedBatch,
  ExportedEvent,
  ExportedMinutes,
  ExportedPerson,
  ExportedShard,
} from '@portcullis/contracts'

import type { BatchRow } from './batch-hash.ts'
import { type EventRow, millisecondsOf } from './stored-event.ts'

// One function for each kind of row that is exported: what SQL read becomes a line.

export function shardLine(row: {
  shard: number
  seq: number
  recorded_at: number
  compacted_seq: number
  compacted_at: number
}): ExportedShard {
  return {
    kind: 'shard',
    shard: row.shard,
    seq: row.seq as ExportedShard['seq'],
    recordedAt: millisecondsOf(row.recorded_at),
    compactedSeq: row.compacted_seq as ExportedShard['compactedSeq'],
    compactedAt: millisecondsOf(row.compacted_at),
  }
}

export function personLine(row: {
  person_id: string
  subject: string | null
  name: string | null
  data_key: Buffer | null
  created_at: number
  erased_at: number | null
}): ExportedPerson {
  return {
    kind: 'person',
    personId: row.person_id as ExportedPerson['personId'],
    subject: row.subject,
    name: row.name,
    dataKey: row.data_key?.toString('base64') ?? null,
    createdAt: millisecondsOf(row.created_at),
    erasedAt: row.erased_at === null ? null : millisecondsOf(row.erased_at),
  }
}

export function eventLine(row: EventRow & { hash: string }): ExportedEvent {
  return {
    kind: 'event',
    position: row.position as ExportedEvent['position'],
    stream: row.stream_id,
    version: row.version,
    type: row.type,
    schemaVersion: row.schema_version,
    data: row.data,
    meta: row.meta,
    occurredAt: millisecondsOf(row.occurred_at),
    recordedAt: millisecondsOf(row.recorded_at),
    hash: row.hash,
  }
}

export function batchLine(row: BatchRow): ExportedBatch {
  return {
    kind: 'batch',
    shard: row.shard,
    seq: row.seq as ExportedBatch['seq'],
    recordedAt: millisecondsOf(row.recorded_at),
    owner: row.owner,
    batchId: row.batch_id,
    run: row.run_id,
    number: row.run_number,
    service: row.service,
    environment: row.environment,
    version: row.version,
    receivedAt: millisecondsOf(row.received_at),
    observations: row.observations,
    cells: row.cells.toString('base64'),
    hash: row.hash,
  }
}

export function minutesLine(row: {
  service: string
  environment: string
  route: string
  hour_start: number
  cells: Buffer
}): ExportedMinutes {
  const { service, environment, route, hour_start, cells } = row
  const hourStart = millisecondsOf(hour_start)
  return {
    kind: 'minutes',
    service,
    environment,
    route,
    hourStart,
    cells: cells.toString('base64'),
  }
}
