import { DEFAULT_PROJECT, type EpochMs } from '@portcullis/contracts'
import {
  DEFAULT_ALARM_RULES,
  escalationSettingsOf,
  type IncidentContext,
  sloSettingsOf,
} from '@portcullis/domain'
import { isRetryable, openPool } from '@portcullis/event-log'
import { awaitUsableSchema } from '@portcullis/migrations'
import { beat, endBeat, HEARTBEAT_MS, routeJudgementOf } from '@portcullis/projections'
import { openQueueBackend, queueConfigOf } from '@portcullis/queues'
import {
  channelsToldOf,
  type Config,
  keepBeating,
  type ProcessParts,
  systemClock,
} from '@portcullis/runtime'

import { startAggregator } from './app.ts'
import type { AlarmContext } from './judge-alarms.ts'

const CONNECTIONS_MAX = 10

/** Opens what the aggregator stands on, starts it, and registers how all of it is closed. */
export async function runAggregator(parts: ProcessParts): Promise<void> {
  const { config, instance, log, lifecycle, connectionString } = parts
  const closing = (name: string, close: () => Promise<void>) => lifecycle.onClose({ name, close })
  const pool = openPool({
    connectionString,
    applicationName: 'portcullis aggregator',
    connectionsMax: CONNECTIONS_MAX,
    onError: (error) => log.warn({ err: error }, 'an idle connection broke'),
  })
  closing('pool', () => pool.end())
  await awaitUsableSchema(pool, { isAway: isRetryable, log })
  const queues = openQueueBackend(queueConfigOf(config.storage, connectionString), {
    onError: (error) => log.debug({ err: error }, 'the queue had an error'),
    onRedisRestart: () => log.warn('Redis was restarted: what it did not keep on disk is gone'),
  })
  closing('queues', () => queues.close())
  const aggregator = startAggregator({
    pool,
    project: DEFAULT_PROJECT,
    queues,
    limits: config.limits,
    retention: config.retention,
    alarms: alarmContextOf(config),
    guard: config.guard,
    verdictChannels: channelsToldOf('verdicts', config.notification),
    clock: systemClock,
    log,
  })
  closing('aggregator', () => aggregator.close())
  keepBeating(parts, {
    everyMs: HEARTBEAT_MS,
    beat: () => beat(pool, 'aggregator', instance),
    end: () => endBeat(pool, 'aggregator', instance),
  })
}

/** Returns what alarms are judged by. */
function alarmContextOf(config: Config): AlarmContext {
  const escalation = escalationSettingsOf(config.escalation)
  const channels = channelsToldOf('incidents', config.notification)
  const incidentContextAt = (now: EpochMs): IncidentContext => ({
    now,
    settings: escalation,
    channels,
    // Alarms open, refresh and resolve in a pause too: only escalation pauses.
    paused: false,
  })
  return {
    project: DEFAULT_PROJECT,
    ...routeJudgementOf(DEFAULT_ALARM_RULES, sloSettingsOf(config.slo)),
    incidentContextAt,
  }
}
