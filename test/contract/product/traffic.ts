import { randomUUID } from 'node:crypto'

import { BUCKET_MS, MINUTE_MS } from '@portcullis/contracts'
import { waitFor } from '@portcullis/testkit'

import type { Product } from './start-product.ts'

/** Requests of one route that are all alike. */
export interface Requests {
  readonly route?: string
  /** 1 when left out. */
  readonly count?: number
  readonly status?: number
  readonly ms?: number
  /** When they happened; now when left out. */
  readonly at?: number
}

/** A batch of requests. */
export interface Reported {
  readonly service?: string
  readonly environment?: string
  readonly version?: string
  readonly requests: readonly Requests[]
}

export const ROUTE = 'GET /orders/:id'

/** Returns an instant some minutes ago. */
export function minutesAgo(minutes: number): number {
  return Date.now() - minutes * MINUTE_MS
}

/** Waits until the running bucket has just begun, so that what is counted stays in its window. */
export async function bucketBegins(): Promise<void> {
  await waitFor(() => Date.now() % BUCKET_MS < BUCKET_MS / 2, {
    what: 'the beginning of a bucket',
    timeoutMs: 2 * BUCKET_MS,
  })
}

/** Reports requests, and returns once they are folded: from then on every answer counts them. */
export async function report(product: Product, reported: Reported): Promise<void> {
  const { service = 'shop', requests, ...scope } = reported
  const batch_id = randomUUID()
  const body = { batch_id, service, ...scope, observations: requests.flatMap(observationsOf) }
  // A gateway that has not seen its queues yet says that they are full: a sender tries again.
  const answer = await waitFor(
    async () => {
      const question = { method: 'POST', url: '/v1/request-metrics', body } as const
      const given = await product.ask<{ rejected: unknown[] }>(question)
      return given.status === 503 ? undefined : given
    },
    { what: 'an answer of the intake', pollMs: 50 },
  )
  if (answer.status !== 202 || answer.body.rejected.length > 0) {
    throw new Error(`not accepted: ${JSON.stringify(answer.body)}`)
  }
  const isFolded = async () => {
    const { rowCount } = await product.database.pool.query(
      'select from metric_batches where batch_id = $1',
      [batch_id],
    )
    return rowCount === 1
  }
  await waitFor(isFolded, { what: 'the fold of a batch', timeoutMs: 30_000, pollMs: 50 })
}

function observationsOf({ route = ROUTE, count = 1, status = 200, ms = 10, at }: Requests) {
  return Array.from({ length: count }, () => ({
    route,
    status,
    duration_ms: ms,
    ...(at === undefined ? {} : { at }),
  }))
}
