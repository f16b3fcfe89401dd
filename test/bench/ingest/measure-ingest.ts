import { performance } from 'node:perf_hooks'

import type { Child } from '../children/start-child.ts'
import type { TrafficProcess } from '../load/traffic-process.ts'
import { waitUntilCounted } from '../product/counted-observations.ts'
import type { Product } from '../product/start-product.ts'
import { routeNames } from '../traffic/batch-requests.ts'

const CONNECTIONS = 64
const BODIES_PER_CONNECTION = 4
const OBSERVATIONS = 1_000
const ROUTES = routeNames(50, 'orders')

export interface Ingest {
  readonly service: string
  readonly durationMs: number
}

export interface Ingested {
  readonly perSecond: number
  /** How long the last observations took to be counted after the last 202. */
  readonly tailMs: number
  readonly refused: number
}

/**
 * Pours batches of 1,000 observations over 50 routes into the product as fast as it takes them, and
 * stops the clock when `/ops/metrics` counts every observation that was accepted.
 */
export async function measureIngest(
  traffic: Child<TrafficProcess>,
  product: Product,
  { service, durationMs }: Ingest,
): Promise<Ingested> {
  const { port, token } = product
  const poured = await traffic.call('pour', { ...pouring(service), port, token, durationMs })
  const pouredAt = performance.now()
  await waitUntilCounted(product, service, poured.accepted)
  const tailMs = performance.now() - pouredAt
  const perSecond = (poured.accepted / (poured.elapsedMs + tailMs)) * 1_000
  return { perSecond, tailMs, refused: poured.refused }
}

/** Pours the same batches into the peer, and returns the observations per second that it parsed. */
export async function measureParsing(
  traffic: Child<TrafficProcess>,
  port: number,
  durationMs: number,
): Promise<number> {
  const poured = await traffic.call('pour', {
    ...pouring('ingest'),
    port,
    token: 'none',
    durationMs,
  })
  return (poured.accepted / poured.elapsedMs) * 1_000
}

function pouring(service: string) {
  return {
    connections: CONNECTIONS,
    bodiesPerConnection: BODIES_PER_CONNECTION,
    plan: { service, routes: ROUTES, observations: OBSERVATIONS },
  }
}
