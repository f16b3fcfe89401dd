import { hash } from 'node:crypto'

import type { ProjectId } from '@portcullis/contracts'

import type { Db } from './db.ts'
import { netstring } from './netstring.ts'
import { type EventRow, millisecondsOf } from './stored-event.ts'

/** The chain before the first event: SHA-256 of nothing, in hex. */
export const CHAIN_START = hash('sha256', '', 'hex')

/**
 * Returns the chained hash of a stored event, in hex: SHA-256 over netstrings of every column and of
 * the hash before it. docs/data-model.md has the preimage with a worked example; the SQL function
 * `append_events` computes the same, and both are held to the same golden vectors.
 */
export function hashOfEvent(project: ProjectId, event: EventRow, previousHash: string): string {
  const preimage =
    netstring('portcullis.event.1') +
    netstring(previousHash) +
    netstring(project) +
    netstring(String(event.position)) +
    netstring(event.stream_id) +
    netstring(String(event.version)) +
    netstring(event.type) +
    netstring(String(event.schema_version)) +
    netstring(String(millisecondsOf(event.occurred_at))) +
    netstring(String(millisecondsOf(event.recorded_at))) +
    netstring(event.data) +
    netstring(event.meta)
  return hash('sha256', preimage, 'hex')
}

/** Returns the stored hash of the event at a position, in hex; null when there is no such event. */
export async function storedHashAt(
  db: Db,
  project: ProjectId,
  position: number,
): Promise<string | null> {
  if (position === 0) return CHAIN_START
  const { rows } = await db.query<{ hash: string }>(
    `select encode(hash, 'hex') as hash from events where project_id = $1 and position = $2`,
    [project, position],
  )
  return rows[0]?.hash ?? null
}
