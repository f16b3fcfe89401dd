import { DEFAULT_PROJECT, type DomainEvent, type StreamId } from '@portcullis/contracts'
import { inTransaction } from '@portcullis/event-log'
import { appendAndFold, streamVersion } from '@portcullis/projections'
import type { Clock } from '@portcullis/runtime'
import type { Pool, PoolClient } from 'pg'

import { operatorOf } from './operator.ts'

interface Appending {
  readonly clock: Clock
  readonly streamId: StreamId
  readonly event: DomainEvent
  /** What else belongs to the same transaction; it runs before the log's head is locked. */
  readonly alongside?: (tx: PoolClient) => Promise<void>
}

/** Appends one event in the name of whoever runs the command, and folds it. */
export async function appendAsOperator(
  pool: Pool,
  { clock, streamId, event, alongside }: Appending,
): Promise<void> {
  const project = DEFAULT_PROJECT
  const now = clock.now()
  await inTransaction(pool, async (tx) => {
    const actor = await operatorOf(tx, { project, now })
    await alongside?.(tx)
    const version = (await streamVersion(tx, project, streamId)) + 1
    const meta = {
      actor,
      via: 'cli',
      commandId: null,
      correlationId: null,
      causationId: null,
    } as const
    await appendAndFold(tx, project, [{ streamId, version, event, meta, occurredAt: now }])
  })
}
