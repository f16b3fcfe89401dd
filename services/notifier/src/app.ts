import {
  NotificationMessage,
  NOTIFICATIONS_QUEUE,
  type ProjectId,
  SECOND_MS,
} from '@portcullis/contracts'
import { channelPauseMs, decideDelivery } from '@portcullis/domain'
import { isRetryable } from '@portcullis/event-log'
import { enqueueHints, HINTS_PER_JOB, restoreOutbox } from '@portcullis/projections'
import {
  createGroupCommit,
  createProducer,
  type GroupCommit,
  type QueueBackend,
  startQueueWorker,
} from '@portcullis/queues'
import { every, type Logger, randomShare } from '@portcullis/runtime'
import type { Pool } from 'pg'

import type { Channel } from './channels/channel.ts'
import { type Claimed, type Delivery, deliveryOf, recordDeliveries, send } from './deliver.ts'
import { ATTEMPTS_AT_ONCE, createDispatch } from './dispatch.ts'
import { dueDeliveries } from './due-deliveries.ts'
import { type GoneReceivers, watchGoneReceivers } from './gone-receivers.ts'
import type { Lane } from './lane.ts'

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
export async function startNotifier(deps: NotifierDeps): Promise<Notifier> {
  const { pool, project, queues, channels, log } = deps
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

  const receivers = [...channels.values()].flatMap(({ receiver }) => receiver ?? [])
  const gone = watchGoneReceivers(pool, project, receivers)
  await gone.refresh()
  const dispatch = createDispatch({
    pool,
    project,
    deliver: deliveryTo(deps, { records, gone }),
    onError: (error) => log.error({ err: error }, 'a delivery could not be attempted'),
  })
  // A job is done when its deliveries are claimed: the rows remember the rest, so that a slow receiver
  // holds up neither the jobs behind it nor a graceful close.
  const worker = startQueueWorker(queues, {
    queue: NOTIFICATIONS_QUEUE,
    schema: NotificationMessage,
    run: (items) => dispatch.start(items.flatMap(({ message }) => message.notificationIds)),
    isRetryable,
    concurrency: ATTEMPTS_AT_ONCE / HINTS_PER_JOB,
  })
  const loops = [
    every(SWEEP_MS, { log, name: 'delivery sweep' }, async () => {
      await gone.refresh()
      const notOn = dispatch.closed()
      const limits = { sinceMs: SWEEP_AFTER_MS, limit: ATTEMPTS_AT_ONCE, notOn }
      await dispatch.start(await dueDeliveries(pool, project, limits))
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
      await dispatch.whenIdle()
      await records.whenIdle()
    },
  }
}

/** Returns what attempts a delivery, remembers what its receiver said of itself, and has it recorded. */
function deliveryTo(
  { channels, log }: NotifierDeps,
  { records, gone }: { records: GroupCommit<Delivery, void>; gone: GoneReceivers },
): (claimed: Claimed, lane: Lane) => Promise<void> {
  return async (claimed, lane) => {
    const channel = channels.get(claimed.channel)
    const receiver = channel?.receiver ?? null
    const isGone = receiver !== null && gone.has(receiver)
    const answer = isGone ? ({ kind: 'gone' } as const) : await send(claimed, channel)
    const pauseMs = channelPauseMs(answer)
    if (pauseMs > 0) lane.pause(pauseMs)
    const { id: notificationId, attempts, now } = claimed
    const notification = { notificationId, channel: claimed.channel }
    const jitter = randomShare()
    const decision = decideDelivery({ notification, attempts, answer }, { now, jitter })
    if (receiver !== null && 'receipt' in decision && decision.isReceiverGone) {
      const isFirst = await gone.record({ channel: claimed.channel, receiver, at: now })
      if (isFirst) log.error(notification, 'the receiver is gone (410): it is sent no more')
    }
    const delivery = deliveryOf(claimed, decision)
    // Not waited for here: the place is free for the next attempt.
    records.submit(delivery).then(
      () => logDelivery(log, claimed, delivery),
      (error: unknown) => {
        log.warn({ err: error }, 'a delivery was not recorded and is made again')
      },
    )
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
