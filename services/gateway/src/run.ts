import { setTimeout as delay } from 'node:timers/promises'

import { DAY_MS, DEFAULT_PROJECT, SECOND_MS, type ServiceName } from '@portcullis/contracts'
import { DEFAULT_ALARM_RULES, sloSettingsOf } from '@portcullis/domain'
import { openPool } from '@portcullis/event-log'
import { createLiveViews, routeJudgementOf } from '@portcullis/projections'
import {
  METRIC_QUEUES,
  openQueueBackend,
  queueConfigOf,
  watchQueues,
  type QueueBackend,
  type QueueWatch,
  shardOf,
} from '@portcullis/queues'
import {
  createTelemetry,
  every,
  systemClock,
  type Logger,
  type ProcessParts,
  type Telemetry,
} from '@portcullis/runtime'
import type { Pool } from 'pg'

import manifest from '../package.json' with { type: 'json' }
import { buildGateway } from './app.ts'
import { checkSchema } from './check-schema.ts'
import { openCommandDesk, type CommandDesk } from './commands/command-desk.ts'
import { composeGateway } from './compose.ts'
import { problem } from './problem/problem.ts'
import { createBacktestDesk } from './routes/backtests/backtest-desk.ts'
import { checksOf, missedChecksOf } from './routes/health/checks.ts'
import { createPastLook } from './store/past-look.ts'
import type { Gateway } from './zod-routes.ts'

/** What a gateway process may know beyond what every process does. */
export interface RunGatewayParts extends ProcessParts {
  /** What the settings' reader found unwise; shown at /ops/config/health. */
  readonly warnings: readonly string[]
  /** Whether the disk has room for more; left out where nobody watches it. */
  readonly hasRoom?: () => boolean
}

const CONNECTIONS_MAX = 16
const LEDGER_EVERY_MS = SECOND_MS

/**
 * Opens what the gateway stands on, listens, and registers how all of it is closed: first no more
 * requests, then the ledger's last word, then the connections.
 */
export async function runGateway(
  parts: RunGatewayParts,
): Promise<{ readonly gateway: Gateway; readonly address: string }> {
  const { config, log, connectionString } = parts
  const telemetry = createTelemetry({ withProcess: true })
  const pool = await openStore(parts)
  const { queues, watch } = openQueues(parts, telemetry)
  const checked = { db: pool, projectId: DEFAULT_PROJECT, watch, behindMs: config.guard.behindMs }
  const requireRoom = (): void => {
    if (parts.hasRoom?.() === false) throw problem('DISK_NEARLY_FULL', { retryAfterSeconds: 30 })
  }
  const desk = openDesk(parts, { pool, queues, requireRoom })
  const slo = sloSettingsOf(config.slo)
  const judgement = routeJudgementOf(DEFAULT_ALARM_RULES, slo)
  const shardOfService = (service: ServiceName) => shardOf(DEFAULT_PROJECT, service)
  const views = { pool, project: DEFAULT_PROJECT, judgement, shardOf: shardOfService }
  const minutesKeptMs = config.retention.minutesDays * DAY_MS
  const { parts: gatewayParts, ledger } = composeGateway({
    ...parts,
    live: createLiveViews(pool, DEFAULT_PROJECT, judgement, { shardOf: shardOfService }),
    past: createPastLook({ ...views, minutesKeptMs }),
    backtests: createBacktestDesk({
      connectionString,
      project: DEFAULT_PROJECT,
      slo,
      minutesKeptMs,
    }),
    judgement,
    clock: systemClock,
    telemetry,
    version: manifest.version,
    db: pool,
    queues,
    desk,
    watch,
    checks: checksOf(checked),
    missedChecks: missedChecksOf(checked),
    requireRoom,
  })
  const gateway = await buildGateway(gatewayParts)
  const writing = every(LEDGER_EVERY_MS, { log, name: 'ledger' }, () => ledger.write())
  onClose(parts, 'ledger', async () => {
    await writing.stop()
    await ledger.write()
  })
  onClose(parts, 'gateway', async () => void (await gateway.close()))
  await untilLookedAt(watch, log)
  const { host, port } = config.http
  const address = await gateway.listen({ host, port })
  log.info({ address }, 'listening')
  return { gateway, address }
}

const FIRST_LOOKS_MAX = 30
const FIRST_LOOK_PAUSE_MS = 100

/**
 * Waits for the first look at the queues: a batch that comes before it is refused, for nothing is known
 * of its queue. Where they are away the gateway listens all the same, and says so.
 */
async function untilLookedAt(watch: QueueWatch, log: Logger): Promise<void> {
  for (let looks = 1; ; looks += 1) {
    try {
      return await watch.look()
    } catch (error) {
      if (looks === FIRST_LOOKS_MAX) return log.warn({ err: error }, 'the queues are out of reach')
      await delay(FIRST_LOOK_PAUSE_MS)
    }
  }
}

async function openStore(parts: ProcessParts): Promise<Pool> {
  const pool = openPool({
    connectionString: parts.connectionString,
    applicationName: 'portcullis gateway',
    connectionsMax: CONNECTIONS_MAX,
    onError: (error) => parts.log.warn({ err: error }, 'an idle connection broke'),
  })
  onClose(parts, 'pool', () => pool.end())
  await checkSchema(parts, pool)
  return pool
}

function openQueues(
  parts: ProcessParts,
  telemetry: Telemetry,
): { readonly queues: QueueBackend; readonly watch: QueueWatch } {
  const { config, log, connectionString } = parts
  const queues = openQueueBackend(queueConfigOf(config.storage, connectionString), {
    onError: (error) => log.debug({ err: error }, 'the queue had an error'),
  })
  onClose(parts, 'queues', () => queues.close())
  const watch = watchQueues(queues, {
    queues: METRIC_QUEUES,
    limits: {
      depthMax: config.limits.queueDepth,
      oldestWaitingMsMax: config.limits.queueAgeMs,
    },
    clock: systemClock,
    onError: (error) => log.debug({ err: error }, 'the queues could not be looked at'),
  })
  onClose(parts, 'queue watch', () => watch.close())
  telemetry.gauge(
    {
      name: 'portcullis_gateway_queue_waiting',
      help: 'Batches waiting in a metric queue, at the last look.',
      labels: ['queue'],
    },
    (gauge) => {
      for (const queue of METRIC_QUEUES) gauge.set({ queue }, watch.figuresOf(queue)?.waiting ?? 0)
    },
  )
  return { queues, watch }
}

function openDesk(
  parts: ProcessParts,
  { pool, queues, requireRoom }: { pool: Pool; queues: QueueBackend; requireRoom: () => void },
): CommandDesk {
  const desk = openCommandDesk({
    db: pool,
    project: DEFAULT_PROJECT,
    connectionString: parts.connectionString,
    queues,
    clock: systemClock,
    log: parts.log,
    waitMs: parts.config.limits.commandWaitMs,
    requireRoom,
  })
  onClose(parts, 'command desk', () => desk.close())
  return desk
}

function onClose({ lifecycle }: ProcessParts, name: string, close: () => Promise<void>): void {
  lifecycle.onClose({ name, close })
}
