import type { ExportedEnd, ExportedLine, ProjectId } from '@portcullis/contracts'
import type { Pool, PoolClient } from 'pg'

import { BATCH_COLUMNS } from './batch-hash.ts'
import { readCheckpoint } from './checkpoint.ts'
import { batchLine, eventLine, minutesLine, personLine, shardLine } from './export-rows.ts'
import { EVENT_COLUMNS } from './stored-event.ts'

export interface ExportOptions {
  readonly project: ProjectId
  /** With the keys of people's free text. Who has the file can then read it. */
  readonly withKeys: boolean
}

/** A table of truth: its rows as SQL reads them, and as the lines they become. */
interface Source {
  readonly counted: Exclude<keyof ExportedEnd, 'kind'>
  readonly select: string
  /** Rows of one fetch; few where rows are fat. */
  readonly fetchSize: number
  readonly lineOf: (row: never) => ExportedLine
}

/**
 * Yields the lines of an export: the log's head, the shards' heads, people, events, metric batches,
 * minutes, and an end that counts them. All of one snapshot; the system may go on meanwhile.
 *
 * Events are exported byte for byte, so their hashes hold wherever they are imported.
 */
export async function* exportLog(
  pool: Pool,
  { project, withKeys }: ExportOptions,
): AsyncGenerator<string, void, undefined> {
  const session = await pool.connect()
  try {
    await session.query('begin isolation level repeatable read read only')
    // The file may be written slowly: nothing but the end of the export ends its snapshot.
    await session.query('set local statement_timeout = 0')
    await session.query('set local idle_in_transaction_session_timeout = 0')
    const { position, hash, recordedAt } = await readCheckpoint(session, project)
    yield lineText({ kind: 'log', v: 1, project, position, chain: hash, recordedAt })
    const counts = { shards: 0, people: 0, events: 0, batches: 0, minutes: 0 }
    for (const source of sources(withKeys)) {
      for await (const line of linesOf(session, source, project)) {
        counts[source.counted] += 1
        yield lineText(line)
      }
    }
    yield lineText({ kind: 'end', ...counts })
    await session.query('commit')
  } finally {
    // The session ends with the export: whoever stopped early left a cursor open in it.
    session.release(true)
  }
}

function lineText(line: ExportedLine): string {
  return `${JSON.stringify(line)}\n`
}

async function* linesOf(
  session: PoolClient,
  { select, fetchSize, lineOf }: Source,
  project: ProjectId,
): AsyncGenerator<ExportedLine> {
  await session.query(`declare exported no scroll cursor for ${select}`, [project])
  for (;;) {
    const { rows } = await session.query(`fetch ${fetchSize} from exported`)
    for (const row of rows) yield lineOf(row as never)
    if (rows.length < fetchSize) break
  }
  await session.query('close exported')
}

function sources(withKeys: boolean): readonly Source[] {
  return [
    {
      counted: 'shards',
      select: `select shard, head.seq::float8, date_part('epoch', head.recorded_at) as recorded_at,
          minute_heads.seq::float8 as compacted_seq,
          date_part('epoch', minute_heads.recorded_at) as compacted_at
        from shard_heads as head join minute_heads using (project_id, shard)
        where project_id = $1 order by shard`,
      fetchSize: 100,
      lineOf: shardLine,
    },
    {
      counted: 'people',
      select: `select person_id, subject, name, ${withKeys ? 'data_key' : 'null::bytea as data_key'},
          date_part('epoch', created_at) as created_at, date_part('epoch', erased_at) as erased_at
        from people where project_id = $1 order by person_id`,
      fetchSize: 1_000,
      lineOf: personLine,
    },
    {
      counted: 'events',
      select: `select ${EVENT_COLUMNS}, encode(hash, 'hex') as hash
        from events where project_id = $1 order by events.position`,
      fetchSize: 1_000,
      lineOf: eventLine,
    },
    {
      counted: 'batches',
      select: `select ${BATCH_COLUMNS} from metric_batches
        where project_id = $1 order by shard, metric_batches.recorded_at, metric_batches.seq`,
      fetchSize: 100,
      lineOf: batchLine,
    },
    {
      counted: 'minutes',
      select: `select service, environment, route, date_part('epoch', hour_start) as hour_start, cells
        from metric_minutes where project_id = $1
        order by service, environment, route, metric_minutes.hour_start`,
      fetchSize: 100,
      lineOf: minutesLine,
    },
  ]
}
