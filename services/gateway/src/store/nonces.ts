import { MINUTE_MS, type EpochMs, type ProjectId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'

import { NONCE_KEPT_MS, type ClaimNonce } from '../access/signature.ts'

/** How often a gateway clears away what is too old to be replayed. */
const CLEAR_EVERY_MS = MINUTE_MS

/** Returns the memory of nonces that all gateways share. */
export function noncesIn(db: Db, projectId: ProjectId): ClaimNonce {
  let clearedAt = 0
  const clear = async (now: EpochMs): Promise<void> => {
    if (now - clearedAt < CLEAR_EVERY_MS) return
    clearedAt = now
    await db.query('delete from nonces where project_id = $1 and seen_at < $2', [
      projectId,
      new Date(now - NONCE_KEPT_MS),
    ])
  }
  return async (nonce, now) => {
    await clear(now)
    const { rows } = await db.query<{ claimed: boolean }>(
      `insert into nonces (project_id, nonce, seen_at) values ($1, $2, $3)
       on conflict (project_id, nonce) do nothing returning true as claimed`,
      [projectId, nonce, new Date(now)],
    )
    return rows.length === 1
  }
}
