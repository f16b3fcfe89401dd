import { startRedis } from '@portcullis/testkit'
import type pg from 'pg'

import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { type Child, startChild } from '../children/start-child.ts'
import type { EmmettProcess } from '../peers/emmett-process.ts'
import {
  createSiblingDatabase,
  openDatabase,
  postgresVersion,
  waitUntilQuiet,
} from '../product/database.ts'
import { type Product, startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { withScope } from '../scope.ts'
import type { AckingProcess } from './acking-process.ts'
import { countAcknowledged, openIncidents } from './open-incidents.ts'

const CLIENTS = 64
const ACKS = 10_000
const ACKS_QUICK = 500
const EMMETT_APPENDS = 3_000
const EMMETT_APPENDS_QUICK = 300
/** node-postgres' own default; with 20 and with 64 Emmett was no faster. */
const EMMETT_CONNECTIONS = 10
const ACKING = new URL('acking-process.ts', import.meta.url)
const EMMETT = new URL('../peers/emmett-process.ts', import.meta.url)

/** What measures one product: its load, its peer, and SQL to look behind the answers. */
interface Bed {
  readonly product: Product
  readonly database: pg.Client
  readonly acking: Child<AckingProcess>
  readonly emmett: Child<EmmettProcess>
}

interface Backend {
  readonly ratio: number
  readonly p99_ms: number
  readonly postgres: string
}

/**
 * Acknowledgements of distinct open incidents by 64 clients, from the HTTP request to the answer that
 * shows the updated incident, on both queue backends. The peer appends one event to each of as many
 * streams, with an inline projection, on the same Postgres and without HTTP.
 */
export const commandsBench: Bench = {
  name: 'commands',
  measures: "acks per second over HTTP, over Emmett's one-event append with an inline projection",
  targets: [
    { key: 'ratio_embedded', bound: 'at least', limit: 4 },
    { key: 'ratio_redis', bound: 'at least', limit: 5 },
    { key: 'p99_ms', bound: 'at most', limit: 60 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const embedded = await withScope(async (scope) => {
    context.say('queues in Postgres')
    return measure({ ...context, scope }, {})
  })
  const redis = await withScope(async (scope) => {
    context.say('queues in Redis, appendfsync always')
    const { url } = await startRedis(scope, { appendfsync: 'always' })
    return measure({ ...context, scope }, { REDIS_URL: url })
  })
  const figures = {
    ratio_embedded: embedded.ratio,
    ratio_redis: redis.ratio,
    p99_ms: Math.max(embedded.p99_ms, redis.p99_ms),
  }
  return { figures, postgres: embedded.postgres }
}

async function measure(
  context: BenchContext,
  settings: Readonly<Record<string, string>>,
): Promise<Backend> {
  const bed = await makeBed(context, settings)
  await ackIncidents(bed, sized(context, ACKS, ACKS_QUICK) / 5)
  const { ratio, p99_ms } = await medianOfRounds(context, async () => {
    const acked = await ackIncidents(bed, sized(context, ACKS, ACKS_QUICK))
    const appended = await appendWithEmmett(
      bed,
      sized(context, EMMETT_APPENDS, EMMETT_APPENDS_QUICK),
    )
    return {
      acks_per_s: acked.perSecond,
      emmett_per_s: appended,
      ratio: acked.perSecond / appended,
      p50_ms: acked.p50Ms,
      p99_ms: acked.p99Ms,
    }
  })
  return { ratio, p99_ms, postgres: await postgresVersion(bed.database) }
}

async function makeBed(
  { scope }: BenchContext,
  settings: Readonly<Record<string, string>>,
): Promise<Bed> {
  const product = await startProduct(scope, settings)
  const database = await openDatabase(scope, product)
  const emmett = startChild<EmmettProcess>(scope, EMMETT)
  const connectionString = await createSiblingDatabase(database, product, 'emmett')
  await emmett.call('open', { connectionString, connections: EMMETT_CONNECTIONS })
  return { product, database, acking: startChild<AckingProcess>(scope, ACKING), emmett }
}

async function ackIncidents(
  { product, database, acking }: Bed,
  count: number,
): Promise<{ perSecond: number; p50Ms: number; p99Ms: number }> {
  const incidents = await openIncidents(database, count)
  await waitUntilQuiet(database)
  const { port, token } = product
  const acked = await acking.call('acknowledge', { port, token, clients: CLIENTS, incidents })
  const seen = await countAcknowledged(database, incidents)
  if (acked.acks !== count || seen !== count) {
    throw new Error(`Of ${count} acks ${acked.acks} were answered, and ${seen} can be seen.`)
  }
  await waitUntilQuiet(database)
  const { p50Ms, p99Ms, acks, elapsedMs } = acked
  return { perSecond: (acks / elapsedMs) * 1_000, p50Ms, p99Ms }
}

async function appendWithEmmett({ emmett }: Bed, count: number): Promise<number> {
  await emmett.call('openIncidents', { count, writers: CLIENTS })
  const { elapsedMs } = await emmett.call('acknowledge', { count, writers: CLIENTS })
  return (count / elapsedMs) * 1_000
}
