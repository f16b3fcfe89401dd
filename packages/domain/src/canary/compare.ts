import type { CanaryComparison, CanaryEvidence, CanaryTest, Dispersions } from '../policy/facts.ts'
import {
  addToRatio,
  type ArmCounts,
  dividedBy,
  NO_RATIO_EVIDENCE,
  type RatioEvidence,
  sumOfEvidence,
} from '../statistics/rate-ratio.ts'
import { sharesIn } from './share-bin.ts'
import type { RouteComparison } from './state.ts'
import { countsOf } from './tally.ts'
import { dispersionsOf } from './variation.ts'

/** What is compared, and with which ratio as harmful. */
export interface MeasureTest extends Pick<CanaryTest, 'harmfulRatio'> {
  /** As `measureOf` counts. */
  readonly measure: number
}

/** Returns what has come together about one measure of a route. */
export function compareRoute(route: RouteComparison, test: MeasureTest): CanaryComparison {
  const { measure } = test
  const { beside, before } = route
  const alone = countsOf(route.alone, measure)
  const canary = countsOf(beside.canary, measure)
  const baseline = countsOf(beside.baseline, measure)
  const parts = {
    alone,
    bouts: route.aloneBouts[measure]!,
    before: countsOf(before, measure),
  }
  return {
    against: alone.requests === 0 ? 'beside' : canary.requests === 0 ? 'before' : 'both',
    canary: sumOfArms(canary, alone),
    baseline: alone.requests === 0 ? baseline : sumOfArms(baseline, parts.before),
    dispersions: dispersionsOf(route.variation, measure),
    evidence: {
      beside: evidenceBeside(route, test),
      before: evidenceBefore(parts, test.harmfulRatio),
    },
  }
}

function evidenceBeside(
  { splits }: RouteComparison,
  { measure, harmfulRatio }: MeasureTest,
): RatioEvidence {
  let evidence = NO_RATIO_EVIDENCE
  for (const { bin, canary, bouts, both } of splits) {
    const split = {
      canaryErrors: canary[measure]!,
      canaryBouts: bouts[measure]!,
      errors: both[measure]!,
      share: sharesIn(bin),
    }
    evidence = addToRatio(evidence, split, harmfulRatio)
  }
  return evidence
}

/** The canary where it was alone, and what was before it. */
interface AloneParts {
  readonly alone: ArmCounts
  readonly bouts: number
  readonly before: ArmCounts
}

/**
 * The canary against what was before it: one split, whose baseline has ended. Given all errors of both, those of the canary are
 * binomial at every moment, as in a bucket.
 */
function evidenceBefore({ alone, bouts, before }: AloneParts, harmfulRatio: number): RatioEvidence {
  if (alone.requests === 0 || before.requests === 0) return NO_RATIO_EVIDENCE
  const share = alone.requests / (alone.requests + before.requests)
  const split = {
    canaryErrors: alone.errors,
    canaryBouts: bouts,
    errors: alone.errors + before.errors,
    share: { low: share, high: share },
  }
  return addToRatio(NO_RATIO_EVIDENCE, split, harmfulRatio)
}

/** Returns what several comparisons say together: each has been made with its own baseline, so that a mix that changes misleads nobody. */
export function sumOfComparisons(
  comparisons: readonly CanaryComparison[],
  dispersions: Dispersions,
): CanaryComparison {
  const kinds = new Set(comparisons.map(({ against }) => against))
  const [kind = 'beside', ...others] = kinds
  const sumOf = (part: keyof CanaryEvidence): RatioEvidence =>
    comparisons.reduce<RatioEvidence>(
      (sum, { evidence }) => sumOfEvidence(sum, evidence[part]),
      NO_RATIO_EVIDENCE,
    )
  return {
    against: others.length === 0 ? kind : 'both',
    canary: comparisons.reduce((sum, { canary }) => sumOfArms(sum, canary), NOTHING),
    baseline: comparisons.reduce((sum, { baseline }) => sumOfArms(sum, baseline), NOTHING),
    dispersions,
    evidence: { beside: sumOf('beside'), before: sumOf('before') },
  }
}

/** Returns what both parts of a comparison are worth together. */
export function evidenceOf({ evidence, dispersions }: CanaryComparison): RatioEvidence {
  return sumOfEvidence(
    dividedBy(evidence.beside, dispersions.beside),
    dividedBy(evidence.before, dispersions.before),
  )
}

/** Returns by what evidence is divided that takes no notice of the baseline. */
export function dispersionIn({ against, dispersions }: CanaryComparison): number {
  return against === 'beside' ? dispersions.beside : dispersions.before
}

const NOTHING: ArmCounts = { requests: 0, errors: 0 }

function sumOfArms(a: ArmCounts, b: ArmCounts): ArmCounts {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors }
}
