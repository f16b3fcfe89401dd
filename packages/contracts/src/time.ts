import { z } from 'zod'

/** An instant: whole milliseconds since 1970-01-01T00:00:00Z. */
export const EpochMs = z.int().brand<'EpochMs'>()
export type EpochMs = z.infer<typeof EpochMs>

/**
 * 9999-12-30T23:59:59.999Z. What comes after that year has no RFC 3339 form, and Postgres does not
 * read it; the day that is left is room for rounding up.
 */
export const LAST_INSTANT = 253_402_214_399_999

/**
 * An instant that comes from outside: from 1970 to 9999. What was stored before is an `EpochMs` alone,
 * so that it stays readable.
 */
export const GivenInstant = z.int().min(0).max(LAST_INSTANT).brand<'EpochMs'>()

function isGiven(at: number): boolean {
  return at >= 0 && at <= LAST_INSTANT
}

/** A `GivenInstant` as callers write it: RFC 3339, or epoch milliseconds. */
export const InstantInput = z.union([
  z.iso.datetime({ offset: true }).refine(
    // What is no instant at all is told once, as that.
    (text) => Number.isNaN(Date.parse(text)) || isGiven(Date.parse(text)),
    'must lie between 1970-01-01T00:00:00Z and 9999-12-30T23:59:59.999Z',
  ),
  GivenInstant,
])
export type InstantInput = z.infer<typeof InstantInput>

/** Returns the instant that a checked input stands for. */
export function instantOf(input: InstantInput): EpochMs {
  return typeof input === 'number' ? input : (Date.parse(input) as EpochMs)
}

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

/** Returns the start of the whole second that holds `at`. */
export function secondStartOf(at: EpochMs): EpochMs {
  return (at - (at % SECOND_MS)) as EpochMs
}

/** Returns the start of the minute that holds `at`. */
export function minuteStartOf(at: EpochMs): EpochMs {
  return (at - (at % MINUTE_MS)) as EpochMs
}

/** Returns the start of the hour that holds `at`. */
export function hourStartOf(at: EpochMs): EpochMs {
  return (at - (at % HOUR_MS)) as EpochMs
}

/** Returns the later of two instants. */
export function latest(a: EpochMs, b: EpochMs): EpochMs {
  return a > b ? a : b
}

/** Returns the sooner of two instants. */
export function earliest(a: EpochMs, b: EpochMs): EpochMs {
  return a < b ? a : b
}
