import {
  BUCKET_MS,
  METRIC_SHARDS,
  MetricBatchMessage,
  type NotificationId,
  type NotificationMessage,
  NOTIFICATIONS_QUEUE,
  type ProjectId,
  requestMetricsQueue,
  SECOND_MS,
  type ServiceName,
} from '@portcullis/contracts'
import { guardParametersFrom } from '@portcullis/domain'
import { inTransaction, isRetryable } from '@portcullis/event-log'
import {
  appendAndFold,
  compactMinutes,
  createLiveViews,
  enqueueHints,
  parkedJobsOf,
} from '@portcullis/projections'
import {
  ALL_QUEUES,
  createProducer,
  type QueueBackend,
  shardOf,
  startQueueWorker,
  startSweeper,
  watchQueues,
} from '@portcullis/queues'
import { type Clock, type Config, every, type Logger } from '@portcullis/runtime'
import type { Pool } from 'pg'

import type { RouteLimits } from './cap-routes.ts'
import { findLosses } from './find-losses.ts'
import { createShardFolder, type ShardFolder } from './fold-shard.ts'
import { keepHouse } from './housekeeping.ts'
import type { AlarmContext } from './judge-alarms.ts'
import { judgeAll, judgeFolded } from './judge-shard.ts'
import { watchVerdicts } from './watch-verdicts.ts'

/** What the aggregator stands on. */
export interface AggregatorDeps {
  readonly pool: Pool
  readonly project: ProjectId
  readonly queues: QueueBackend
  readonly limits: RouteLimits
  readonly retention: Config['retention']
  readonly alarms: AlarmContext
  readonly guard: Config['guard']
  readonly clock: Clock
  readonly log: Logger
}

/** A running aggregator. */
export interface Aggregator {
  close(): Promise<void>
}

/** Batches of one shard that are folded together at most. */
const BATCHES_AT_ONCE = 64

/** A change of outcome is recorded within so much time. */
const VERDICTS_MS = 250
const MINUTES_MS = 5 * SECOND_MS
const LOSSES_MS = 10 * SECOND_MS
const HOUSE_MS = 60 * SECOND_MS

/**
 * A queue whose oldest job is younger holds nothing that was accepted long ago, so that a number
 * that is missing is not merely late.
 */
const DRAINED_AGE_MS = 10 * SECOND_MS

/**
 * Starts the aggregator: folds batches, judges alarms as batches are folded and as windows slide,
 * compacts minutes, finds lost batches, sweeps failed jobs, and keeps house.
 */
export function startAggregator(deps: AggregatorDeps): Aggregator {
  const { pool, project, queues, log, clock } = deps
  const notifications = createProducer<NotificationMessage>(queues, NOTIFICATIONS_QUEUE)
  const hint = async (deliveries: readonly NotificationId[]): Promise<void> => {
    try {
      await enqueueHints(notifications, { project, deliveries })
    } catch (error) {
      // The rows are in the outbox, and the notifier's own sweep finds them.
      log.warn({ err: error, deliveries: deliveries.length }, 'deliveries were not announced')
    }
  }
  const shards = Array.from({ length: METRIC_SHARDS }, (_, shard) => shard)
  const folders = shards.map((shard) => folderOf(deps, shard))
  const workers = shards.map((shard) =>
    startQueueWorker(queues, {
      queue: requestMetricsQueue(shard),
      schema: MetricBatchMessage,
      run: async (items) => {
        await hint(await folders[shard]!.fold(items.map((item) => item.message)))
      },
      isRetryable,
      concurrency: BATCHES_AT_ONCE,
    }),
  )
  const watch = watchQueues(queues, {
    queues: shards.map(requestMetricsQueue),
    limits: { depthMax: Infinity, oldestWaitingMsMax: Infinity },
    clock,
    onError: (error) => log.debug({ err: error }, 'the queues cannot be looked at'),
  })
  const isDrained = (shard: number): boolean => {
    const figures = watch.figuresOf(requestMetricsQueue(shard))
    return (
      figures !== undefined &&
      figures.oldestWaitingMs < DRAINED_AGE_MS &&
      figures.delayed + figures.failed === 0
    )
  }
  const verdicts = {
    pool,
    project,
    live: createLiveViews(pool, project, deps.alarms),
    judgement: deps.alarms,
    trust: {
      behindMs: deps.guard.behindMs,
      shardOf: (service: ServiceName) => shardOf(project, service),
      oldestWaitingMs: (shard: number) =>
        watch.figuresOf(requestMetricsQueue(shard))?.oldestWaitingMs ?? 0,
    },
    guard: guardParametersFrom(deps.guard),
  }
  const sweeper = startSweeper(queues, {
    queues: ALL_QUEUES,
    parkedJobs: parkedJobsOf(pool, project),
    onSwept: (queue, result) => log.warn({ queue, ...result }, 'failed jobs were swept'),
    onError: (error) => log.debug({ err: error }, 'failed jobs cannot be swept'),
  })
  const loops = [
    ...folders.map((folder, shard) =>
      // Windows change when a bucket begins; a second's delay costs nothing that anybody sees.
      every(
        SECOND_MS,
        { log, name: `slide of shard ${shard}` },
        slideAtBuckets(folder, clock, hint),
      ),
    ),
    every(VERDICTS_MS, { log, name: 'verdicts' }, async () => {
      const changed = await watchVerdicts(verdicts)
      if (changed > 0) log.info({ verdicts: changed }, 'verdicts changed')
    }),
    every(MINUTES_MS, { log, name: 'minutes' }, () => compactAll(pool, project)),
    every(LOSSES_MS, { log, name: 'losses' }, async () => {
      const losses = await findLosses(pool, project, isDrained)
      if (losses.length === 0) return
      await inTransaction(pool, (tx) => appendAndFold(tx, project, losses))
      log.error({ losses: losses.map(({ event }) => event.data) }, 'accepted batches were lost')
    }),
    every(HOUSE_MS, { log, name: 'housekeeping' }, () => keepHouse(deps)),
  ]
  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([sweeper.close(), watch.close(), ...loops.map((loop) => loop.stop())])
    },
  }
}

function folderOf(deps: AggregatorDeps, shard: number): ShardFolder {
  const { pool, project, limits, alarms } = deps
  const context = {
    pool,
    project,
    limits,
    judge: (tx: Parameters<typeof judgeFolded>[0], folded: Parameters<typeof judgeFolded>[2]) =>
      judgeFolded(tx, alarms, folded),
  }
  return createShardFolder(context, {
    shard,
    judgeSlid: (tx, folded) => judgeAll(tx, alarms, folded),
  })
}

/** Slides a shard once for every bucket that begins. */
function slideAtBuckets(
  folder: ShardFolder,
  clock: Clock,
  hint: (deliveries: readonly NotificationId[]) => Promise<void>,
): () => Promise<void> {
  let bucket = -1
  return async () => {
    const present = Math.floor(clock.now() / BUCKET_MS)
    if (present === bucket) return
    await hint(await folder.slide())
    bucket = present
  }
}

async function compactAll(pool: Pool, project: ProjectId): Promise<void> {
  for (let shard = 0; shard < METRIC_SHARDS; shard += 1) {
    let compacted = Infinity
    while (compacted > 0) {
      compacted = await inTransaction(pool, (tx) => compactMinutes(tx, project, shard))
    }
  }
}
