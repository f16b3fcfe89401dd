import { type NotificationId, type ProjectId, SECOND_MS } from '@portcullis/contracts'
import { chunksOf } from '@portcullis/projections'
import type { Pool } from 'pg'

import { claimDeliveries, type Claimed, withNames } from './deliver.ts'
import { dueByChannel } from './due-deliveries.ts'
import { createLane, type Lane } from './lane.ts'

/** Deliveries under way at a time on one channel. */
export const ATTEMPTS_AT_ONCE = 64

/** Claimed together: a quarter of a channel's places, so that the next are claimed while others are sent. */
const CLAIMED_TOGETHER = ATTEMPTS_AT_ONCE / 4

/** A channel in which nothing ends for so long holds up nobody: it is left to the sweep. */
const PATIENCE_MS = SECOND_MS

export interface DispatchOptions {
  readonly pool: Pool
  readonly project: ProjectId
  /** Attempts what was claimed, in its channel's lane. */
  readonly deliver: (claimed: Claimed, lane: Lane) => Promise<void>
  readonly onError: (error: unknown) => void
}

/** Claims deliveries and starts their attempts, each channel's in a lane of its own. */
export interface Dispatch {
  /**
   * Resolves when attempts of all that are due are under way, but for those on channels that are closed:
   * they are not claimed, and stay due.
   */
  start(ids: readonly NotificationId[]): Promise<void>
  /** Channels on which nothing is attempted at present. */
  closed(): string[]
  whenIdle(): Promise<void>
}

/** Makes a dispatch with nothing under way. */
export function createDispatch({ pool, project, deliver, onError }: DispatchOptions): Dispatch {
  const lanes = new Map<string, Lane>()
  const laneOf = (channel: string): Lane => {
    const options = { places: ATTEMPTS_AT_ONCE, patienceMs: PATIENCE_MS, onError }
    const lane = lanes.get(channel) ?? createLane(options)
    lanes.set(channel, lane)
    return lane
  }
  const startIn = async (lane: Lane, ids: readonly NotificationId[]): Promise<void> => {
    if (!(await lane.take(ids.length))) return
    let claimed: readonly Claimed[] = []
    try {
      claimed = await withNames(pool, project, await claimDeliveries(pool, project, ids))
    } finally {
      lane.giveBack(ids.length - claimed.length)
    }
    for (const one of claimed) lane.run(() => deliver(one, lane))
  }
  return {
    start: async (ids) => {
      for (const part of chunksOf(ids, CLAIMED_TOGETHER)) {
        const due = await dueByChannel(pool, project, part)
        await Promise.all([...due].map(([channel, of]) => startIn(laneOf(channel), of)))
      }
    },
    closed: () => [...lanes].filter(([, lane]) => lane.isClosed()).map(([channel]) => channel),
    whenIdle: async () => {
      await Promise.all([...lanes.values()].map((lane) => lane.whenIdle()))
    },
  }
}
