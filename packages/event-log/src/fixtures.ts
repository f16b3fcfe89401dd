// What the tests of this package append. Imported by tests only.
import { readFileSync } from 'node:fs'

import {
  DEFAULT_PROJECT,
  type EpochMs,
  type ProjectId,
  type RecordedEvent,
  type StreamId,
  systemMeta,
} from '@portcullis/contracts'
import type { Pool } from 'pg'

import { appendEvents, type NewEvent } from './append-events.ts'
import { inTransaction } from './transaction.ts'

export const PROJECT: ProjectId = DEFAULT_PROJECT

/** 2025-11-23T10:00:00Z */
export const AT = 1_763_892_000_000 as EpochMs

/** Returns an event that says nothing but its place. */
export function newEvent(stream: string, version: number, over: Partial<NewEvent> = {}): NewEvent {
  return {
    streamId: stream as StreamId,
    version,
    event: { type: 'incident.rescheduled', data: { nextDueAt: null } },
    meta: systemMeta('system'),
    occurredAt: AT,
    ...over,
  }
}

/** Appends in a transaction of its own. */
export async function append(pool: Pool, ...events: NewEvent[]): Promise<RecordedEvent[]> {
  return await inTransaction(pool, (tx) => appendEvents(tx, PROJECT, events))
}

/** Parses a file of golden vectors. */
export function golden<Vector>(name: string): readonly Vector[] {
  const text = readFileSync(new URL(`golden/${name}.json`, import.meta.url), 'utf8')
  return JSON.parse(text) as Vector[]
}
