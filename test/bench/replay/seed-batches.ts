import { waitFor } from '@portcullis/testkit'
import type pg from 'pg'

import type { Product } from '../product/start-product.ts'
import { randomFrom } from '../traffic/random.ts'

const MINUTES = 15
const SECONDS_PER_MINUTE = 60
const SECOND_MS = 1_000
/** Each sends a batch a second, as the client does. */
const SERVICES = 5
const ROUTES = 50
const OBSERVATIONS = 1_000
const FOLDED_WITHIN_MS = 120_000

/** Sends the batches of the last quarter of an hour, and returns how many once all are committed. */
export async function seedBatches(
  product: Product,
  database: pg.Client,
  minutes = MINUTES,
): Promise<number> {
  const random = randomFrom(3)
  const seconds = minutes * SECONDS_PER_MINUTE
  const begin = Date.now() - seconds * SECOND_MS
  for (let second = 0; second < seconds; second += 1) {
    const at = begin + second * SECOND_MS
    const bodies = Array.from({ length: SERVICES }, (_, nth) =>
      batchOf(`service-${nth}`, at, random),
    )
    await Promise.all(bodies.map((body) => send(product, body)))
  }
  const batches = seconds * SERVICES
  const countBatches = async (): Promise<number> => {
    const { rows } = await database.query<{ count: number }>(
      'select count(*)::integer as count from metric_batches',
    )
    return rows[0]!.count
  }
  await waitFor(async () => (await countBatches()) === batches, {
    what: `the commit of ${batches} batches`,
    timeoutMs: FOLDED_WITHIN_MS,
    pollMs: 500,
  })
  return batches
}

function batchOf(service: string, at: number, random: () => number): string {
  const observations = Array.from({ length: OBSERVATIONS }, () => ({
    route: `GET /orders/${Math.floor(random() * ROUTES)}/:id`,
    status: 200,
    duration_ms: Math.round(random() * 10_000) / 100,
    at: at + Math.floor(random() * SECOND_MS),
  }))
  return JSON.stringify({ service, observations })
}

async function send({ port, token }: Product, body: string): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${port}/v1/request-metrics`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body,
  })
  const text = await answer.text()
  if (answer.status !== 202) throw new Error(`A batch was answered ${answer.status}: ${text}`)
}
