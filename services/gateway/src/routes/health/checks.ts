import { SECOND_MS, type ProjectId } from '@portcullis/contracts'
import { lookAtHeads } from '@portcullis/projections'
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
      if (aggregatorBeatAt === null) return failing('none has been heard of')
      const silentMs = now - aggregatorBeatAt
      if (silentMs > behindMs) return failing(`none has been heard of for ${inSeconds(silentMs)}`)
      return backlogHealth(watch, behindMs)
    },
  }
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
