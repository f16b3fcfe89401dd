import { SECOND_MS } from '@portcullis/contracts'
import { isEmbeddedAddress, startEmbeddedPostgres } from '@portcullis/embedded-postgres'
import { openPool } from '@portcullis/event-log'
import { migrateToLatest } from '@portcullis/migrations'
import { migrateQueues, queueConfigOf } from '@portcullis/queues'
import type { Config, Lifecycle, Logger } from '@portcullis/runtime'

/** The database of this start. */
export interface OpenDatabase {
  readonly connectionString: string
  readonly kind: 'embedded' | 'DATABASE_URL'
  /** Folder whose disk the database fills; undefined for one that is elsewhere. */
  readonly folder: string | undefined
  /** Sentences for whoever looks for the data. */
  readonly notes: readonly string[]
}

const STOP_DEADLINE_MS = 30 * SECOND_MS

/** Starts the embedded server, or takes the one that was named, and brings its schemas up to date. */
export async function openDatabase(
  config: Config,
  { lifecycle, log }: { readonly lifecycle: Lifecycle; readonly log: Logger },
): Promise<OpenDatabase> {
  const database = await serverOf(config, { lifecycle, log })
  const pool = openPool({
    connectionString: database.connectionString,
    applicationName: 'portcullis migrations',
    connectionsMax: 2,
    onError: (error) => log.warn({ err: error }, 'an idle connection broke'),
  })
  try {
    await migrateToLatest(pool)
  } finally {
    await pool.end()
  }
  const queues = queueConfigOf(config.storage, database.connectionString)
  if (queues.kind === 'postgres') await migrateQueues(queues.connectionString)
  return database
}

async function serverOf(
  { storage }: Config,
  { lifecycle, log }: { readonly lifecycle: Lifecycle; readonly log: Logger },
): Promise<OpenDatabase> {
  const { databaseUrl, dataDir } = storage
  if (databaseUrl !== undefined && !(await isEmbeddedAddress(dataDir, databaseUrl))) {
    return { connectionString: databaseUrl, kind: 'DATABASE_URL', folder: undefined, notes: [] }
  }
  const starting = startEmbeddedPostgres({
    dataDir,
    log: (line) => log.debug({ postgres: line }, 'embedded PostgreSQL'),
  })
  // Registered before it is up: a start that is broken off waits for it, and leaves nothing half made.
  lifecycle.onClose({
    name: 'embedded PostgreSQL',
    deadlineMs: STOP_DEADLINE_MS,
    close: () =>
      starting.then(
        (server) => server.stop(),
        () => {
          // It never ran; the start says why.
        },
      ),
  })
  const server = await starting
  for (const note of server.notes) log.info(note)
  // Half a system never runs: without its database everything ends, and says why.
  void server.died.then((how) => {
    log.fatal({ how }, 'the embedded PostgreSQL ended')
    process.stderr.write(`\nThe embedded PostgreSQL ended (${how}), and Portcullis with it.\n`)
    lifecycle.fail('the embedded PostgreSQL ended')
  })
  return {
    connectionString: server.connectionString,
    kind: 'embedded',
    folder: server.clusterFolder,
    notes: server.notes,
  }
}
