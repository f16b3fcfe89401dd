import { migrateToLatest } from '@portcullis/migrations'
import pg from 'pg'

import { sharedPostgres } from './shared-postgres.ts'
import type { TestScope } from './test-scope.ts'

/** A database for one test file, dropped when the test is over. */
export type TestDatabase = Readonly<{
  name: string
  connectionString: string
  /** Ended by the kit. */
  pool: pg.Pool
}>

export type CreateDatabaseOptions = Readonly<{
  /** False: an empty database, for tests of the migrations themselves. */
  migrated?: boolean
  /** Connection string of a server's superuser; the shared server's when absent. */
  server?: string
}>

const TEMPLATE = 'portcullis_template'

/** Key of the advisory lock under which the template is made. Any number that nobody else uses. */
const TEMPLATE_LOCK = 4_711_001

const POOL_SIZE = 20

let count = 0

/**
 * Makes a database from a template that holds the newest schema; the template is made once per
 * server. The pool's idle connections and the database are gone at the end of the test.
 */
export async function createDatabase(
  t: TestScope,
  options: CreateDatabaseOptions = {},
): Promise<TestDatabase> {
  const { migrated = true, server = await sharedPostgres() } = options
  const name = `test_${process.pid}_${++count}`
  await onServer(server, async (client) => {
    if (migrated) await ensureTemplate(server, client)
    await client.query(`create database ${name} ${migrated ? `template ${TEMPLATE}` : ''}`)
  })
  const connectionString = withDatabase(server, name)
  const pool = new pg.Pool({ connectionString, max: POOL_SIZE, pipeline: true })
  // A test that kills backends on purpose would else die of the pool's idle connections.
  pool.on('error', () => {})
  t.teardown(async () => {
    await pool.end()
    await onServer(server, (client) => client.query(`drop database ${name} with (force)`))
  })
  return { name, connectionString, pool }
}

/** Makes the template unless it is there. Test files that start together wait for one another. */
async function ensureTemplate(server: string, client: pg.Client): Promise<void> {
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  try {
    const { rowCount } = await client.query('select from pg_database where datname = $1', [
      TEMPLATE,
    ])
    if (rowCount !== 0) return
    // Made under another name: a process that dies here leaves no half-migrated template.
    const unfinished = `${TEMPLATE}_unfinished`
    await client.query(`drop database if exists ${unfinished}`)
    await client.query(`create database ${unfinished}`)
    const pool = new pg.Pool({ connectionString: withDatabase(server, unfinished), max: 2 })
    try {
      await migrateToLatest(pool)
    } finally {
      await pool.end()
    }
    await client.query(`alter database ${unfinished} rename to ${TEMPLATE}`)
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
}

async function onServer(
  server: string,
  work: (client: pg.Client) => Promise<unknown>,
): Promise<void> {
  const client = new pg.Client({ connectionString: withDatabase(server, 'postgres') })
  await client.connect()
  try {
    await work(client)
  } finally {
    await client.end()
  }
}

function withDatabase(server: string, name: string): string {
  const url = new URL(server)
  url.pathname = `/${name}`
  return url.href
}
