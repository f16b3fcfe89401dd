import { ConnectionClosedError } from 'bullmq'

/**
 * SQLSTATEs of a server that can't serve now and will later (PostgreSQL documentation, appendix A):
 * shutdown and start, too many connections, out of memory or disk, statement timeout.
 */
const OUTAGE_STATES = new Set([
  '57P01',
  '57P02',
  '57P03',
  '57014',
  '53000',
  '53100',
  '53200',
  '53300',
])

/** Class 08: connection exceptions. */
const CONNECTION_CLASS = '08'

/**
 * Returns `error` as BullMQ's own error of a lost connection when it means that the server can't be
 * reached or can't serve; any other error as it is.
 *
 * BullMQ itself takes nothing but ECONNREFUSED for an outage. A worker would spin on "the database
 * system is starting up" without a pause, and count a lost connection as a failure of its job.
 */
export function asConnectionError(error: unknown): unknown {
  return isOutage(error) ? new ConnectionClosedError(error.message, error) : error
}

function isOutage(error: unknown): error is Error {
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  // The driver's own errors ("Connection terminated unexpectedly", "Query read timeout") have no
  // code; those of sockets and name servers start with E.
  if (code === undefined) return error.name === 'Error'
  return /^E[A-Z]/u.test(code) || code.startsWith(CONNECTION_CLASS) || OUTAGE_STATES.has(code)
}
