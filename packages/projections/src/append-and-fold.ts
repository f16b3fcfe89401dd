import type { DomainEvent, NotificationId, ProjectId, RecordedEvent } from '@portcullis/contracts'
import { appendEvents, type Db, type NewEvent } from '@portcullis/event-log'

import { applyEvents, type RowCache } from './apply-events.ts'
import { eventModels } from './models.ts'
import { enqueueDeliveries } from './work/outbox.ts'
import { scheduleTimers } from './work/timers.ts'

/** What was appended, and the rows that came of it. */
export interface Appended {
  readonly events: readonly RecordedEvent<DomainEvent>[]
  readonly rows: RowCache
  /** Ids of the outbox rows that were written: hints for jobs after the commit. */
  readonly deliveries: readonly NotificationId[]
}

/**
 * Appends events and does everything that belongs to the same moment in the same transaction: folds
 * every read model, moves timers, fills the outbox.
 *
 * It takes the log's head, on which every other appender waits until the commit: call it last in a
 * transaction. `rows` are rows that the caller holds locked; they are not read again.
 *
 * Throws a stream conflict when somebody else appended to one of the streams meanwhile.
 */
export async function appendAndFold(
  tx: Db,
  project: ProjectId,
  pending: readonly NewEvent[],
  rows: RowCache = new Map(),
): Promise<Appended> {
  if (pending.length === 0) return { events: [], rows, deliveries: [] }
  const events = await appendEvents(tx, project, pending)
  await applyEvents(tx, eventModels, { project, events, cache: rows })
  await scheduleTimers(tx, project, { events, rows })
  const deliveries = await enqueueDeliveries(tx, project, { events, rows })
  return { events, rows, deliveries }
}
