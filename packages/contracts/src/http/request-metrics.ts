import { z } from 'zod'

import { EnvironmentName, RouteName, ServiceName, VersionName } from '../ids.ts'
import { lineOf } from '../text.ts'
import { InstantInput } from '../time.ts'

/**
 * Older observations are refused: minutes are sealed when their day ended 48 hours ago, and what is
 * sealed cannot change. An hour is left for queues.
 */
export const OBSERVATION_AGE_MS_MAX = 47 * 60 * 60 * 1_000

/** Longest duration that is believed: one day. */
export const DURATION_MS_MAX = 24 * 60 * 60 * 1_000

export const Observation = z.strictObject({
  route: RouteName,
  status: z.int().min(100).max(599),
  duration_ms: z.number().min(0).max(DURATION_MS_MAX),
  at: InstantInput.optional(),
})
export type Observation = z.infer<typeof Observation>

/** A 10-second bucket of one route that the sender folded itself; bins as in docs/data-model.md. */
export const ObservedBucket = z.strictObject({
  route: RouteName,
  start: InstantInput,
  statuses: z.record(z.string().regex(/^[1-5][0-9]{2}$/u), z.int().positive().max(1_000_000_000)),
  latency: z.strictObject({
    bins: z
      .array(z.tuple([z.int().min(0).max(2_047), z.int().positive().max(1_000_000_000)]))
      .max(2_048),
    sum_us: z.int().nonnegative(),
    min_us: z.int().nonnegative(),
    max_us: z.int().nonnegative(),
  }),
})
export type ObservedBucket = z.infer<typeof ObservedBucket>

/** What all observations of a batch share. */
export const BatchHeader = z.strictObject({
  batch_id: lineOf(128).optional(),
  service: ServiceName,
  environment: EnvironmentName.optional(),
  version: VersionName.optional(),
  sent_at: InstantInput.optional(),
})
export type BatchHeader = z.infer<typeof BatchHeader>
