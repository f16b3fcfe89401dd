import { SECOND_MS } from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'
import { assertSchemaIsUsable } from '@portcullis/migrations'
import { type Config, readConfig } from '@portcullis/runtime'
import pg from 'pg'

import type { Cli } from '../command.ts'
import { EXIT } from '../exit.ts'
import { failure, reasonOf } from '../failure.ts'
import type { Installation } from '../installation.ts'

/** The database that a command works on. */
export interface Store {
  readonly pool: pg.Pool
  readonly connectionString: string
  readonly config: Config
}

const CONNECT_TIMEOUT_MS = 5 * SECOND_MS

/** Replays write on a second connection while they read; no command needs more. */
const CONNECTIONS_MAX = 4

/**
 * Opens the database, does `work` and closes it, whatever happens. Refuses a schema that this code
 * cannot run on.
 */
export async function withStore<Result>(
  cli: Cli,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  return withDatabase(cli, async (store) => {
    await assertSchemaIsUsable(store.pool)
    return work(store)
  })
}

/** The same for a database that may have no schema yet. */
export async function withDatabase<Result>(
  cli: Cli,
  work: (store: Store) => Promise<Result>,
): Promise<Result> {
  const { config } = readConfig({ env: cli.installation.env })
  const connectionString = databaseOf(config, cli.installation)
  // Without a statement_timeout: a migration or a comparison of whole tables may take its time, and
  // whoever started it can stop it.
  const pool = new pg.Pool({
    connectionString,
    application_name: 'portcullis cli',
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    pipeline: true,
  })
  // The statement under way, or the next one, fails as well and says it.
  pool.on('error', () => {})
  try {
    await connectOnce(pool, connectionString, cli.installation)
    return await work({ pool, connectionString, config })
  } catch (error) {
    // An outage that passes is no answer to what was asked.
    throw isRetryable(error) ? failure(EXIT.unreachable, reasonOf(error), error) : error
  } finally {
    await pool.end()
  }
}

function databaseOf(config: Config, { unreadable }: Installation): string {
  const { databaseUrl } = config.storage
  if (databaseUrl !== undefined) return databaseUrl
  throw failure(
    EXIT.usage,
    unreadable === undefined
      ? 'no database is known: start Portcullis here (`npm start`), or set DATABASE_URL.'
      : `${unreadable}: run this as the user who started Portcullis, or set DATABASE_URL.`,
  )
}

async function connectOnce(
  pool: pg.Pool,
  connectionString: string,
  { file, fromFile }: Installation,
): Promise<void> {
  try {
    const client = await pool.connect()
    client.release()
  } catch (error) {
    const { host, pathname } = new URL(connectionString)
    const what = `the database ${host}${pathname} cannot be reached (${reasonOf(error)})`
    const advice = fromFile.includes('DATABASE_URL')
      ? `it is the one named in ${file}: start it with \`npm start\`, or set DATABASE_URL.`
      : 'check DATABASE_URL, and that the server runs.'
    throw failure(EXIT.unreachable, `${what}; ${advice}`, error)
  }
}
