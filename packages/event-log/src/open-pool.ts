import { SECOND_MS } from '@portcullis/contracts'
import pg from 'pg'

/** How a service connects to its Postgres. */
export interface PoolOptions {
  readonly connectionString: string
  /** Shown in `pg_stat_activity`. */
  readonly applicationName: string
  readonly connectionsMax: number
  /** Longest that a transaction may ask nothing, in milliseconds; half a minute when left out. */
  readonly idleInTransactionMsMax?: number
  /** Hears of idle connections that broke; the pool makes new ones. */
  readonly onError: (error: Error) => void
}

/** Longest wait for a connection: then the store counts as away, and the work is tried again. */
const CONNECT_TIMEOUT_MS = 5 * SECOND_MS

/** No statement of a service is meant to take longer. */
const STATEMENT_TIMEOUT_MS = 30 * SECOND_MS

/** Longest that a forgotten transaction may hold locks. */
const IDLE_IN_TRANSACTION_TIMEOUT_MS = 30 * SECOND_MS

/** Opens a pool, lazily: it neither waits nor throws while the server is away. */
export function openPool(options: PoolOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.connectionString,
    application_name: options.applicationName,
    max: options.connectionsMax,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    idle_in_transaction_session_timeout:
      options.idleInTransactionMsMax ?? IDLE_IN_TRANSACTION_TIMEOUT_MS,
    keepAlive: true,
    // Statements that do not need one another's answers are sent at once.
    pipeline: true,
  })
  pool.on('error', options.onError)
  // The pool hears of idle connections only. One that is lost while somebody has it fails that
  // one's next statement; without a listener it would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}))
  return pool
}
