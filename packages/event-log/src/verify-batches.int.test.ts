import type { EpochMs } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import t from 'tap'

import { golden, PROJECT } from './fixtures.ts'
import { appendBatch, type BatchVector } from './golden/batch-vector.ts'
import { type BatchReport, verifyBatches } from './verify-batches.ts'

const { pool } = await createDatabase(t)
const sample = golden<BatchVector>('batch-hashes')[0]!
for (const shard of [0, 2]) {
  for (let number = 1; number <= 5; number += 1) {
    await appendBatch(pool, { ...sample, shard, number, batchId: `b${number}` })
  }
}

/** Alters the database, checks the batches, and takes the alteration back. */
async function checkAfter(alteration: string): Promise<BatchReport> {
  const tx = await pool.connect()
  try {
    await tx.query('begin')
    await tx.query(alteration)
    return await verifyBatches(tx, PROJECT)
  } finally {
    await tx.query('rollback')
    tx.release()
  }
}

t.test('batches that nobody touched are good', async (t) => {
  t.same(await verifyBatches(pool, PROJECT), { batches: 10, mismatch: null })
})

t.test('more batches than one read takes are all checked', async (t) => {
  const { pool } = await createDatabase(t)
  for (let number = 1; number <= 250; number += 1) await appendBatch(pool, { ...sample, number })
  t.same(await verifyBatches(pool, PROJECT), { batches: 250, mismatch: null })
  await pool.query('update metric_batches set observations = 1 where seq = 249')
  t.match(await verifyBatches(pool, PROJECT), { mismatch: { seq: 249, fault: 'content' } })
})

const ALTERED: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `${column} || ' '`,
  bigint: (column) => `${column} + 1000`,
  integer: (column) => `${column} + 1`,
  smallint: (column) => `${column} + 1`,
  uuid: () => 'gen_random_uuid()',
  bytea: (column) => `set_byte(${column}, 3, (get_byte(${column}, 3) + 1) % 256)`,
  'timestamp with time zone': (column) => `${column} + interval '1 microsecond'`,
}

const FAULTS: Readonly<Record<string, object>> = {
  project_id: { seq: 3, fault: 'gap' },
  shard: { seq: 3, fault: 'gap' },
  seq: { seq: 3, fault: 'gap' },
  // Where the next one has the same millisecond, this one seems to be missing before it.
  recorded_at: { seq: 3, fault: /^(?:time|gap)$/u },
  received_at: { seq: 3, fault: 'time' },
}

t.test('an altered value is found in every column of a batch', async (t) => {
  const { rows } = await pool.query<{ name: string; type: string }>(
    `select attname as name, format_type(atttypid, null) as type from pg_attribute
     where attrelid = 'metric_batches'::regclass and attnum > 0 and not attisdropped`,
  )
  t.equal(rows.length, 15)
  for (const { name, type } of rows) {
    const report = await checkAfter(
      `update metric_batches set ${name} = ${ALTERED[type]!(name)} where shard = 2 and seq = 3`,
    )
    t.match(report.mismatch, { shard: 2, ...(FAULTS[name] ?? { seq: 3, fault: 'content' }) }, name)
  }
})

t.test('an altered value is found in every column of a shard head', async (t) => {
  const table: readonly (readonly [string, object])[] = [
    [`recorded_at = recorded_at + interval '1 microsecond'`, { seq: 5, fault: 'head' }],
    ['seq = seq + 1', { seq: 6, fault: 'gap' }],
    ['seq = seq - 1', { seq: 4, fault: 'head' }],
    ['shard = 9', { shard: 9, seq: 5, fault: 'gap' }],
    [`project_id = 'other'`, { shard: 2, fault: 'head' }],
  ]
  for (const [change, mismatch] of table) {
    const { mismatch: found } = await checkAfter(`update shard_heads set ${change} where shard = 2`)
    t.match(found, { shard: 2, ...mismatch }, change)
  }
})

t.test('a batch that is missing behind the first is found', async (t) => {
  const { mismatch } = await checkAfter('delete from metric_batches where shard = 0 and seq = 3')
  t.match(mismatch, { shard: 0, seq: 3, fault: 'gap' })
  const { mismatch: last } = await checkAfter('delete from metric_batches where seq = 5')
  t.match(last, { shard: 0, seq: 5, fault: 'gap' })
})

t.test('what retention took is not missed', async (t) => {
  const report = await checkAfter('delete from metric_batches where seq <= 3')
  t.same(report, { batches: 4, mismatch: null })
  const { mismatch } = await checkAfter('delete from metric_batches')
  t.match(mismatch, { shard: 0, seq: 5, fault: 'gap' }, 'it cannot have taken what is fresh')
  const silent = `delete from metric_batches;
    update shard_heads set recorded_at = recorded_at - interval '2 days'`
  t.same(await checkAfter(silent), { batches: 0, mismatch: null }, 'a shard may be silent for days')
})

t.test('the last batch of a shard must be there, for as long as batches are kept', async (t) => {
  const { pool } = await createDatabase(t)
  const at = Date.UTC(2025, 10, 20)
  await pool.query('update shard_heads set seq = 7, recorded_at = $1 where shard = 1', [
    new Date(at),
  ])
  const foundSince = async (keptSince: number) =>
    (await verifyBatches(pool, PROJECT, keptSince as EpochMs)).mismatch
  t.match(await foundSince(at - 1), { shard: 1, seq: 7, fault: 'gap' })
  t.equal(await foundSince(at), null)
})
