import { DEFAULT_PROJECT, SECOND_MS } from '@portcullis/contracts'
import { isRetryable, openPool } from '@portcullis/event-log'
import { awaitUsableSchema } from '@portcullis/migrations'
import { beat, endBeat, HEARTBEAT_MS } from '@portcullis/projections'
import { openQueueBackend, queueConfigOf } from '@portcullis/queues'
import { channelsOf, keepBeating, type ProcessParts } from '@portcullis/runtime'

import { startNotifier } from './app.ts'
import { makeChannels } from './channels/make-channels.ts'
import { SEND_TIMEOUT_MS } from './deliver.ts'

const CONNECTIONS_MAX = 8
/** An attempt that is under way comes to its end, and its receipt is recorded. */
const CLOSE_DEADLINE_MS = SEND_TIMEOUT_MS + 5 * SECOND_MS

/** Opens what the notifier stands on, starts it, and registers how all of it is closed. */
export async function runNotifier(parts: ProcessParts): Promise<void> {
  const { config, instance, log, lifecycle, connectionString } = parts
  const pool = openPool({
    connectionString,
    applicationName: 'portcullis notifier',
    connectionsMax: CONNECTIONS_MAX,
    onError: (error) => log.warn({ err: error }, 'an idle connection broke'),
  })
  lifecycle.onClose({ name: 'pool', close: () => pool.end() })
  await awaitUsableSchema(pool, { isAway: isRetryable, log })
  const queues = openQueueBackend(queueConfigOf(config.storage, connectionString), {
    onError: (error) => log.debug({ err: error }, 'the queue had an error'),
  })
  lifecycle.onClose({ name: 'queues', close: () => queues.close() })
  const channels = makeChannels(channelsOf(config.notification), (line, message) =>
    log.info(line, message),
  )
  const notifier = await startNotifier({ pool, project: DEFAULT_PROJECT, queues, channels, log })
  lifecycle.onClose({
    name: 'notifier',
    deadlineMs: CLOSE_DEADLINE_MS,
    close: () => notifier.close(),
  })
  keepBeating(parts, {
    everyMs: HEARTBEAT_MS,
    beat: () => beat(pool, 'notifier', instance),
    end: () => endBeat(pool, 'notifier', instance),
  })
}
