import { BATCHES_PER_JOB_MAX, requestMetricsQueue } from '@portcullis/contracts'
import { batchJobId, type QueueBackend } from '@portcullis/queues'

import type { NumberRange } from './find-losses.ts'

/** Jobs that are asked for at once. */
const JOBS_AT_ONCE = 100

/** Returns what the parked jobs of a queue carry, by their ids. */
export type ReadParked = (queue: string) => Promise<ReadonlyMap<string, unknown>>

/**
 * Returns which of these numbers some job holds: waiting, in hand, to be tried again, failed, or parked
 * and gone from its queue. The oldest are looked for first, and after the first hundred among which one
 * is held all that follow count as held: what is only late is found at once, and what is lost behind it
 * is found by a later look.
 */
export async function heldNumbers(
  queues: QueueBackend,
  readParked: ReadParked,
  range: NumberRange,
): Promise<NumberRange[]> {
  const { run, shard, from, to } = range
  const name = requestMetricsQueue(shard)
  const queue = queues.queue(name)
  const parked = await readParked(name)
  const held: NumberRange[] = []
  // A job is named after its first batch.
  for (
    let first = Math.max(1, from - BATCHES_PER_JOB_MAX + 1);
    first <= to;
    first += JOBS_AT_ONCE
  ) {
    const next = Math.min(first + JOBS_AT_ONCE, to + 1)
    const numbers = Array.from({ length: next - first }, (_, nth) => first + nth)
    const found = await Promise.all(
      numbers.map(async (number) => {
        const id = batchJobId(run, shard, number)
        const job = await queue.getJob(id)
        const data = job === undefined ? parked.get(id) : job.data
        return data === undefined ? [] : rangesOf(data, number)
      }),
    )
    const own = found.flat().filter((one) => one.from <= to && one.to >= from)
    held.push(...own.map((one) => ({ run, shard, ...one })))
    if (own.length > 0) return next > to ? held : [...held, { run, shard, from: next, to }]
  }
  return held
}

/** The numbers of a job. Anybody may have changed it by hand: one that cannot be read may hold any. */
function rangesOf(data: unknown, first: number): { from: number; to: number }[] {
  const { batches } = data as { batches?: readonly { readonly number?: unknown }[] }
  const numbers = Array.isArray(batches) ? batches.map((batch) => batch?.number) : [undefined]
  if (!numbers.every((number) => Number.isSafeInteger(number))) {
    return [{ from: first, to: first + BATCHES_PER_JOB_MAX - 1 }]
  }
  return (numbers as number[]).map((number) => ({ from: number, to: number }))
}
