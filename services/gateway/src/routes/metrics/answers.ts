import { Heads } from '@portcullis/contracts'
import { type LiveView, isoOf } from '@portcullis/projections'
import { z } from 'zod'

import { Precision } from '../past/parameters.ts'
import type { AnyView } from './view-for.ts'

const Count = z.int().nonnegative()

export const Instant = z.iso.datetime()
export const Latency = z.number().nonnegative().nullable().describe('Null where nothing happened')
export const Percent = z.number().min(0).max(100).nullable()

/** What a route did in a window. */
export const Figures = z.object({
  count: Count.describe('Requests'),
  rps: z.number().nonnegative().describe('Requests per second, two decimals'),
  p50_ms: Latency,
  p95_ms: Latency,
  err_rate: Percent.describe('Percent that ended with 5xx, two decimals'),
})

/** Which route a row is about. */
export const RouteOf = z.object({
  service: z.string(),
  environment: z.string(),
  route: z.string(),
})

/** As of when and what an answer about traffic is. */
export const AsOf = z.object({
  as_of: Instant.describe("The database's present, or then"),
  heads: Heads.describe('Positions of the log and of each metric shard that it was read at'),
  environment: z.string(),
})

/** The same of an answer from live traffic. */
export const LiveAsOf = AsOf.extend({
  incomplete: z
    .array(z.object({ shard: Count, batches: Count, since: Instant, until: Instant }))
    .describe('Batches of the last hour that a queue lost: figures of that time may lack them'),
  precision: Precision,
})

/** Returns the members that say as of when and what an answer is. */
export function asOf(
  { look, heads }: Pick<LiveView, 'look' | 'heads'>,
  environment: string,
): z.infer<typeof AsOf> {
  return { as_of: isoOf(look.now), heads, environment }
}

/** Returns the members that say as of when and what a live answer is, and what it may lack. */
export function liveAsOf(view: AnyView, environment: string): z.infer<typeof LiveAsOf> {
  const incomplete = view.log.losses.map(({ shard, fromNumber, toNumber, since, until }) => ({
    shard,
    batches: toNumber - fromNumber + 1,
    since: isoOf(since),
    until: isoOf(until),
  }))
  return { ...asOf(view, environment), incomplete, precision: view.precision }
}
