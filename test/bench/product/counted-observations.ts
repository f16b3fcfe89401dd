import { waitFor } from '@portcullis/testkit'

import { askJson } from './ask.ts'
import type { Product } from './start-product.ts'

/** What `/ops/metrics` tells of each route, as far as it is counted here. */
interface MetricsAnswer {
  readonly routes: readonly { readonly windows: { readonly '15m': { readonly count: number } } }[]
}

const COUNTED_WITHIN_MS = 120_000

/**
 * Waits until `/ops/metrics` counts all observations of a service. Throws when it counts more than
 * there were: something was folded twice. Only observations of the last 15 minutes are counted.
 */
export async function waitUntilCounted(
  product: Product,
  service: string,
  observations: number,
): Promise<void> {
  let counted = 0
  const isCounted = async (): Promise<boolean> => {
    counted = await countObservations(product, service)
    return counted >= observations
  }
  await waitFor(isCounted, {
    what: `the count of ${observations} observations of ${service}`,
    timeoutMs: COUNTED_WITHIN_MS,
    pollMs: 20,
  })
  if (counted === observations) return
  throw new Error(`/ops/metrics counts ${counted} of ${observations} observations of ${service}.`)
}

async function countObservations(product: Product, service: string): Promise<number> {
  const answer = (await askJson(product, `/ops/metrics?service=${service}`)) as MetricsAnswer
  return answer.routes.reduce((sum, { windows }) => sum + windows['15m'].count, 0)
}
