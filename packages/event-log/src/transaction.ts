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
    tx.release(broken)
  }
}
