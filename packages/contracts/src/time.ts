import { z } from 'zod'

/** An instant: whole milliseconds since 1970-01-01T00:00:00Z. */
export const EpochMs = z.int().brand<'EpochMs'>()
export type EpochMs = z.infer<typeof EpochMs>

export const SECOND_MS = 1_000
export const MINUTE_MS = 60 * SECOND_MS
export const HOUR_MS = 60 * MINUTE_MS
export const DAY_MS = 24 * HOUR_MS

/** Width of a bucket: the finest grain in which traffic is kept. */
export const BUCKET_MS = 10 * SECOND_MS

/** Returns the instant `deltaMs` after (or, negative, before) `at`. */
export function plusMs(at: EpochMs, deltaMs: number): EpochMs {
  return (at + deltaMs) as EpochMs
}

/** Returns the start of the 10-second bucket that holds `at`. */
export function bucketStartOf(at: EpochMs): EpochMs {
  return (at - (at % BUCKET_MS)) as EpochMs
}

/** Returns the later of two instants. */
export function latest(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b
}

/** Returns the sooner of two instants. */
export function earliest(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b
}
