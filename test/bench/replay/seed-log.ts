import { DEFAULT_PROJECT, type EpochMs, type EventMeta, SYSTEM_ACTOR } from '@portcullis/contracts'
import {
  appendEvents,
  incidentIdOf,
  incidentStream,
  inTransaction,
  type NewEvent,
} from '@portcullis/event-log'
import pg from 'pg'

import { EVENTS_PER_LIFE, lifeOf, scopeOf } from '../traffic/incident-lives.ts'

/** Incidents that live at the same time: so far apart lie the events of each in the log. */
const ALIVE_TOGETHER = 1_000

const META: EventMeta = {
  actor: SYSTEM_ACTOR,
  via: 'system',
  commandId: null,
  correlationId: null,
  causationId: null,
}

/**
 * Appends the lives of incidents to the log, as the product appends events, and nothing else: the
 * projections hold them after the next replay. Returns the number of events.
 */
export async function seedLog(connectionString: string, incidents: number): Promise<number> {
  const pool = new pg.Pool({ connectionString, max: 1 })
  try {
    for (let from = 0; from < incidents; from += ALIVE_TOGETHER) {
      const lives = livesOf(from, Math.min(incidents, from + ALIVE_TOGETHER))
      for (let step = 0; step < EVENTS_PER_LIFE; step += 1) {
        const pending = lives.map((life) => life[step]!)
        await inTransaction(pool, (tx) => appendEvents(tx, DEFAULT_PROJECT, pending))
      }
    }
  } finally {
    await pool.end()
  }
  return incidents * EVENTS_PER_LIFE
}

function livesOf(from: number, to: number): NewEvent[][] {
  return Array.from({ length: to - from }, (_, nth) => {
    const index = from + nth
    const streamId = incidentStream(incidentIdOf(DEFAULT_PROJECT, scopeOf(index)))
    return lifeOf(index).map((event, step) => ({
      streamId,
      version: step + 1,
      event,
      meta: META,
      occurredAt: Date.now() as EpochMs,
    }))
  })
}
