import { setTimeout as wait } from 'node:timers/promises'

import type { LogPosition, ProjectId, RecordedEvent } from '@portcullis/contracts'

import type { Db } from './db.ts'
import { readEvents, readHead } from './read-events.ts'

/** What to follow, from where, and until when. */
export interface Subscription {
  readonly project: ProjectId
  /** The last position that is known already. */
  readonly after: LogPosition
  /** Called with the next events, never with none, and not again before it has settled. */
  readonly onEvents: (events: readonly RecordedEvent[]) => Promise<void> | void
  readonly signal: AbortSignal
}

const LOOK_MS_MIN = 10
const LOOK_MS_MAX = 250
const CHUNK_SIZE = 1_000

/**
 * Hands on every event after a position, once, in order, as it is committed; resolves when the signal
 * aborts. Rejects when the store or `onEvents` fails: subscribe again after the last position that
 * was handled.
 *
 * It looks at the head row, one row per project: soon again while events come, more and more seldom
 * while none do. There is no NOTIFY: in an append's transaction it would make all commits of the
 * database wait in line.
 */
export async function subscribe(db: Db, subscription: Subscription): Promise<void> {
  const { project, onEvents, signal } = subscription
  let { after } = subscription
  let pauseMs = LOOK_MS_MIN
  while (!signal.aborted) {
    const head = await readHead(db, project)
    if (head.position === after) {
      await pause(pauseMs, signal)
      pauseMs = Math.min(pauseMs * 2, LOOK_MS_MAX)
      continue
    }
    const range = { project, after, through: head.position, limit: CHUNK_SIZE }
    const events = await readEvents(db, range)
    if (signal.aborted) return
    const last = events.at(-1)
    if (last === undefined) {
      throw new Error(`The log ends at ${head.position}; there is nothing to read after ${after}.`)
    }
    await onEvents(events)
    after = last.position
    pauseMs = LOOK_MS_MIN
  }
}

async function pause(pauseMs: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(pauseMs, undefined, { signal })
  } catch (error) {
    if (!signal.aborted) throw error
  }
}
