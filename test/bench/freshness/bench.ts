import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { type Child, startChild } from '../children/start-child.ts'
import { measureIngest } from '../ingest/measure-ingest.ts'
import type { TrafficProcess } from '../load/traffic-process.ts'
import { openDatabase, postgresVersion } from '../product/database.ts'
import { type Product, startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { percentile } from '../statistics.ts'
import { repeated, routeNames } from '../traffic/batch-requests.ts'
import { checkRate } from '../traffic/check-rate.ts'
import type { ProbingProcess } from './probing-process.ts'

const SERVICE = 'shop'
const OBSERVATIONS_PER_S = 75_000
const BODIES = 64
const PLAN = { service: SERVICE, routes: routeNames(50, 'orders'), observations: 1_000 }
const PROBE_MS = 20_000
const PROBE_MS_QUICK = 3_000
const INGEST_MS = 15_000
const INGEST_MS_QUICK = 3_000

interface Bed {
  readonly product: Product
  readonly traffic: Child<TrafficProcess>
  readonly probing: Child<ProbingProcess>
  readonly probeMs: number
}

/**
 * How soon a verdict contains a batch: from its 202 to the first answer of the guard with its samples
 * in it, while observations of the same service flow. What the machine can take at most is measured
 * in the same run, and half of that is the second rate.
 */
export const freshnessBench: Bench = {
  name: 'freshness',
  measures: 'from the 202 of a batch to the first verdict that contains it, beside two rates',
  targets: [
    { key: 'p50_ms', bound: 'at most', limit: 50 },
    { key: 'p99_ms', bound: 'at most', limit: 150 },
    { key: 'half_p50_ms', bound: 'at most', limit: 75 },
    { key: 'half_p99_ms', bound: 'at most', limit: 300 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope } = context
  const product = await startProduct(scope)
  const database = await openDatabase(scope, product)
  const bed: Bed = {
    product,
    traffic: startChild(scope, new URL('../load/traffic-process.ts', import.meta.url)),
    probing: startChild(scope, new URL('probing-process.ts', import.meta.url)),
    probeMs: sized(context, PROBE_MS, PROBE_MS_QUICK),
  }
  const { perSecond } = await measureIngest(bed.traffic, product, {
    service: 'ingest',
    durationMs: sized(context, INGEST_MS, INGEST_MS_QUICK),
  })
  const half = Math.round(perSecond / 2)
  context.say(`half of what can be ingested is ${half} observations/s`)
  const medians = await medianOfRounds(context, async () => {
    const steady = await probeBeside(bed, OBSERVATIONS_PER_S)
    const atHalf = await probeBeside(bed, half)
    return {
      probes: steady.length + atHalf.length,
      p50_ms: percentile(steady, 50),
      p99_ms: percentile(steady, 99),
      half_p50_ms: percentile(atHalf, 50),
      half_p99_ms: percentile(atHalf, 99),
    }
  })
  return { figures: medians, postgres: await postgresVersion(database) }
}

async function probeBeside(bed: Bed, observationsPerSecond: number): Promise<number[]> {
  const { port, token } = bed.product
  const plans = repeated(BODIES, PLAN)
  await bed.traffic.call('beginFlow', { port, token, plans, observationsPerSecond })
  const delaysMs = await bed.probing.call('probe', {
    port,
    token,
    service: SERVICE,
    durationMs: bed.probeMs,
  })
  checkRate(await bed.traffic.call('endFlow', undefined), observationsPerSecond)
  return delaysMs
}
