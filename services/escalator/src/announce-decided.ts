import type { CommandId } from '@portcullis/contracts'
import type { Db } from '@portcullis/event-log'
import { DECIDED_CHANNEL } from '@portcullis/projections'

/** A payload of NOTIFY has less than 8,000 bytes; an id and its comma have 37. */
const IDS_MAX = 200

/**
 * Tells waiting gateways which commands have their answer. In a transaction of its own: NOTIFY in the
 * one that appends would make its commit take a lock on the whole database.
 */
export async function announceDecided(db: Db, ids: readonly CommandId[]): Promise<void> {
  for (let from = 0; from < ids.length; from += IDS_MAX) {
    const payload = ids.slice(from, from + IDS_MAX).join(',')
    await db.query('select pg_notify($1, $2)', [DECIDED_CHANNEL, payload])
  }
}
