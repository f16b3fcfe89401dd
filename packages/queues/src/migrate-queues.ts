import { runMigrations } from 'bullmq'
import pg from 'pg'

const CONNECT_TIMEOUT_MS = 10_000

/**
 * Brings BullMQ's schema (`bullmq`) in the database up to date; does nothing when it is. Processes
 * that start together wait for one another, and all of it happens in one transaction.
 *
 * Throws when the schema was made by a newer major version of BullMQ.
 */
export async function migrateQueues(connectionString: string): Promise<void> {
  const client = new pg.Client({
    connectionString,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
  })
  await client.connect()
  try {
    await runMigrations(client)
  } finally {
    await client.end()
  }
}
