import { randomUUID } from 'node:crypto'

import { waitFor } from '@portcullis/testkit'
import type { Pool } from 'pg'

import type { Answer, Gateway } from './gateway.ts'

/** A batch as a client sends it, and sends it again. */
export interface Batch {
  readonly id: string
  readonly service: string
  readonly observations: number
  /** The body: the same bytes at every try. */
  readonly body: string
}

export interface BatchContent {
  readonly service: string
  readonly environment?: string
  readonly version?: string
  readonly route?: string
  readonly count?: number
  readonly status?: number
  readonly durationMs?: number
  /** Epoch ms of all observations; the moment of receipt when left out. */
  readonly at?: number
}

/** Makes a batch with an id of its own. */
export function batchOf(content: BatchContent): Batch {
  const { service, environment, version, route = 'GET /', count = 10, at } = content
  const { status = 200, durationMs = 20 } = content
  const one = { route, status, duration_ms: durationMs, ...(at !== undefined && { at }) }
  const id = randomUUID()
  const observations = Array.from({ length: count }, () => one)
  const header = { batch_id: id, service, environment, version }
  return { id, service, observations: count, body: JSON.stringify({ ...header, observations }) }
}

/** A gateway that stands still is left for another one after so long. */
const TIMEOUT_MS = 8_000

/** Sends a batch once. */
export async function send(gateway: Gateway, batch: Batch): Promise<Answer> {
  const request = { method: 'POST', body: batch.body, timeoutMs: TIMEOUT_MS }
  return gateway.ask('/v1/request-metrics', request)
}

const ACCEPTED = [200, 202]

/**
 * Sends a batch to this gateway until it takes it: one that could not look at its queues in time takes
 * nothing for a moment.
 */
export async function post(gateway: Gateway, batch: Batch): Promise<Batch> {
  return postUntilAccepted([gateway], batch)
}

/** Sends a batch to one gateway after the other until one takes it, as a client does after a doubt. */
export async function postUntilAccepted(
  gateways: readonly Gateway[],
  batch: Batch,
  timeoutMs = 120_000,
): Promise<Batch> {
  let tries = 0
  const isAccepted = async (): Promise<boolean> => {
    const gateway = gateways[tries % gateways.length]!
    tries += 1
    const { status, body } = await send(gateway, batch)
    if (status < 500 && status !== 429 && !ACCEPTED.includes(status)) {
      throw new Error(`A batch was refused (${status}): ${JSON.stringify(body)}`)
    }
    return ACCEPTED.includes(status)
  }
  await waitFor(isAccepted, { what: `the acceptance of batch ${batch.id}`, timeoutMs, pollMs: 50 })
  return batch
}

/** Returns how often each of the batches was folded; those that never were are missing. */
export async function foldedTimes(
  pool: Pool,
  batches: readonly Batch[],
): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ batch_id: string; times: number }>(
    `select batch_id, count(*)::int as times from metric_batches
     where batch_id = any($1::text[]) group by batch_id`,
    [batches.map((batch) => batch.id)],
  )
  return new Map(rows.map((row) => [row.batch_id, row.times]))
}

/** Waits until all of these batches are folded. */
export async function untilFolded(
  pool: Pool,
  batches: readonly Batch[],
  timeoutMs = 60_000,
): Promise<void> {
  const areFolded = async () => (await foldedTimes(pool, batches)).size === batches.length
  await waitFor(areFolded, {
    what: `the fold of ${batches.length} batches`,
    timeoutMs,
    pollMs: 50,
  })
}

/** Returns the observations of a service that the windows count, in all. */
export async function countedObservations(pool: Pool, service: string): Promise<number> {
  const { rows } = await pool.query<{ counted: number }>(
    `select coalesce(sum(observations), 0)::float8 as counted from route_buckets
     where service = $1`,
    [service],
  )
  return rows[0]!.counted
}
