import { migrateQueues } from '@portcullis/queues'
import {
  createDatabase,
  freePort,
  type Receiver,
  startPostgres,
  startReceiver,
  startRedis,
  type TestDatabase,
  type TestPostgres,
  type TestRedis,
  type TestScope,
} from '@portcullis/testkit'

import { type Gateway, gatewayAt, untilReady } from './gateway.ts'
import { collectLogLines, type LogLines } from './log-lines.ts'
import {
  type ServiceName,
  type ServiceProcess,
  serviceProcess,
  SERVICES,
} from './service-process.ts'
import { faultsOfTruth } from './verify-truth.ts'

export type Backend = 'postgres' | 'redis'
export const BACKENDS: readonly Backend[] = ['postgres', 'redis']

export interface SystemOptions {
  readonly backend: Backend
  /** One process of each service, unless it says otherwise. */
  readonly counts?: Partial<Record<ServiceName, number>>
  /** Settings of all processes, beside those that are the system's own. */
  readonly env?: Readonly<Record<string, string>>
  /** A Postgres server that the test may stop; otherwise it shares one with other tests. */
  readonly ownPostgres?: boolean
  /** With Redis: `always` survives a kill of the server. */
  readonly appendfsync?: 'always'
}

/** All of Portcullis, each service in processes of its own, with a receiver of its webhooks. */
export interface System {
  readonly backend: Backend
  readonly database: TestDatabase
  /** Those who asked for `ownPostgres` have it. */
  readonly postgres: TestPostgres | undefined
  /** Those on Redis have it. */
  readonly redis: TestRedis | undefined
  readonly receiver: Receiver
  readonly gateways: readonly Gateway[]
  readonly aggregators: readonly ServiceProcess[]
  readonly escalators: readonly ServiceProcess[]
  readonly notifiers: readonly ServiceProcess[]
  readonly processes: readonly ServiceProcess[]
  readonly log: LogLines
  /** Says that processes may end by themselves: without a database they do not start. */
  allowEnds(): void
}

/** Bearer token of the first admin. */
export const TOKEN = 'the-first-admin-of-an-end-to-end-test'
const WEBHOOK_SECRET = `whsec_${Buffer.from('0123456789abcdef0123456789abcdef').toString('base64')}`

/**
 * Starts a system, and ends it with the test: all processes are asked to end and must do so with 0;
 * then the chain, the batches, the seals and every projection must be what they were. What is wrong
 * by then fails the test, and so does a line of weight that nobody announced, and a process that
 * ended by itself.
 */
export async function startSystem(t: TestScope, options: SystemOptions): Promise<System> {
  const faults: string[] = []
  // The last teardown to run: whatever it throws, the servers are gone by then.
  t.teardown(async () => {
    if (faults.length > 0) throw new Error(faults.join('\n'))
  })
  const postgres = options.ownPostgres === true ? await startPostgres(t) : undefined
  const database = await createDatabase(t, {
    prepared: { name: 'queues', by: migrateQueues },
    ...(postgres && { server: postgres.connectionString }),
  })
  const redis = await redisOf(t, options)
  const receiver = await startReceiver(t)
  const log = collectLogLines()
  const env = {
    DATABASE_URL: database.connectionString,
    PORTCULLIS_TOKEN: TOKEN,
    WEBHOOK_URL: receiver.url,
    WEBHOOK_SECRET,
    NOTIFY_CHANNELS: 'webhook',
    ...(redis && { REDIS_URL: redis.url }),
    ...options.env,
  }
  const gateways = await Promise.all(
    range(options.counts?.gateway ?? 1).map(async (nth) => {
      const port = await freePort()
      return gatewayAt(
        serviceProcess({ service: 'gateway', nth, log }, { ...env, PORT: `${port}` }),
        {
          url: `http://127.0.0.1:${port}`,
          token: TOKEN,
        },
      )
    }),
  )
  const workers = SERVICES.filter((service) => service !== 'gateway').flatMap((service) =>
    range(options.counts?.[service] ?? 1).map((nth) => serviceProcess({ service, nth, log }, env)),
  )
  const processes = [...gateways.map((gateway) => gateway.process), ...workers]
  let mayEnd = false
  t.teardown(async () => {
    faults.push(...(await stopAll(processes)), ...endFaults(processes, mayEnd))
    faults.push(...(await faultsOfTruth(database.pool)))
    faults.push(...log.surprises().map((line) => `${line.process} wrote: ${line.text}`))
  })
  await Promise.all(processes.map((one) => one.start()))
  await Promise.all(gateways.map(untilReady))
  const of = (service: ServiceName) => workers.filter((worker) => worker.service === service)
  return {
    backend: options.backend,
    database,
    postgres,
    redis,
    receiver,
    gateways,
    aggregators: of('aggregator'),
    escalators: of('escalator'),
    notifiers: of('notifier'),
    processes,
    log,
    allowEnds: () => {
      mayEnd = true
    },
  }
}

async function redisOf(
  t: TestScope,
  { backend, appendfsync }: SystemOptions,
): Promise<TestRedis | undefined> {
  if (backend === 'postgres') return undefined
  return startRedis(t, appendfsync && { appendfsync })
}

async function stopAll(processes: readonly ServiceProcess[]): Promise<string[]> {
  const faults = await Promise.all(
    processes.map(async (one) => {
      if (!one.isUp()) return []
      try {
        const code = await one.stop()
        return code === 0
          ? []
          : [`${one.name} ended with ${String(code)} when it was asked to end.`]
      } catch (error) {
        await one.kill()
        return [String(error)]
      }
    }),
  )
  return faults.flat()
}

/** 70 is a bug that ended the process (runtime: lifecycle), whatever was going on. */
function endFaults(processes: readonly ServiceProcess[], mayEnd: boolean): string[] {
  return processes
    .flatMap((one) => one.ends)
    .filter((end) => !end.asked && (end.code === 70 || !mayEnd))
    .map((end) => `${end.process} ended by itself (${String(end.signal ?? end.code)}).`)
}

function range(count: number): number[] {
  return Array.from({ length: count }, (_, nth) => nth)
}
