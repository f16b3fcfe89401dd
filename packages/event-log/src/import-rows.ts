import type {
  ExportedBatch,
  ExportedEvent,
  ExportedLine,
  ExportedMinutes,
  ExportedPerson,
  ExportedShard,
  ProjectId,
} from '@portcullis/contracts'
import { DAY_MS } from '@portcullis/contracts'

import { makePartition } from './batch-partition.ts'
import type { Db } from './db.ts'

/** A line of an export that is a row of a table. */
export type ExportedRow = Exclude<ExportedLine, { kind: 'log' | 'end' }>

/** Writes rows of one kind, as they were exported. Throws when one of them is there already. */
export async function insertRows(
  tx: Db,
  project: ProjectId,
  rows: readonly ExportedRow[],
): Promise<void> {
  switch (rows[0]!.kind) {
    case 'shard':
      return await insertShards(tx, project, rows as readonly ExportedShard[])
    case 'person':
      return await insertPeople(tx, project, rows as readonly ExportedPerson[])
    case 'event':
      return await insertEvents(tx, project, rows as readonly ExportedEvent[])
    case 'batch':
      return await insertBatches(tx, project, rows as readonly ExportedBatch[])
    case 'minutes':
      return await insertMinutes(tx, project, rows as readonly ExportedMinutes[])
  }
}

async function insertShards(tx: Db, project: ProjectId, rows: readonly ExportedShard[]) {
  await tx.query(
    `insert into shard_heads (project_id, shard, seq, recorded_at)
     select $1, * from unnest($2::smallint[], $3::bigint[], $4::timestamptz[])
     on conflict (project_id, shard) do update
       set seq = excluded.seq, recorded_at = excluded.recorded_at`,
    [
      project,
      rows.map((row) => row.shard),
      rows.map((row) => row.seq),
      rows.map((row) => isoOf(row.recordedAt)),
    ],
  )
  await tx.query(
    `insert into minute_heads (project_id, shard, seq, recorded_at)
     select $1, * from unnest($2::smallint[], $3::bigint[], $4::timestamptz[])
     on conflict (project_id, shard) do update
       set seq = excluded.seq, recorded_at = excluded.recorded_at`,
    [
      project,
      rows.map((row) => row.shard),
      rows.map((row) => row.compactedSeq),
      rows.map((row) => isoOf(row.compactedAt)),
    ],
  )
}

async function insertPeople(tx: Db, project: ProjectId, rows: readonly ExportedPerson[]) {
  await tx.query(
    `insert into people (project_id, person_id, subject, name, data_key, created_at, erased_at)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::bytea[], $6::timestamptz[],
       $7::timestamptz[])`,
    [
      project,
      rows.map((row) => row.personId),
      rows.map((row) => row.subject),
      rows.map((row) => row.name),
      rows.map((row) => (row.dataKey === null ? null : Buffer.from(row.dataKey, 'base64'))),
      rows.map((row) => isoOf(row.createdAt)),
      rows.map((row) => (row.erasedAt === null ? null : isoOf(row.erasedAt))),
    ],
  )
}

async function insertEvents(tx: Db, project: ProjectId, rows: readonly ExportedEvent[]) {
  await tx.query(
    `insert into events (project_id, position, stream_id, version, type, schema_version, data, meta,
       occurred_at, recorded_at, hash)
     select $1, position, stream_id, version, type, schema_version, data::json, meta::json,
       occurred_at, recorded_at, decode(hash, 'hex')
     from unnest($2::bigint[], $3::text[], $4::integer[], $5::text[], $6::smallint[], $7::text[],
       $8::text[], $9::timestamptz[], $10::timestamptz[], $11::text[])
       as given (position, stream_id, version, type, schema_version, data, meta, occurred_at,
         recorded_at, hash)`,
    [
      project,
      rows.map((row) => row.position),
      rows.map((row) => row.stream),
      rows.map((row) => row.version),
      rows.map((row) => row.type),
      rows.map((row) => row.schemaVersion),
      rows.map((row) => row.data),
      rows.map((row) => row.meta),
      rows.map((row) => isoOf(row.occurredAt)),
      rows.map((row) => isoOf(row.recordedAt)),
      rows.map((row) => row.hash),
    ],
  )
}

async function insertBatches(tx: Db, project: ProjectId, rows: readonly ExportedBatch[]) {
  // The default partition is for a few rows: whoever makes a partition later has to look through it.
  for (const start of new Set(rows.map(({ recordedAt }) => recordedAt - (recordedAt % DAY_MS)))) {
    await makePartition(tx, start)
  }
  await tx.query(
    `insert into metric_batches (project_id, shard, seq, recorded_at, owner, batch_id, run_id,
       run_number, service, environment, version, received_at, observations, cells, hash)
     select $1, shard, seq, recorded_at, owner, batch_id, run_id, run_number, service, environment,
       version, received_at, observations, cells, decode(hash, 'hex')
     from unnest($2::smallint[], $3::bigint[], $4::timestamptz[], $5::text[], $6::text[],
       $7::uuid[], $8::bigint[], $9::text[], $10::text[], $11::text[], $12::timestamptz[],
       $13::integer[], $14::bytea[], $15::text[])
       as given (shard, seq, recorded_at, owner, batch_id, run_id, run_number, service,
         environment, version, received_at, observations, cells, hash)`,
    [
      project,
      rows.map((row) => row.shard),
      rows.map((row) => row.seq),
      rows.map((row) => isoOf(row.recordedAt)),
      rows.map((row) => row.owner),
      rows.map((row) => row.batchId),
      rows.map((row) => row.run),
      rows.map((row) => row.number),
      rows.map((row) => row.service),
      rows.map((row) => row.environment),
      rows.map((row) => row.version),
      rows.map((row) => isoOf(row.receivedAt)),
      rows.map((row) => row.observations),
      rows.map((row) => Buffer.from(row.cells, 'base64')),
      rows.map((row) => row.hash),
    ],
  )
}

async function insertMinutes(tx: Db, project: ProjectId, rows: readonly ExportedMinutes[]) {
  await tx.query(
    `insert into metric_minutes (project_id, service, environment, route, hour_start, cells)
     select $1, * from unnest($2::text[], $3::text[], $4::text[], $5::timestamptz[], $6::bytea[])`,
    [
      project,
      rows.map((row) => row.service),
      rows.map((row) => row.environment),
      rows.map((row) => row.route),
      rows.map((row) => isoOf(row.hourStart)),
      rows.map((row) => Buffer.from(row.cells, 'base64')),
    ],
  )
}

function isoOf(instantMs: number): string {
  return new Date(instantMs).toISOString()
}
