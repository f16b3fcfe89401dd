// Goal: an export and an import give the same truth, byte for byte, and an import writes all of it or
// nothing. Method: a log with everything in it goes from one database to another and is exported again.
import type { ExportedLine } from '@portcullis/contracts'
import { createDatabase } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import { exportLog } from './export-log.ts'
import { append, golden, newEvent, PROJECT } from './fixtures.ts'
import { appendBatch, type BatchVector } from './golden/batch-vector.ts'
import { importLog } from './import-log.ts'
import { verifyBatches } from './verify-batches.ts'
import { verifyChain } from './verify-chain.ts'

const source = await createDatabase(t)
await fill(source.pool)
const lines = await exported(source.pool, true)

async function fill(pool: Pool): Promise<void> {
  await append(pool, newEvent('a', 1), newEvent('a', 2))
  // What SQL writes is not what JSON.stringify would write; a person comes with it.
  await pool.query(
    `insert into incidents (route, kind, metadata) values ('GET /é', 'manual', '{"b": 1.50, "a": "🏰"}')`,
  )
  await pool.query(`update incidents set acknowledged_by = 'ann', status = 'acknowledged'`)
  await pool.query(`update people set data_key = '\\x00ff' where name = 'ann'`)
  await pool.query(
    `insert into people values ('default', 'person_gone', null, null, null, now(), now())`,
  )
  const batch = golden<BatchVector>('batch-hashes')[0]!
  for (let number = 1; number <= 120; number += 1) await appendBatch(pool, { ...batch, number })
  await pool.query(
    `insert into metric_minutes values ('default', 'shop', 'production', 'GET /é',
       '2025-11-23T10:00:00Z', '\\x00010203')`,
  )
  await pool.query(
    `update minute_heads set seq = 60, recorded_at = '2025-11-23T10:00:00Z' where shard = 2`,
  )
}

async function exported(pool: Pool, withKeys: boolean): Promise<string[]> {
  const lines = []
  for await (const line of exportLog(pool, { project: PROJECT, withKeys })) lines.push(line)
  return lines
}

t.test('an export begins with the log and ends with what it holds', async (t) => {
  t.match(JSON.parse(lines[0]!), { kind: 'log', project: 'default', position: 4 })
  t.same(JSON.parse(lines.at(-1)!), {
    kind: 'end',
    shards: 4,
    people: 3,
    events: 4,
    batches: 120,
    minutes: 1,
  })
  t.ok(
    lines.every((line) => /^[^\n]*\n$/u.test(line)),
    'one line each',
  )
})

t.test('what is imported is exported again as it was', async (t) => {
  const { pool } = await createDatabase(t)
  t.same(await importLog(pool, lines), {
    shards: 4,
    people: 3,
    events: 4,
    batches: 120,
    minutes: 1,
  })
  t.strictSame(await exported(pool, true), lines)
  t.equal((await verifyChain(pool, PROJECT)).mismatch, null)
  t.equal((await verifyBatches(pool, PROJECT)).mismatch, null)
})

t.test('imported batches lie in the partitions of their days', async (t) => {
  const { pool } = await createDatabase(t)
  await importLog(pool, lines)
  const { rows } = await pool.query(
    'select distinct tableoid::regclass::text as name from metric_batches',
  )
  const today = new Date().toISOString().slice(0, 10).replaceAll('-', '')
  t.ok(rows.length >= 1)
  t.ok(
    rows.every(({ name }) => /^metric_batches_\d{8}$/u.test(name) && name.slice(15) <= today),
    JSON.stringify(rows),
  )
})

t.test('an imported log goes on where it ended', async (t) => {
  const { pool } = await createDatabase(t)
  await importLog(pool, lines)
  const [event] = await append(pool, newEvent('a', 3))
  t.equal(event?.position, 5)
  t.same(await verifyChain(pool, PROJECT), { events: 5, through: 5, mismatch: null })
  const { rows } = await pool.query('select seq::int from minute_heads where shard = 2')
  t.same(rows, [{ seq: 60 }], 'no batch is compacted a second time')
})

t.test('keys leave the database only on request', async (t) => {
  const keysOf = (lines: readonly string[]) =>
    lines
      .map((line): ExportedLine => JSON.parse(line))
      .flatMap((line) => (line.kind === 'person' && line.dataKey !== null ? [line.dataKey] : []))
  t.same(keysOf(await exported(source.pool, false)), [])
  t.same(keysOf(lines), ['AP8='])
})

t.test('an export is of one moment, whatever is appended meanwhile', async (t) => {
  const { pool } = await createDatabase(t)
  await append(pool, newEvent('a', 1))
  const exporting = exportLog(pool, { project: PROJECT, withKeys: false })
  const begun = await exporting.next()
  await append(pool, newEvent('a', 2))
  const rest = []
  for await (const line of exporting) rest.push(line)
  t.match(JSON.parse(begun.value!), { position: 1 })
  t.match(JSON.parse(rest.at(-1)!), { events: 1 })
})

t.test('whoever stops an export early gets the connection back', async (t) => {
  const { pool } = await createDatabase(t)
  for await (const line of exportLog(pool, { project: PROJECT, withKeys: false })) {
    t.ok(line)
    break
  }
  t.equal(pool.idleCount, pool.totalCount)
})

const place = (kind: string) => lines.findIndex((line) => line.startsWith(`{"kind":"${kind}"`))

function replaced(kind: string, search: RegExp, replacement: string): string[] {
  const at = place(kind)
  const line = lines[at]!.replace(search, replacement)
  if (line === lines[at]) throw new Error(`${search.source} is not in ${line}`)
  return lines.with(at, line)
}

const BROKEN: readonly (readonly [string, () => string[], RegExp])[] = [
  ['nothing', () => [], /first line/u],
  ['something else', () => ['{"a":1}\n'], /Line 1 is not a line/u],
  ['no JSON', () => lines.with(5, 'oops\n'), /Line 6 is not a line/u],
  ['no head', () => lines.slice(1), /first line/u],
  ['no end', () => lines.slice(0, -1), /cut short/u],
  ['more after the end', () => [...lines, lines.at(-1)!], /after the end/u],
  ['two logs', () => lines.toSpliced(3, 0, lines[0]!), /second log/u],
  ['a person too few', () => lines.toSpliced(place('person'), 1), /3 people were exported, but 2/u],
  ['an event too few', () => lines.toSpliced(place('event'), 1), /4 events were exported, but 3/u],
  [
    'an event twice',
    () => lines.toSpliced(place('event'), 0, lines[place('event')]!),
    /duplicate/u,
  ],
  [
    'an altered event',
    () => replaced('event', /"data":"\{/u, '"data":" {'),
    /Nothing was imported\. The event at 1 is not what/u,
  ],
  [
    'an altered batch',
    () => replaced('batch', /"observations":1000/u, '"observations":1001'),
    /Nothing was imported\. Batch 1 of shard 2 is not what/u,
  ],
  ['another version', () => replaced('log', /"v":1/u, '"v":2'), /Line 1 is not a line/u],
]

t.test('an import is refused, and leaves nothing behind, when it has', async (t: Test) => {
  const { pool } = await createDatabase(t)
  const before = await exported(pool, true)
  for (const [what, broken, message] of BROKEN) {
    await t.rejects(importLog(pool, broken()), { message }, what)
    t.strictSame(await exported(pool, true), before, what)
  }
})

t.test('an import into a log that has begun is refused', async (t) => {
  const beginnings = [
    (pool: Pool) => append(pool, newEvent('z', 1)),
    (pool: Pool) => appendBatch(pool, golden<BatchVector>('batch-hashes')[0]!),
    (pool: Pool) =>
      pool.query(`insert into people values ('default', 'p', null, null, null, now())`),
  ]
  for (const begin of beginnings) {
    const { pool } = await createDatabase(t)
    await begin(pool)
    await t.rejects(importLog(pool, lines), { message: /is not empty here/u })
  }
})

t.test('a project that was never here can be imported', async (t) => {
  const { pool } = await createDatabase(t)
  await pool.query(`delete from log_heads; delete from shard_heads; delete from minute_heads`)
  t.equal((await importLog(pool, lines)).events, 4)
  t.strictSame(await exported(pool, true), lines)
})
