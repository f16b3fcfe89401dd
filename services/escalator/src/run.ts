import { DEFAULT_PROJECT } from '@portcullis/contracts'
import { isRetryable, openPool } from '@portcullis/event-log'
import { awaitUsableSchema } from '@portcullis/migrations'
import { beat, endBeat, HEARTBEAT_MS } from '@portcullis/projections'
import { openQueueBackend, queueConfigOf } from '@portcullis/queues'
import { keepBeating, type ProcessParts } from '@portcullis/runtime'

import { startEscalator } from './app.ts'
import { contextOf } from './context.ts'

const CONNECTIONS_MAX = 8

/** Opens what the escalator stands on, starts it, and registers how all of it is closed. */
export async function runEscalator(parts: ProcessParts): Promise<void> {
  const { config, instance, log, lifecycle, connectionString } = parts
  const pool = openPool({
    connectionString,
    applicationName: 'portcullis escalator',
    connectionsMax: CONNECTIONS_MAX,
    onError: (error) => log.warn({ err: error }, 'an idle connection broke'),
  })
  lifecycle.onClose({ name: 'pool', close: () => pool.end() })
  await awaitUsableSchema(pool, { isAway: isRetryable, log })
  const queues = openQueueBackend(queueConfigOf(config.storage, connectionString), {
    onError: (error) => log.debug({ err: error }, 'the queue had an error'),
  })
  lifecycle.onClose({ name: 'queues', close: () => queues.close() })
  const contextAt = contextOf(config)
  const escalator = startEscalator({ pool, project: DEFAULT_PROJECT, contextAt, queues, log })
  lifecycle.onClose({
    name: 'escalator',
    close: () => escalator.close(),
  })
  keepBeating(parts, {
    everyMs: HEARTBEAT_MS,
    beat: () => beat(pool, 'escalator', instance),
    end: () => endBeat(pool, 'escalator', instance),
  })
}
