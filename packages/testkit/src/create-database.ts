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

/** What a template holds beside the newest schema. */
export type Prepared = Readonly<{
  /** Part of the template's name. */
  name: string
  by: (connectionString: string) => Promise<void>
}>

export type CreateDatabaseOptions = Readonly<{
  /** False: an empty database, for tests of the migrations themselves. */
  migrated?: boolean
  /** What tests would otherwise do to each database anew. */
  prepared?: Prepared
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
 * server, and so is one of each preparation. The pool's idle connections and the database are gone at the end of the test.
 */
export async function createDatabase(
  t: TestScope,
  options: CreateDatabaseOptions = {},
): Promise<TestDatabase> {
  const { migrated = true, prepared, server = await sharedPostgres() } = options
  const name = `test_${process.pid}_${++count}`
  await onServer(server, async (client) => {
    const template = migrated ? await ensureTemplates(server, client, prepared) : 'template1'
    await client.query(copyOf(template, name))
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

/**
 * As files, and not through the log, page by page: a third of the work, which was a tenth of all that the tests
 * did.
 */
function copyOf(template: string, name: string): string {
  return `create database ${name} template ${template} strategy file_copy`
}

/**
 * Makes the templates that are not there, and returns the name of the one that is asked for. Test files that
 * start together wait for one another.
 */
async function ensureTemplates(
  server: string,
  client: pg.Client,
  prepared: Prepared | undefined,
): Promise<string> {
  await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK])
  const ensure = (template: string, from: string, by: Prepared['by']) =>
    ensureTemplate({ server, client }, { template, from, by })
  try {
    await ensure(TEMPLATE, 'template1', migrate)
    if (prepared === undefined) return TEMPLATE
    const template = `${TEMPLATE}_${prepared.name}`
    await ensure(template, TEMPLATE, prepared.by)
    return template
  } finally {
    await client.query('select pg_advisory_unlock($1)', [TEMPLATE_LOCK])
  }
}

async function ensureTemplate(
  { server, client }: { server: string; client: pg.Client },
  { template, from, by }: { template: string; from: string; by: Prepared['by'] },
): Promise<void> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [template])
  if (rowCount !== 0) return
  // Made under another name: a process that dies here leaves no half-made template.
  const unfinished = `${template}_unfinished`
  await client.query(`drop database if exists ${unfinished}`)
  await client.query(copyOf(from, unfinished))
  await by(withDatabase(server, unfinished))
  await client.query(`alter database ${unfinished} rename to ${template}`)
}

async function migrate(connectionString: string): Promise<void> {
  const pool = new pg.Pool({ connectionString, max: 2 })
  try {
    await migrateToLatest(pool)
  } finally {
    await pool.end()
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
