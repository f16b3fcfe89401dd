import { BUCKET_MS, type EpochMs, MINUTE_MS } from '@portcullis/contracts'

import type { Dispersions } from '../policy/facts.ts'
import { addToSpread, dispersionOf, NO_SPREAD, type Spread } from '../statistics/dispersion.ts'
import { countsOf, MEASURES, NO_TALLY, sumOfTallies, type Tally } from './tally.ts'

/**
 * How the baseline's counts vary, by measure. Errors that come in bursts vary from bucket to bucket. What comes and goes over
 * minutes hits two versions that run side by side alike, and misleads only whoever compares one time with
 * another: so that is told apart.
 */
export interface Variation {
  readonly buckets: readonly Spread[]
  readonly minutes: readonly Spread[]
  /** The minute that is not over yet. */
  readonly running: { readonly minute: number; readonly tally: Tally }
}

const NO_SPREADS: readonly Spread[] = Array.from({ length: MEASURES }, () => NO_SPREAD)

export const NO_VARIATION: Variation = {
  buckets: NO_SPREADS,
  minutes: NO_SPREADS,
  running: { minute: 0, tally: NO_TALLY },
}

/** Half an hour tells how counts vary; then it is known, and stays. */
const KNOWN_AFTER_MS = 30 * MINUTE_MS
const BUCKETS_MAX = KNOWN_AFTER_MS / BUCKET_MS
const MINUTES_MAX = KNOWN_AFTER_MS / MINUTE_MS

/** Adds what the baseline counted in a bucket, as long as it is not known well how its counts vary. */
export function addToVariation(before: Variation, start: EpochMs, tally: Tally): Variation {
  const minute = Math.floor(start / MINUTE_MS)
  const isOver = minute !== before.running.minute
  return {
    buckets: addAll(before.buckets, tally, BUCKETS_MAX),
    minutes: isOver ? addAll(before.minutes, before.running.tally, MINUTES_MAX) : before.minutes,
    running: { minute, tally: isOver ? tally : sumOfTallies(before.running.tally, tally) },
  }
}

function addAll(spreads: readonly Spread[], tally: Tally, most: number): readonly Spread[] {
  return spreads.map((spread, measure) =>
    spread.buckets < most ? addToSpread(spread, countsOf(tally, measure)) : spread,
  )
}

/** Returns by what the evidence of a measure is divided. */
export function dispersionsOf({ buckets, minutes }: Variation, measure: number): Dispersions {
  const beside = dispersionOf(buckets[measure]!)
  return { beside, before: Math.max(beside, dispersionOf(minutes[measure]!, 'middle')) }
}

/** So many bad requests tell how they come. */
const TELLING = 100

/** Bursts are rarely larger. */
const BURST = 5

/**
 * Returns how many of the bad requests of a bucket may be independent. While the baseline had too few to tell whether they come
 * in bursts, up to five of one bucket count as one; then the dispersion takes care of it.
 */
export function boutsOf({ bad }: Tally, { buckets }: Variation): number[] {
  return bad.map((count, measure) =>
    buckets[measure]!.errors < TELLING ? Math.ceil(count / BURST) : count,
  )
}
