import { type Random, randomOf } from '../../../chaos/random.ts'
import { FAMILIES } from '../release/families.ts'
import type { ReleaseKey } from '../release/law.ts'
import { type Evidence, evidenceOf } from './evidence.ts'
import { BAD, drawLogRatio, HEALTHY, type Truth } from './log-ratio.ts'
import { type LogRatios, missedAt } from './most-powerful.ts'

/** How often each release is drawn anew, with its defect and without. */
const DRAWS = 2_000

/** What an observer makes of a bad release who knows all but whether its defect is there. */
export interface Observed {
  readonly key: ReleaseKey
  readonly ratios: LogRatios
}

/** Returns what the ideal observer sees of those releases that are to be blocked. */
export function observeAll(keys: readonly ReleaseKey[], draws: number = DRAWS): Observed[] {
  const random = randomOf(1)
  const bad = new Set(FAMILIES.filter(({ right }) => right === 'block').map(({ name }) => name))
  return keys
    .filter(({ family }) => bad.has(family))
    .map((key) => ({ key, ratios: ratiosOf(random, evidenceOf(key), draws) }))
}

/** Returns log-likelihood ratios of so many draws, healthy ones and bad ones. */
export function ratiosOf(random: Random, evidence: readonly Evidence[], draws: number): LogRatios {
  const drawn = (truth: Truth): Float64Array =>
    Float64Array.from({ length: draws }, () => drawLogRatio(random, evidence, truth))
  return { healthy: drawn(HEALTHY), bad: drawn(BAD) }
}

/** Returns the share that is missed when of each release's healthy twins the share `level` is blocked. */
export function missedOfEach(observed: readonly Observed[], level: number): number {
  const missed = observed.map(({ ratios }) => missedAt(ratios, level))
  return missed.reduce((sum, one) => sum + one, 0) / missed.length
}

/** Returns the share that is missed when `level` is of all healthy twins together, spent where it finds most: with one limit for all. */
export function missedOfAll(observed: readonly Observed[], level: number): number {
  const joined = (of: (ratios: LogRatios) => Float64Array): Float64Array =>
    Float64Array.from(observed.flatMap(({ ratios }) => [...of(ratios)]))
  return missedAt(
    { healthy: joined(({ healthy }) => healthy), bad: joined(({ bad }) => bad) },
    level,
  )
}
