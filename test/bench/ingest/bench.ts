import { type Bench, type BenchContext, type Measured, sized } from '../bench.ts'
import { startChild } from '../children/start-child.ts'
import type { TrafficProcess } from '../load/traffic-process.ts'
import type { BareFastifyProcess } from '../peers/bare-fastify-process.ts'
import { openDatabase, postgresVersion } from '../product/database.ts'
import { startProduct } from '../product/start-product.ts'
import { medianOfRounds } from '../rounds.ts'
import { measureIngest, measureParsing } from './measure-ingest.ts'

const POUR_MS = 30_000
const POUR_MS_QUICK = 3_000
const PARSE_MS = 10_000
const PARSE_MS_QUICK = 2_000
const WARM_UP_MS = 2_000

/** Observations accepted and folded per second, over a bare Fastify that parses the same bodies. */
export const ingestBench: Bench = {
  name: 'ingest',
  measures: 'observations accepted and folded, over a Fastify that only parses the same bodies',
  targets: [
    { key: 'ratio', bound: 'at least', limit: 0.4 },
    { key: 'observations_per_s', bound: 'at least', limit: 400_000 },
  ],
  run,
}

async function run(context: BenchContext): Promise<Measured> {
  const { scope } = context
  const product = await startProduct(scope)
  const database = await openDatabase(scope, product)
  const traffic = startChild<TrafficProcess>(
    scope,
    new URL('../load/traffic-process.ts', import.meta.url),
  )
  const bare = startChild<BareFastifyProcess>(
    scope,
    new URL('../peers/bare-fastify-process.ts', import.meta.url),
  )
  const barePort = await bare.call('startParser', undefined)
  await measureIngest(traffic, product, { service: 'warm-up', durationMs: WARM_UP_MS })
  await measureParsing(traffic, barePort, WARM_UP_MS)
  const medians = await medianOfRounds(context, async (round) => {
    const ingested = await measureIngest(traffic, product, {
      // A service of its own, so that its count starts at nothing.
      service: `ingest-${round}`,
      durationMs: sized(context, POUR_MS, POUR_MS_QUICK),
    })
    const parseMs = sized(context, PARSE_MS, PARSE_MS_QUICK)
    const parsed = await measureParsing(traffic, barePort, parseMs)
    return {
      observations_per_s: ingested.perSecond,
      parsed_per_s: parsed,
      ratio: ingested.perSecond / parsed,
      tail_ms: ingested.tailMs,
      refused_batches: ingested.refused,
    }
  })
  return { figures: medians, postgres: await postgresVersion(database) }
}
