import { isStreamConflict } from './append-events.ts'

/**
 * Classes of SQLSTATE after which the same work may succeed
 * (https://www.postgresql.org/docs/18/errcodes-appendix.html): 08 connection exception, 40 transaction
 * rollback, 53 insufficient resources, 57 operator intervention, 58 system error, 55P03 a lock that was
 * not to be had, 25006 a server that takes no writes (after a failover, until the connections go to the
 * new primary), and 25P03 a transaction that stood still for too long.
 */
const RETRYABLE_STATE = /^(08|40|53|57|58)|^(55P03|25006|25P03)$/u

/** Codes of the system and of node-postgres when no server answers. */
const UNREACHABLE = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ENOENT',
])

/** What node-postgres says, without a code, of a connection that ended or was never made. */
const LOST_CONNECTION =
  /^(Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout)/u

/**
 * Tells whether work on the store failed for a reason that passes: the server is away or going, two
 * transactions stood in each other's way, or another writer was first. Nothing happened then, and
 * the same work may be done again.
 */
export function isRetryable(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (isStreamConflict(error) || LOST_CONNECTION.test(error.message)) return true
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return RETRYABLE_STATE.test(code) || UNREACHABLE.has(code)
}

/** SQLSTATE of what was overtaken by another transaction. */
const SERIALIZATION_FAILURE = '40001'

/** Returns an error for which `isRetryable` holds, for what Postgres cannot see: that somebody else was first. */
export function overtaken(message: string): Error {
  return Object.assign(new Error(message), { code: SERIALIZATION_FAILURE })
}
