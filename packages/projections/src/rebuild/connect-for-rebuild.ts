import type { Pool, PoolClient } from 'pg'

/**
 * Takes a connection of a pool for a rebuild, which must not give it back for others to use. COPY needs
 * the connection for itself until it ends: this one sends a statement when the one before is answered.
 */
export async function connectForRebuild(pool: Pool): Promise<PoolClient> {
  return Object.assign(await pool.connect(), { pipeline: false })
}
