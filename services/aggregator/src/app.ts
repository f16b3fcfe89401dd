import {
  BUCKET_MS,
  METRIC_SHARDS,
  MetricBatchesMessage,
  type NotificationId,
  type NotificationMessage,
  NOTIFICATIONS_QUEUE,
  type ProjectId,
  requestMetricsQueue,
  SECOND_MS,
  type ServiceName,
} from '@portcullis/contracts'
import { guardParametersFrom, type KeptBuckets, WINDOW_BUCKETS } from '@portcullis/domain'
import { inTransaction, isRetryable } from '@portcullis/event-log'
import {
  appendAndFold,
  createLiveViews,
  enqueueHints,
  parkedJobsOf,
  readParkedData,
  shardsToCompact,
} from '@portcullis/projections'
import {
  ALL_QUEUES,
  createProducer,
  type QueueBackend,
  type QueueWatch,
  type QueueWorker,
  shardOf,
  startQueueWorker,
  startSweeper,
  type Sweeper,
  watchQueues,
} from '@portcullis/queues'
import { type Clock, type Config, every, type Logger, type Loop } from '@portcullis/runtime'
import type { Pool } from 'pg'

import type { RouteLimits } from './cap-routes.ts'
import type { VersionLimits } from './cap-versions.ts'
import { compactShards } from './compact-shards.ts'
import { findLosses } from './find-losses.ts'
import { foldJobs } from './fold-jobs.ts'
import { createShardFolder, type ShardFolder } from './fold-shard.ts'
import { heldNumbers } from './held-numbers.ts'
import { keepHouse } from './housekeeping.ts'
import type { AlarmContext } from './judge-alarms.ts'
import { judgeAll, judgeFolded } from './judge-shard.ts'
import { type VerdictWatchParts, watchVerdicts } from './watch-verdicts.ts'

/** What the aggregator stands on. */
export interface AggregatorDeps {
  readonly pool: Pool
  readonly project: ProjectId
  readonly queues: QueueBackend
  readonly limits: RouteLimits & VersionLimits
  readonly retention: Config['retention']
  readonly alarms: AlarmContext
  readonly guard: Config['guard']
  /** Names of the channels that hear of changed verdicts. */
  readonly verdictChannels: readonly string[]
  readonly clock: Clock
  readonly log: Logger
}

/** A running aggregator. */
export interface Aggregator {
  close(): Promise<void>
}

/** Jobs of one shard that are folded together at most; each carries what arrived together. */
const JOBS_AT_ONCE = 32

/** A change of outcome is recorded within so much time. */
const VERDICTS_MS = 250
const MINUTES_MS = 5 * SECOND_MS
const LOSSES_MS = 2 * SECOND_MS
const HOUSE_MS = 60 * SECOND_MS

/**
 * Verdicts look at a minute; one bucket more, because a look may be followed when the next one is
 * over. Services that fell silent are watched for as long as others know of them.
 */
const WATCHED: KeptBuckets = { known: WINDOW_BUCKETS.m15, whole: WINDOW_BUCKETS.m1 + 1 }

/** Tells the notifier of outbox rows that a commit wrote. */
type Hint = (deliveries: readonly NotificationId[]) => Promise<void>

/**
 * Starts the aggregator: folds batches, judges alarms as batches are folded and as windows slide,
 * records changed verdicts, compacts minutes, finds lost batches, sweeps failed jobs, and keeps house.
 */
export function startAggregator(deps: AggregatorDeps): Aggregator {
  const hint = hintOf(deps)
  const shards = Array.from({ length: METRIC_SHARDS }, (_, shard) => shard)
  const folders = shards.map((shard) => folderOf(deps, shard))
  const workers = folders.map((folder, shard) => workerOf(deps, { shard, folder, hint }))
  const watch = watchQueues(deps.queues, {
    queues: shards.map(requestMetricsQueue),
    limits: { depthMax: Infinity, oldestWaitingMsMax: Infinity },
    clock: deps.clock,
    onError: (error) => deps.log.debug({ err: error }, 'the queues cannot be looked at'),
  })
  const sweeper = sweeperOf(deps)
  const loops = [
    ...folders.map((folder, shard) =>
      // Windows change when a bucket begins; a second's delay costs nothing that anybody sees.
      every(
        SECOND_MS,
        { log: deps.log, name: `slide of shard ${shard}` },
        slideAtBuckets(folder, deps.clock, hint),
      ),
    ),
    ...backgroundLoops(deps, { watch, hint }),
  ]
  return {
    close: async () => {
      await Promise.all(workers.map((worker) => worker.close()))
      await Promise.all([sweeper.close(), watch.close(), ...loops.map((loop) => loop.stop())])
    },
  }
}

function hintOf({ queues, project, log }: AggregatorDeps): Hint {
  const notifications = createProducer<NotificationMessage>(queues, NOTIFICATIONS_QUEUE)
  return async (deliveries) => {
    try {
      await enqueueHints(notifications, { project, deliveries })
    } catch (error) {
      // The rows are in the outbox, and the notifier's own sweep finds them.
      log.warn({ err: error, deliveries: deliveries.length }, 'deliveries were not announced')
    }
  }
}

function workerOf(
  { queues }: AggregatorDeps,
  { shard, folder, hint }: { shard: number; folder: ShardFolder; hint: Hint },
): QueueWorker {
  return startQueueWorker(queues, {
    queue: requestMetricsQueue(shard),
    schema: MetricBatchesMessage,
    run: async (items) => {
      await hint(await foldJobs(folder, items))
    },
    isRetryable,
    concurrency: JOBS_AT_ONCE,
  })
}

function sweeperOf({ queues, pool, project, log }: AggregatorDeps): Sweeper {
  return startSweeper(queues, {
    queues: ALL_QUEUES,
    parkedJobs: parkedJobsOf(pool, project),
    onSwept: (queue, result) => log.warn({ queue, ...result }, 'failed jobs were swept'),
    onError: (error) => log.debug({ err: error }, 'failed jobs cannot be swept'),
  })
}

function backgroundLoops(
  deps: AggregatorDeps,
  { watch, hint }: { watch: QueueWatch; hint: Hint },
): Loop[] {
  const { pool, project, log } = deps
  const verdicts = verdictWatchOf(deps, watch)
  return [
    every(VERDICTS_MS, { log, name: 'verdicts' }, async () => {
      const { changed, deliveries } = await watchVerdicts(verdicts)
      if (changed > 0) log.info({ verdicts: changed }, 'verdicts changed')
      await hint(deliveries)
    }),
    every(MINUTES_MS, { log, name: 'minutes' }, async (stopping) => {
      const due = await shardsToCompact(pool, project)
      const sealedAgain = await compactShards(pool, project, due, stopping)
      if (sealedAgain.length > 0)
        log.warn({ sealedAgain }, 'batches came for days that were sealed')
    }),
    every(LOSSES_MS, { log, name: 'losses' }, async () => {
      const readParked = (queue: string) => readParkedData(pool, project, queue)
      const losses = await findLosses(pool, project, (range) =>
        heldNumbers(deps.queues, readParked, range),
      )
      if (losses.length === 0) return
      await inTransaction(pool, (tx) => appendAndFold(tx, project, losses))
      log.error({ losses: losses.map(({ event }) => event.data) }, 'accepted batches were lost')
    }),
    every(HOUSE_MS, { log, name: 'housekeeping' }, (stopping) => keepHouse(deps, stopping)),
  ]
}

function verdictWatchOf(deps: AggregatorDeps, watch: QueueWatch): VerdictWatchParts {
  const { pool, project, alarms, guard, verdictChannels: channels } = deps
  const shardOfService = (service: ServiceName): number => shardOf(project, service)
  return {
    pool,
    project,
    live: createLiveViews(pool, project, alarms, { shardOf: shardOfService, kept: WATCHED }),
    judgement: alarms,
    trust: {
      behindMs: guard.behindMs,
      shardOf: shardOfService,
      backlogMsOf: (shard) => watch.backlogMsOf(requestMetricsQueue(shard)),
    },
    guard: guardParametersFrom(guard),
    channels,
  }
}

function folderOf(deps: AggregatorDeps, shard: number): ShardFolder {
  const { pool, project, limits, alarms, log } = deps
  const context = {
    pool,
    project,
    limits,
    judge: (tx: Parameters<typeof judgeFolded>[0], folded: Parameters<typeof judgeFolded>[2]) =>
      judgeFolded(tx, alarms, folded),
    onReusedIds: (batchIds: readonly string[]) => {
      log.warn({ batchIds }, 'batches were left out: their ids had been used for other bodies')
    },
  }
  return createShardFolder(context, {
    shard,
    judgeSlid: (tx, folded) => judgeAll(tx, alarms, folded),
  })
}

/** Slides a shard once for every bucket that begins, by the clock of the database, which judges it. */
function slideAtBuckets(folder: ShardFolder, clock: Clock, hint: Hint): () => Promise<void> {
  let dueAt = -Infinity
  return async () => {
    const leftMs = dueAt - clock.now()
    // More than a bucket: this clock was set back.
    if (leftMs > 0 && leftMs <= BUCKET_MS) return
    const { deliveries, now } = await folder.slide()
    dueAt = clock.now() + BUCKET_MS - (now % BUCKET_MS)
    await hint(deliveries)
  }
}
