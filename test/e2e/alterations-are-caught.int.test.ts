// Goal: whoever alters a value that was folded or logged is found out. Method: a system works until
// every table has rows, and is stopped; then one value of every column, found through the catalogue,
// is altered, and verification must say that something is wrong; then it is put back.
import { readFile } from 'node:fs/promises'

import {
  DEFAULT_PROJECT,
  type EpochMs,
  type GatewayRunId,
  HOUR_MS,
  systemMeta,
} from '@portcullis/contracts'
import { inTransaction, lossStream, verifyBatches, verifyChain } from '@portcullis/event-log'
import { appendAndFold, verifyProjections } from '@portcullis/projections'
import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'
import t, { type Test } from 'tap'

import type { Gateway } from './system/gateway.ts'
import { runPortcullis } from './system/run-portcullis.ts'
import { startSystem, type System } from './system/start-system.ts'
import { batchOf, post, untilFolded } from './system/traffic.ts'

t.setTimeout(600_000)

const LOG = ['events', 'log_heads']
const BATCHES = ['metric_batches', 'shard_heads']
/** Kysely's own. */
const MIGRATIONS = ['kysely_migration', 'kysely_migration_lock']

/** Returns the tables of which docs/data-model.md says that they may be lost. */
async function workTables(): Promise<ReadonlySet<string>> {
  const page = await readFile(new URL('../../docs/data-model.md', import.meta.url), 'utf8')
  return new Set([...page.matchAll(/^### `(\w+)` · work$/gmu)].map(([, table]) => table!))
}

interface Column {
  readonly table: string
  readonly column: string
  readonly type: string
}

/** Columns of all tables, partitions aside. */
async function columnsOf(pool: Pool): Promise<Column[]> {
  const { rows } = await pool.query<Column>(
    `select cls.relname as table, att.attname as column, format_type(att.atttypid, null) as type
     from pg_class as cls join pg_attribute as att on att.attrelid = cls.oid
     where cls.relnamespace = 'public'::regnamespace and cls.relkind in ('r', 'p')
       and not cls.relispartition and att.attnum > 0 and not att.attisdropped
     order by cls.relname, att.attnum`,
  )
  return rows
}

/** SQL that gives another value than a column has, by its type. */
const ALTERED: Readonly<Record<string, (column: string) => string>> = {
  text: (column) => `coalesce(${column}, '') || 'x'`,
  uuid: () => 'gen_random_uuid()',
  smallint: (column) => `coalesce(${column}, 0) + 1000`,
  integer: (column) => `coalesce(${column}, 0) + 1000`,
  bigint: (column) => `coalesce(${column}, 0) + 1000`,
  boolean: (column) => `not ${column}`,
  date: (column) => `${column} + 1`,
  'timestamp with time zone': (column) => `coalesce(${column}, now()) + interval '1 second'`,
  json: () => `'{"altered": true}'::json`,
  jsonb: () => `'{"altered": true}'::jsonb`,
  bytea: (column) => `set_byte(${column}, 0, (get_byte(${column}, 0) + 1) % 256)`,
  int8multirange: (column) => `${column} + '{[1000000,1000001)}'`,
  'text[]': (column) => `array_append(${column}, 'x')`,
}

/** Makes something of everything that can be folded. */
async function work(system: System): Promise<void> {
  const { database, gateways, receiver } = system
  const [gateway] = gateways
  await runPortcullis({ database }, 'keys', 'create', '--role', 'ci')
  const batch = batchOf({ service: 'shop', version: '1.0.0', status: 500 })
  await untilFolded(database.pool, [await post(gateway!, batch)])
  const event = {
    type: 'metrics.lost' as const,
    data: {
      run: '01a20af4-a1a6-7afb-8fba-f43724ae0faf' as GatewayRunId,
      shard: 0,
      fromNumber: 1,
      toNumber: 1,
      since: 1_795_000_000_000 as EpochMs,
      until: 1_795_000_010_000 as EpochMs,
    },
  }
  const streamId = lossStream(event.data.run, 0, 1)
  const meta = systemMeta('system')
  const pending = { streamId, version: 1, event, meta, occurredAt: event.data.until }
  await inTransaction(database.pool, (tx) => appendAndFold(tx, DEFAULT_PROJECT, [pending]))
  await govern(gateway!)
  await waitFor(() => receiver.requests.length > 1, { what: 'two webhooks' })
}

/** Puts a policy in force, and lets something through despite it. */
async function govern(gateway: Gateway): Promise<void> {
  const spec = { mode: 'shadow', rules: [{ type: 'alarm' }] }
  const metadata = { name: 'shop' }
  const policy = { apiVersion: 'portcullis.dev/v1', kind: 'ReleasePolicy', metadata, spec }
  const until = new Date(Date.now() + HOUR_MS).toISOString()
  const commands = [
    ['/v1/policies', { documents: [policy] }],
    ['/v1/waivers', { service: 'shop', reason: 'it mends', until }],
  ] as const
  for (const [path, body] of commands) {
    const { status } = await gateway.ask(path, { method: 'POST', body })
    if (status >= 300) throw new Error(`${path} answered ${status}`)
  }
}

async function isEmpty(pool: Pool, table: string): Promise<boolean> {
  return (await pool.query(`select from ${table} limit 1`)).rowCount === 0
}

/** Alters one value, looks, and puts the table back as it was. */
async function isCaught(
  pool: Pool,
  { table, column, type }: Column,
  isWrong: () => Promise<boolean>,
): Promise<boolean> {
  const altered = ALTERED[type]
  if (altered === undefined) throw new Error(`No value is known that differs from a ${type}.`)
  await pool.query(`create table before_alteration as table ${table}`)
  await pool.query(
    `update ${table} set "${column}" = ${altered(`"${column}"`)}
     where (tableoid, ctid) = (select tableoid, ctid from ${table} order by ctid desc limit 1)`,
  )
  const found = await isWrong()
  await pool.query(
    `begin; delete from ${table}; insert into ${table} select * from before_alteration;
     drop table before_alteration; commit`,
  )
  return found
}

async function differs(pool: Pool, table: string): Promise<boolean> {
  const { differences } = await verifyProjections(pool, DEFAULT_PROJECT)
  return differences.some((difference) => difference.table === table)
}

async function assertAllCaught(
  t: Test,
  pool: Pool,
  { columns, isWrong }: { columns: readonly Column[]; isWrong: (one: Column) => Promise<boolean> },
): Promise<void> {
  for (const one of columns) {
    const found = await isCaught(pool, one, () => isWrong(one)).catch((error: unknown) => error)
    t.equal(found, true, `${one.table}.${one.column} (${one.type})`)
  }
}

t.test('an altered value is caught', async (t) => {
  const system = await startSystem(t, { backend: 'postgres' })
  const { pool } = system.database
  await work(system)
  const columns = await columnsOf(pool)
  const notFolded = new Set([...LOG, ...BATCHES, ...MIGRATIONS, ...(await workTables())])
  const folded = columns.filter(({ table }) => !notFolded.has(table))
  for (const table of new Set(folded.map((one) => one.table))) {
    await waitFor(async () => !(await isEmpty(pool, table)), {
      what: `a row of ${table}`,
      timeoutMs: 30_000,
    })
  }
  for (const process of system.processes) await process.stop()

  await t.test('in every column of every projection', (t) =>
    assertAllCaught(t, pool, { columns: folded, isWrong: ({ table }) => differs(pool, table) }),
  )
  await t.test('in every column of the log', (t) =>
    assertAllCaught(t, pool, {
      columns: columns.filter(({ table }) => LOG.includes(table)),
      isWrong: () =>
        verifyChain(pool, DEFAULT_PROJECT).then(
          ({ mismatch }) => mismatch !== null,
          // Without its head it finds no log, and says so.
          (error: Error) => error.message === 'Project default has no log.',
        ),
    }),
  )
  await t.test('in every column of the batches', (t) =>
    assertAllCaught(t, pool, {
      columns: columns.filter(({ table }) => BATCHES.includes(table)),
      isWrong: async () => (await verifyBatches(pool, DEFAULT_PROJECT)).mismatch !== null,
    }),
  )
})
