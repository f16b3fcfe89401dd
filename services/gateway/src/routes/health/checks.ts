import { type EpochMs, SECOND_MS, type ProjectId } from '@portcullis/contracts'
import { lookAtHeads, readBeats, type WorkerRole } from '@portcullis/projections'
import { METRIC_QUEUES, type QueueWatch } from '@portcullis/queues'
import type { Pool } from 'pg'

import type { HealthChecks, PartHealth } from './health.ts'

/** What the checks look at. */
export interface CheckedParts {
  readonly db: Pool
  readonly projectId: ProjectId
  readonly watch: QueueWatch
  /** PORTCULLIS_BEHIND_MS: from this age on, what is not folded or heard of counts as lost sight of. */
  readonly behindMs: number
}

/** Returns the checks of what every gateway needs: the store, the queues, and somebody who folds. */
export function checksOf({ db, projectId, watch, behindMs }: CheckedParts): HealthChecks {
  return {
    postgres: async () => {
      await db.query('select 1')
      return { ok: true }
    },
    queue: () => queueHealth(watch),
    aggregator: async () => {
      const { now, aggregatorBeatAt } = await lookAtHeads(db, projectId)
      const silence = silenceOf(now, aggregatorBeatAt, behindMs)
      return silence ?? backlogHealth(watch, behindMs)
    },
  }
}

/**
 * Returns the checks of what a gateway does its own work without: nobody escalates or is told while
 * these are away, but batches, commands and questions are taken as ever.
 */
export function missedChecksOf({ db, behindMs }: CheckedParts): HealthChecks {
  const check = (role: WorkerRole) => async (): Promise<PartHealth> => {
    const { now, lastBeatAt } = await readBeats(db, role, { withinMs: behindMs })
    return silenceOf(now, lastBeatAt, behindMs) ?? { ok: true }
  }
  return { escalator: check('escalator'), notifier: check('notifier') }
}

/** Returns what is wrong with processes that were last heard of at an instant; null where nothing is. */
function silenceOf(now: EpochMs, beatAt: EpochMs | null, behindMs: number): PartHealth | null {
  if (beatAt === null) return failing('none has been heard of')
  const silentMs = now - beatAt
  return silentMs > behindMs ? failing(`none has been heard of for ${inSeconds(silentMs)}`) : null
}

function queueHealth(watch: QueueWatch): PartHealth {
  const unreachable = METRIC_QUEUES.some((queue) => {
    const fullness = watch.fullnessOf(queue)
    return fullness.full && fullness.reason === 'unreachable'
  })
  return unreachable ? failing('cannot be reached') : { ok: true }
}

function backlogHealth(watch: QueueWatch, behindMs: number): PartHealth {
  const oldestMs = Math.max(...METRIC_QUEUES.map((queue) => watch.backlogMsOf(queue)))
  if (oldestMs <= behindMs) return { ok: true }
  if (!Number.isFinite(oldestMs)) return failing('it is not known yet what waits for it')
  return failing(`is behind: the oldest batch has waited for ${inSeconds(oldestMs)}`)
}

function failing(detail: string): PartHealth {
  return { ok: false, detail }
}

function inSeconds(ms: number): string {
  return `${Math.round(ms / SECOND_MS)} s`
}
