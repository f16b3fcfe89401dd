import { setTimeout as delay } from 'node:timers/promises'

import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { startChild } from '../children/start-child.ts'
import type { TrafficProcess } from '../load/traffic-process.ts'
import { openDatabase, postgresVersion } from '../product/database.ts'
import { startProduct } from '../product/start-product.ts'
import { median } from '../statistics.ts'
import { repeated, routeNames } from '../traffic/batch-requests.ts'
import { checkRate } from '../traffic/check-rate.ts'
import { residentMib } from './resident-memory.ts'

const OBSERVATIONS_PER_S = 75_000
const OBSERVATIONS = 1_000
const ROUTES = 1_000
const ROUTES_PER_BATCH = 50
const BODIES_PER_PLAN = 4
const MINUTES = 10
const MINUTES_QUICK = 0.5
const MINUTE_MS = 60_000
const SAMPLE_MS = 1_000
/** Samples of this long are taken together: garbage collection moves a single one up and down. */
const TOGETHER_MS = 30_000

interface Sample {
  readonly atMs: number
  readonly mib: number
}

/** Resident memory of all processes of the product but Postgres' while a thousand routes are busy. */
export const memoryBench: Bench = {
  name: 'memory',
  measures: 'resident memory without Postgres after 10 minutes at 75,000 observations/s',
  targets: [
    { key: 'rss_mib', bound: 'at most', limit: 400 },
    { key: 'growth_mib', bound: 'at most', limit: 15 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope, say } = context
  const product = await startProduct(scope)
  const database = await openDatabase(scope, product)
  const traffic = startChild<TrafficProcess>(
    scope,
    new URL('../load/traffic-process.ts', import.meta.url),
  )
  const { port, token } = product
  const observationsPerSecond = OBSERVATIONS_PER_S
  await traffic.call('beginFlow', { port, token, plans: flowPlans(), observationsPerSecond })
  const lastsMs = sized(context, MINUTES, MINUTES_QUICK) * MINUTE_MS
  const samples: Sample[] = []
  const begin = performance.now()
  for (let atMs = 0; atMs < lastsMs; atMs = performance.now() - begin) {
    const mib = await residentMib(product.pid)
    if (isNewMinute(samples.at(-1)?.atMs, atMs)) say(`${Math.round(mib)} MiB`)
    samples.push({ atMs, mib })
    await delay(SAMPLE_MS)
  }
  checkRate(await traffic.call('endFlow', undefined), OBSERVATIONS_PER_S)
  const rss = mibBefore(samples, lastsMs)
  const growth = rss - mibBefore(samples, lastsMs / 2)
  return {
    figures: { rss_mib: rss, growth_mib: growth },
    postgres: await postgresVersion(database),
  }
}

function flowPlans() {
  const routes = routeNames(ROUTES, 'orders')
  const plans = Array.from({ length: ROUTES / ROUTES_PER_BATCH }, (_, nth) => ({
    service: 'shop',
    routes: routes.slice(nth * ROUTES_PER_BATCH, (nth + 1) * ROUTES_PER_BATCH),
    observations: OBSERVATIONS,
  }))
  return repeated(BODIES_PER_PLAN, plans).flat()
}

/** Returns the median of the samples that were taken in the last while before an instant. */
function mibBefore(samples: readonly Sample[], atMs: number): number {
  const fromMs = atMs - Math.min(TOGETHER_MS, atMs / 2)
  const together = samples.filter((sample) => sample.atMs >= fromMs && sample.atMs <= atMs)
  return median(together.map(({ mib }) => mib))
}

function isNewMinute(before: number | undefined, atMs: number): boolean {
  return before === undefined || Math.floor(before / MINUTE_MS) < Math.floor(atMs / MINUTE_MS)
}
