import {
  NotificationMessage,
  type NotificationId,
  NOTIFICATIONS_QUEUE,
  type ProjectId,
  SECOND_MS,
} from '@portcullis/contracts'
import { isRetryable } from '@portcullis/event-log'
import { chunksOf, enqueueHints, HINTS_PER_JOB, restoreOutbox } from '@portcullis/projections'
import {
  createGroupCommit,
  createProducer,
  type QueueBackend,
  startQueueWorker,
} from '@portcullis/queues'
import { every, type Logger, randomShare } from '@portcullis/runtime'
import type { Pool } from 'pg'

import type { Channel } from './channels/channel.ts'
import {
  attempt,
  claimDeliveries,
  type Claimed,
  type Delivery,
  recordDeliveries,
  withNames,
} from './deliver.ts'
import { dueDeliveries } from './due-deliveries.ts'
import { createSlots } from './slots.ts'

/** What the notifier stands on. */
export interface NotifierDeps {
  readonly pool: Pool
  readonly project: ProjectId
  readonly queues: QueueBackend
  readonly channels: ReadonlyMap<string, Channel>
  readonly log: Logger
}

/** A running notifier. */
export interface Notifier {
  close(): Promise<void>
}

/** Deliveries under way at a time. */
const ATTEMPTS_AT_ONCE = 64

/** Receipts that are recorded in one transaction. */
const RECEIPTS_MAX = 500
/**
 * How long a receipt waits for others. Nobody waits for it, and its transaction takes the log's head
 * from those who do: without it acknowledgements took half as long again (bench `commands`).
 */
const RECEIPTS_LINGER_MS = 200

const SWEEP_MS = SECOND_MS
const RESTORE_MS = 30 * SECOND_MS

/** A row that is due for so long was not announced by a job, or is to be attempted again. */
const SWEEP_AFTER_MS = SECOND_MS

/**
 * Starts the notifier: attempts deliveries that jobs announce, sweeps up those that are due again or
 * were never announced, and makes outbox rows again that were lost.
 */
export function startNotifier(deps: NotifierDeps): Notifier {
  const { pool, project, queues, log } = deps
  const hints = createProducer<NotificationMessage>(queues, NOTIFICATIONS_QUEUE)
  const records = createGroupCommit<Delivery, void>({
    run: async (deliveries) => {
      await recordDeliveries(pool, project, deliveries)
      return deliveries.map(() => undefined)
    },
    isRetryable,
    itemsMax: RECEIPTS_MAX,
    lingerMs: RECEIPTS_LINGER_MS,
  })

  const deliver = async (claimed: Claimed): Promise<void> => {
    const channel = deps.channels.get(claimed.channel)
    const delivery = await attempt(claimed, { channel, jitter: randomShare() })
    // Not waited for here: the slot is free for the next attempt.
    records.submit(delivery).then(
      () => logDelivery(log, claimed, delivery),
      (error: unknown) => {
        log.warn({ err: error }, 'a delivery was not recorded and is made again')
      },
    )
  }
  const slots = createSlots(ATTEMPTS_AT_ONCE, (error) => {
    log.error({ err: error }, 'a delivery could not be attempted')
  })
  const deliverAll = async (ids: readonly NotificationId[]): Promise<void> => {
    // No more than there are slots: what is claimed must be attempted within its lease.
    for (const part of chunksOf(ids, ATTEMPTS_AT_ONCE)) {
      const claimed = await withNames(pool, project, await claimDeliveries(pool, project, part))
      for (const one of claimed) await slots.start(() => deliver(one))
    }
  }
  // A job is done when its deliveries are claimed: the rows remember the rest, so that a slow receiver
  // holds up neither the jobs behind it nor a graceful close.
  const worker = startQueueWorker(queues, {
    queue: NOTIFICATIONS_QUEUE,
    schema: NotificationMessage,
    run: (items) => deliverAll(items.flatMap(({ message }) => message.notificationIds)),
    isRetryable,
    concurrency: ATTEMPTS_AT_ONCE / HINTS_PER_JOB,
  })
  const loops = [
    every(SWEEP_MS, { log, name: 'delivery sweep' }, async () => {
      const limits = { sinceMs: SWEEP_AFTER_MS, limit: ATTEMPTS_AT_ONCE }
      await deliverAll(await dueDeliveries(pool, project, limits))
    }),
    every(RESTORE_MS, { log, name: 'outbox restoration' }, async () => {
      const restored = await restoreOutbox(pool, project)
      if (restored.length === 0) return
      log.warn({ deliveries: restored.length }, 'missing deliveries were made again')
      await enqueueHints(hints, { project, deliveries: restored })
    }),
  ]
  return {
    close: async () => {
      await worker.close()
      await Promise.all(loops.map((loop) => loop.stop()))
      await slots.whenIdle()
      await records.whenIdle()
    },
  }
}

function logDelivery(log: Logger, { id, channel, attempts }: Claimed, delivery: Delivery): void {
  const facts = { notification: id, channel, attempts }
  if (delivery.kind === 'later') {
    const retryAt = new Date(delivery.retryAt).toISOString()
    log.warn(
      { ...facts, reason: delivery.reason, retry_at: retryAt },
      'a delivery failed and is tried again',
    )
  } else if (delivery.receipt.type === 'notification.failed') {
    log.error({ ...facts, reason: delivery.receipt.data.reason }, 'a delivery was given up')
  } else {
    log.info(facts, 'delivered')
  }
}
