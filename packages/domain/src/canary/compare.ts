import type { CanaryComparison, CanaryTest } from '../policy/facts.ts'
import { dispersionOf } from '../statistics/dispersion.ts'
import {
  addToRatio,
  type ArmCounts,
  NO_RATIO_EVIDENCE,
  type RatioEvidence,
  sumOfEvidence,
} from '../statistics/rate-ratio.ts'
import { sharesIn } from './share-bin.ts'
import type { RouteComparison } from './state.ts'
import { countsOf } from './tally.ts'

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
  const parts = { canary, alone, baseline, before: countsOf(before, measure) }
  return {
    against: alone.requests === 0 ? 'beside' : canary.requests === 0 ? 'before' : 'both',
    canary: sumOfArms(canary, alone),
    baseline: alone.requests === 0 ? baseline : sumOfArms(baseline, parts.before),
    dispersion: dispersionOf(route.spreads[measure]!),
    evidence: sumOfEvidence(evidenceBeside(route, test), evidenceAlone(parts, test.harmfulRatio)),
  }
}

function evidenceBeside(
  { splits }: RouteComparison,
  { measure, harmfulRatio }: MeasureTest,
): RatioEvidence {
  let evidence = NO_RATIO_EVIDENCE
  for (const { bin, canary, both } of splits) {
    const split = { canaryErrors: canary[measure]!, errors: both[measure]!, share: sharesIn(bin) }
    evidence = addToRatio(evidence, split, harmfulRatio)
  }
  return evidence
}

/**
 * The canary against what was before it: one split, whose baseline has ended. Given all errors of both, those of the canary are
 * binomial at every moment, as in a bucket.
 */
function evidenceAlone(
  { alone, before }: { readonly alone: ArmCounts; readonly before: ArmCounts },
  harmfulRatio: number,
): RatioEvidence {
  if (alone.requests === 0 || before.requests === 0) return NO_RATIO_EVIDENCE
  const share = alone.requests / (alone.requests + before.requests)
  const split = {
    canaryErrors: alone.errors,
    errors: alone.errors + before.errors,
    share: { low: share, high: share },
  }
  return addToRatio(NO_RATIO_EVIDENCE, split, harmfulRatio)
}

/** Returns what several comparisons say together: each has been made with its own baseline, so that a mix that changes misleads nobody. */
export function sumOfComparisons(
  comparisons: readonly CanaryComparison[],
  dispersion: number,
): CanaryComparison {
  const kinds = new Set(comparisons.map(({ against }) => against))
  return {
    against: kinds.size === 1 ? [...kinds][0]! : kinds.size === 0 ? 'beside' : 'both',
    canary: comparisons.reduce((sum, { canary }) => sumOfArms(sum, canary), NOTHING),
    baseline: comparisons.reduce((sum, { baseline }) => sumOfArms(sum, baseline), NOTHING),
    dispersion,
    evidence: comparisons.reduce<RatioEvidence>(
      (sum, { evidence }) => sumOfEvidence(sum, evidence),
      NO_RATIO_EVIDENCE,
    ),
  }
}

const NOTHING: ArmCounts = { requests: 0, errors: 0 }

function sumOfArms(a: ArmCounts, b: ArmCounts): ArmCounts {
  return { requests: a.requests + b.requests, errors: a.errors + b.errors }
}
