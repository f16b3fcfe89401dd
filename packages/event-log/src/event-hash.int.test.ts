// Goal: the two implementations of every hash and id, TypeScript's and SQL's, cannot drift apart.
// Method: both are held to the same golden vectors. The head row is put where the vector begins;
// its time lies in the far future, so that `greatest(clock, head)` makes it the event's.
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { BATCH_COLUMNS, type BatchRow, hashOfBatch } from './batch-hash.ts'
import { hashOfEvent } from './event-hash.ts'
import { golden, PROJECT } from './fixtures.ts'
import { type BatchVector, insertBatch } from './golden/batch-vector.ts'
import type { EventVector } from './golden/event-vector.ts'
import { EVENT_COLUMNS, type EventRow } from './stored-event.ts'

const { pool } = await createDatabase(t)

t.test('SQL chains an event as the golden vectors say', async (t) => {
  for (const vector of golden<EventVector>('event-hashes')) {
    const { project, position, previousHash, hash } = vector
    await pool.query(
      `insert into log_heads values ($1, $2, decode($3, 'hex'), $4) on conflict (project_id) do
         update set position = $2, chain = decode($3, 'hex'), recorded_at = $4`,
      [project, position - 1, previousHash, new Date(vector.recordedAt)],
    )
    const { rows } = await pool.query<{ hash: string }>(
      `select encode(out_hash, 'hex') as hash from append_events($1, array[$2], array[$3::integer],
         array[$4], array[$5::smallint], array[$6], array[$7], array[$8::timestamptz])`,
      [
        project,
        vector.stream,
        vector.version,
        vector.type,
        vector.schemaVersion,
        vector.data,
        vector.meta,
        new Date(vector.occurredAt).toISOString(),
      ],
    )
    t.same(rows, [{ hash }], `${project} ${position}`)
  }
})

t.test('what was stored is read back to the same hash', async (t) => {
  for (const { project, position, previousHash, hash } of golden<EventVector>('event-hashes')) {
    const { rows } = await pool.query<EventRow & Record<string, unknown>>(
      `select ${EVENT_COLUMNS} from events where project_id = $1 and position = $2`,
      [project, position],
    )
    t.equal(hashOfEvent(project, rows[0]!, previousHash), hash, `${project} ${position}`)
  }
})

t.test('SQL and TypeScript hash a metric batch as the golden vectors say', async (t) => {
  for (const vector of golden<BatchVector>('batch-hashes')) {
    await insertBatch(pool, vector)
    const { rows } = await pool.query<BatchRow & Record<string, unknown>>(
      `select ${BATCH_COLUMNS} from metric_batches
       where project_id = $1 and shard = $2 and seq = $3`,
      [vector.project, vector.shard, vector.seq],
    )
    t.equal(rows[0]?.hash, vector.hash, `SQL, seq ${vector.seq}`)
    t.equal(hashOfBatch(PROJECT, rows[0]!), vector.hash, `TypeScript, seq ${vector.seq}`)
  }
})
