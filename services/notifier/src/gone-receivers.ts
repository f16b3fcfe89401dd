import { type EpochMs, type ProjectId, systemMeta } from '@portcullis/contracts'
import { type Db, inTransaction, isStreamConflict, receiverStream } from '@portcullis/event-log'
import { appendAndFold } from '@portcullis/projections'
import type { Pool } from 'pg'

/** A channel's receiver that answered 410. */
export interface GoneReceiver {
  readonly channel: string
  /** Hex SHA-256 of its URL. */
  readonly receiver: string
  readonly at: EpochMs
}

/** What is known of the receivers that are gone. */
export interface GoneReceivers {
  has(receiver: string): boolean
  /** Looks into the log, which is what all notifiers know together, also after they were started anew. */
  refresh(): Promise<void>
  /** Records one; resolves to false where another notifier was first. */
  record(gone: GoneReceiver): Promise<boolean>
}

/** Watches those of some receivers that are gone; nothing is known before the first `refresh`. */
export function watchGoneReceivers(
  pool: Pool,
  project: ProjectId,
  receivers: readonly string[],
): GoneReceivers {
  const gone = new Set<string>()
  return {
    has: (receiver) => gone.has(receiver),
    refresh: async () => {
      for (const receiver of await readGone(pool, project, receivers)) gone.add(receiver)
    },
    record: async (one) => {
      gone.add(one.receiver)
      return recordGone(pool, project, one)
    },
  }
}

async function readGone(
  db: Db,
  project: ProjectId,
  receivers: readonly string[],
): Promise<string[]> {
  if (receivers.length === 0) return []
  const { rows } = await db.query<{ stream_id: string }>(
    'select stream_id from events where project_id = $1 and stream_id = any($2::text[])',
    [project, receivers.map(receiverStream)],
  )
  const streams = new Set(rows.map((row) => row.stream_id))
  return receivers.filter((receiver) => streams.has(receiverStream(receiver)))
}

async function recordGone(pool: Pool, project: ProjectId, data: GoneReceiver): Promise<boolean> {
  const event = {
    streamId: receiverStream(data.receiver),
    version: 1,
    event: { type: 'notification.receiver_gone', data },
    meta: systemMeta('system'),
    occurredAt: data.at,
  } as const
  try {
    await inTransaction(pool, (tx) => appendAndFold(tx, project, [event]))
    return true
  } catch (error) {
    if (isStreamConflict(error)) return false
    throw error
  }
}
