import type { Pool, PoolClient } from 'pg'

/**
 * Runs `work` in one transaction and returns what it returns. Rolls back when it throws, and throws
 * the same error; a connection that cannot even roll back is destroyed instead of reused.
 */
export async function inTransaction<Result>(
  pool: Pool,
  work: (tx: PoolClient) => Promise<Result>,
  begin = 'begin',
): Promise<Result> {
  const tx = await pool.connect()
  let broken: Error | undefined
  // A connection that is lost between two statements tells it by this event, and an event of this
  // name that nobody hears ends the process. The next statement fails by itself.
  const onLoss = (error: Error): void => {
    broken = error
  }
  tx.on('error', onLoss)
  try {
    await tx.query(begin)
    const result = await work(tx)
    await tx.query('commit')
    return result
  } catch (error) {
    await tx.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    tx.off('error', onLoss)
    tx.release(broken)
  }
}
