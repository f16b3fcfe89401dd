import { randomUUID } from 'node:crypto'

import { waitFor } from '@portcullis/testkit'
import type pg from 'pg'

import type { Marker } from '../traffic/marker.ts'
import type { Product } from './start-product.ts'

const ACCEPTED = 202
const COMMITTED_WITHIN_MS = 30_000

/**
 * Sends a marker's next batch, and returns once it is committed: once the database shows it to
 * anybody. What was sent for the same service before is committed then, too.
 */
export async function commitMarker(
  product: Product,
  database: pg.Client,
  marker: Marker,
): Promise<void> {
  const { batchId, body } = marker.batch(randomUUID(), Date.now())
  const answer = await fetch(`http://127.0.0.1:${product.port}/v1/request-metrics`, {
    method: 'POST',
    headers: { authorization: `Bearer ${product.token}`, 'content-type': 'application/json' },
    body,
  })
  const text = await answer.text()
  if (answer.status !== ACCEPTED) throw new Error(`A marker was answered ${answer.status}: ${text}`)
  const isCommitted = async (): Promise<boolean> => {
    const { rowCount } = await database.query(
      `select from metric_batches
       where recorded_at > clock_timestamp() - interval '1 minute' and batch_id = $1`,
      [batchId],
    )
    return rowCount === 1
  }
  await waitFor(isCommitted, {
    what: `the commit of batch ${batchId}`,
    timeoutMs: COMMITTED_WITHIN_MS,
    pollMs: 20,
  })
}
