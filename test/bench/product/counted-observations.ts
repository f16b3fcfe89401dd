import { waitFor } from '@portcullis/testkit'

import { askJson } from './ask.ts'
import type { Product } from './start-product.ts'

/** What `/ops/metrics` tells, as far as it is counted here. */
interface MetricsAnswer {
  /** Of all routes that were asked for, whatever the page shows. */
  readonly totals: { readonly '15m': { readonly count: number } }
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
  let failure: unknown
  const isOver = async (): Promise<boolean> => {
    try {
      counted = await countObservations(product, service)
    } catch (error) {
      failure = error
    }
    return failure !== undefined || counted >= observations
  }
  await waitFor(isOver, {
    what: `the count of ${observations} observations of ${service}`,
    timeoutMs: COUNTED_WITHIN_MS,
    pollMs: 20,
  })
  if (failure !== undefined) throw new Error('Nobody counts.', { cause: failure })
  if (counted === observations) return
  throw new Error(`/ops/metrics counts ${counted} of ${observations} observations of ${service}.`)
}

async function countObservations(product: Product, service: string): Promise<number> {
  const path = `/ops/metrics?service=${service}`
  const { totals } = (await askJson(product, path)) as MetricsAnswer
  return totals['15m'].count
}
