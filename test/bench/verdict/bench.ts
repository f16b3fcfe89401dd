import { waitFor } from '@portcullis/testkit'
import type pg from 'pg'

import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { type Child, startChild } from '../children/start-child.ts'
import type { Asked, AskingProcess } from '../load/asking-process.ts'
import type { TrafficProcess } from '../load/traffic-process.ts'
import type { BareFastifyProcess } from '../peers/bare-fastify-process.ts'
import { askJson } from '../product/ask.ts'
import { openDatabase, postgresVersion } from '../product/database.ts'
import { commitMarker } from '../product/marked-batch.ts'
import { putInForce } from '../product/put-in-force.ts'
import { type Product, startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { type BatchPlan, repeated, routeNames } from '../traffic/batch-requests.ts'
import { checkRate } from '../traffic/check-rate.ts'
import { Marker } from '../traffic/marker.ts'
import { POLICIES, RULES, twentyPolicies } from './policies.ts'
import { askGuard, questionRequests, questions } from './questions.ts'
import { withSamples } from './sampling.ts'

const SERVICE = 'shop'
const ROUTES = 200
const ROUTES_PER_BATCH = 50
const FAILING_ROUTES = 10
/** A route of which half the requests fail has two alarms: `error_rate` and `slo_violation`. */
const INCIDENTS = 2 * FAILING_ROUTES
const OBSERVATIONS_PER_S = 75_000
const OBSERVATIONS = 1_000
const BODIES_PER_PLAN = 16
const CONNECTIONS = 64
const SLICE_MS = 4_000
const SLICE_MS_QUICK = 1_000
const INCIDENTS_WITHIN_MS = 30_000

interface Bed {
  readonly product: Product
  readonly database: pg.Client
  readonly marker: Marker
  readonly traffic: Child<TrafficProcess>
  readonly asking: Child<AskingProcess>
  readonly bare: Child<BareFastifyProcess>
  readonly barePort: number
  readonly sliceMs: number
}

/**
 * Questions to the guard per second, over a bare Fastify route that sends the same bytes: with nothing
 * else to do, and both beside the same flow of observations into the product; then once more with nothing else to do,
 * while twenty enforced policies of ten rules each decide.
 */
export const verdictBench: Bench = {
  name: 'verdict',
  measures: 'verdicts per second over a bare Fastify route that sends the same bytes',
  targets: [
    { key: 'ratio_idle', bound: 'at least', limit: 0.85 },
    { key: 'ratio_loaded', bound: 'at least', limit: 0.6 },
    { key: 'p99_loaded_ms', bound: 'at most', limit: 30 },
    { key: 'ratio_policies', bound: 'at least', limit: 0.4 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const bed = await makeBed(context)
  await raiseIncidents(bed)
  // Finds both sides cold.
  await askBoth(bed)
  const medians = await medianOfRounds(context, async () => {
    await commitMarker(bed.product, bed.database, bed.marker)
    const idle = await askBoth(bed)
    await beginFlow(bed)
    const loaded = await askBoth(bed)
    checkRate(await bed.traffic.call('endFlow', undefined), OBSERVATIONS_PER_S)
    return {
      idle_per_s: idle.product,
      bare_idle_per_s: idle.bare,
      ratio_idle: idle.product / idle.bare,
      loaded_per_s: loaded.product,
      bare_loaded_per_s: loaded.bare,
      ratio_loaded: loaded.product / loaded.bare,
      ratio_loaded_over_bare_idle: loaded.product / idle.bare,
      p99_loaded_ms: loaded.productP99Ms,
    }
  })
  const byPolicies = await askByPolicies(context, bed)
  return {
    figures: { ...medians, ...byPolicies },
    postgres: await postgresVersion(bed.database),
  }
}

/** The same questions with nothing else to do, when twenty policies decide. */
async function askByPolicies(
  context: BenchContext,
  bed: Bed,
): Promise<{ readonly ratio_policies: number }> {
  await putInForce(bed.product, twentyPolicies(SERVICE))
  await checkPolicies(bed.product)
  await askBoth(bed)
  return medianOfRounds(context, async () => {
    await commitMarker(bed.product, bed.database, bed.marker)
    const { product, bare } = await askBoth(bed)
    return { ratio_policies: product / bare, by_policies_per_s: product }
  })
}

/** An answer by the default policy would be another figure. */
async function checkPolicies(product: Product): Promise<void> {
  const { policies } = (await askJson(product, `${questions[0]!.path}?explain=true`, [503])) as {
    readonly policies: readonly { readonly rules: readonly unknown[] }[]
  }
  const rules = policies.flatMap((one) => one.rules).length
  if (policies.length === POLICIES && rules === POLICIES * RULES) return
  throw new Error(`${policies.length} policies with ${rules} rules decide.`)
}

async function makeBed(context: BenchContext): Promise<Bed> {
  const { scope } = context
  const product = await startProduct(scope)
  const bare = startChild<BareFastifyProcess>(
    scope,
    new URL('../peers/bare-fastify-process.ts', import.meta.url),
  )
  return {
    product,
    database: await openDatabase(scope, product),
    marker: new Marker(SERVICE, 'GET /marker'),
    traffic: startChild(scope, new URL('../load/traffic-process.ts', import.meta.url)),
    asking: startChild(scope, new URL('../load/asking-process.ts', import.meta.url)),
    bare,
    barePort: await bare.call('startSender', undefined),
    sliceMs: sized(context, SLICE_MS, SLICE_MS_QUICK),
  }
}

/** The marker is one of the routes, and of those that fail. */
function flowPlans(): BatchPlan[] {
  const routes = routeNames(ROUTES - 1, 'orders')
  const failing = routes.slice(0, FAILING_ROUTES - 1)
  const plans = Array.from({ length: ROUTES / ROUTES_PER_BATCH }, (_, nth) => ({
    service: SERVICE,
    routes: routes.slice(nth * ROUTES_PER_BATCH, (nth + 1) * ROUTES_PER_BATCH),
    failing,
    observations: OBSERVATIONS,
  }))
  return repeated(BODIES_PER_PLAN, plans).flat()
}

async function beginFlow({ product, traffic }: Bed): Promise<void> {
  const { port, token } = product
  const plans = flowPlans()
  await traffic.call('beginFlow', {
    port,
    token,
    plans,
    observationsPerSecond: OBSERVATIONS_PER_S,
  })
}

async function raiseIncidents(bed: Bed): Promise<void> {
  const { product, database, marker, traffic } = bed
  await beginFlow(bed)
  await commitMarker(product, database, marker)
  const countOpen = async (): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      `select count(*)::integer as count from incidents where status = 'open'`,
    )
    return rows[0]!.count
  }
  await waitFor(async () => (await countOpen()) >= INCIDENTS, {
    what: `the incidents of ${FAILING_ROUTES} failing routes`,
    timeoutMs: INCIDENTS_WITHIN_MS,
    pollMs: 200,
  })
  await traffic.call('endFlow', undefined)
  await commitMarker(product, database, marker)
  const open = await countOpen()
  if (open !== INCIDENTS) throw new Error(`There are ${open} open incidents, not ${INCIDENTS}.`)
}

/** Asks the product and then its peer, for the same time. */
async function askBoth(bed: Bed): Promise<{ product: number; bare: number; productP99Ms: number }> {
  const { product, asking, bare, barePort, sliceMs } = bed
  const load = {
    connections: CONNECTIONS,
    durationMs: sliceMs,
    requests: questionRequests(product.token),
  }
  const ours = await withSamples(bed, asking.call('ask', { ...load, port: product.port }))
  checkStatuses(ours)
  const answers = await Promise.all(questions.map((question) => askGuard(product, question)))
  await bare.call('setAnswers', answers)
  const theirs = await asking.call('ask', { ...load, port: barePort })
  return { product: perSecond(ours), bare: perSecond(theirs), productP99Ms: ours.p99Ms }
}

function perSecond({ answered, elapsedMs }: Asked): number {
  return (answered / elapsedMs) * 1_000
}

/** The routes fail, so each answer is "blocked". */
function checkStatuses({ answered, statuses }: Asked): void {
  if (statuses[503] === answered) return
  throw new Error(`The guard answered ${JSON.stringify(statuses)} while routes fail.`)
}
