import { DAY_MS, type EpochMs, minuteStartOf, plusMs } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'

import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { startChild } from '../children/start-child.ts'
import { routesOfService, SERVICES } from '../history/minute-shapes.ts'
import { startOldDatabase } from '../history/old-database.ts'
import { setHeads } from '../history/write-batches.ts'
import { writeMinutes } from '../history/write-minutes.ts'
import { requestBytes } from '../http/request-bytes.ts'
import type { AskingProcess } from '../load/asking-process.ts'
import type { TrafficProcess } from '../load/traffic-process.ts'
import { askJson } from '../product/ask.ts'
import { openDatabase, postgresVersion, waitUntilQuiet } from '../product/database.ts'
import { putInForce } from '../product/put-in-force.ts'
import { type Product, startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { repeated } from '../traffic/batch-requests.ts'

const DAYS = 30
const DAYS_QUICK = 1
const SLICE_MS = 10_000
const SLICE_MS_QUICK = 2_000
/** A batch a second, of the services in turn: what is counted does not stand still. */
const OBSERVATIONS = 500
const BODIES_PER_SERVICE = 10
const COUNTED_WITHIN_MS = 300_000
/** More than the bench asks. */
const READS_PER_MINUTE = '1000000'

/**
 * The time of `GET /ops/slo` with an objective for each of 200 routes, over 30 days of minutes, while new batches come:
 * what is left of every budget, and how fast it burns.
 */
export const budgetsBench: Bench = {
  name: 'budgets',
  measures: 'the time of GET /ops/slo with 200 objectives over 30 days',
  targets: [
    { key: 'p50_ms', bound: 'at most', limit: 50 },
    { key: 'p99_ms', bound: 'at most', limit: 50 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope, say } = context
  const to = minuteStartOf(Date.now() as EpochMs)
  const from = plusMs(to, -sized(context, DAYS, DAYS_QUICK) * DAY_MS)
  const begin = performance.now()
  const { url, pool } = await startOldDatabase(scope, from)
  for (const shard of SERVICES.keys()) await setHeads(pool, { shard, seq: 1, recordedAt: to })
  const hours = await writeMinutes(pool, { from, to })
  await pool.query('vacuum analyze')
  say(`wrote ${hours} hours of routes in ${Math.round((performance.now() - begin) / 1_000)} s`)
  const product = await startProduct(scope, {
    DATABASE_URL: url,
    PORTCULLIS_READS_PER_MINUTE: READS_PER_MINUTE,
  })
  const objectives = objectivesOfRoutes()
  await putInForce(product, objectives)
  const database = await openDatabase(scope, product)
  await beginFlow(context, product)
  const counting = performance.now()
  await waitUntilCounted(product, objectives.length)
  say(`counted ${objectives.length} objectives in ${Math.round(performance.now() - counting)} ms`)
  await waitUntilQuiet(database)
  const asking = startChild<AskingProcess>(
    scope,
    new URL('../load/asking-process.ts', import.meta.url),
  )
  const { port, token } = product
  const durationMs = sized(context, SLICE_MS, SLICE_MS_QUICK)
  const requests = [requestBytes({ method: 'GET', path: '/ops/slo', token })]
  const ask = async () => {
    const asked = await asking.call('ask', { port, connections: 1, durationMs, requests })
    if (asked.statuses[200] === asked.answered) return asked
    throw new Error(`/ops/slo answered ${JSON.stringify(asked.statuses)}.`)
  }
  // Finds the code cold.
  await ask()
  const medians = await medianOfRounds(context, async () => {
    const { p50Ms, p99Ms } = await ask()
    return { p50_ms: p50Ms, p99_ms: p99Ms }
  })
  return { figures: medians, postgres: await postgresVersion(database) }
}

function objectivesOfRoutes(): object[] {
  return SERVICES.flatMap((service) =>
    routesOfService(service).map((route, nth) => ({
      apiVersion: 'portcullis.dev/v1',
      kind: 'Slo',
      metadata: { name: `${service}-${nth}` },
      spec: {
        service,
        routes: { include: [route] },
        objective: '99.5%',
        period: { rolling: '30d' },
        ...(nth % 2 === 1 && { indicator: { fasterThan: '100ms' } }),
      },
    })),
  )
}

async function beginFlow({ scope }: BenchContext, { port, token }: Product): Promise<void> {
  const traffic = startChild<TrafficProcess>(
    scope,
    new URL('../load/traffic-process.ts', import.meta.url),
  )
  const plans = SERVICES.map((service) => ({
    service,
    routes: routesOfService(service),
    observations: OBSERVATIONS,
  }))
  await traffic.call('beginFlow', {
    ...{ port, token, observationsPerSecond: OBSERVATIONS },
    plans: repeated(BODIES_PER_SERVICE, plans).flat(),
  })
}

/** An objective for which nothing is counted would be answered fast. While the first count lasts, the answer may be 503. */
async function waitUntilCounted(product: Product, objectives: number): Promise<void> {
  const isCounted = async (): Promise<boolean> => {
    const answer = (await askJson(product, '/ops/slo', [200, 503])) as {
      readonly objectives?: readonly { readonly total: number }[]
    }
    return answer.objectives?.filter(({ total }) => total > 0).length === objectives
  }
  await waitFor(isCounted, {
    what: `the count of ${objectives} objectives`,
    timeoutMs: COUNTED_WITHIN_MS,
    pollMs: 100,
  })
}
