/** What two arms did in the same 10 seconds. `errors` are whatever events are counted: 5xx, or slow requests. */
export interface ArmsBucket {
  readonly canary: ArmCounts
  readonly baseline: ArmCounts
}

export interface ArmCounts {
  readonly requests: number
  readonly errors: number
}

/**
 * Evidence about the ratio of two error rates, as it has come together bucket by bucket: for each alternative the
 * logarithm of a likelihood ratio. A fold: the same buckets in the same order give the same numbers.
 */
export interface RatioEvidence {
  /** One for each of `ALTERNATIVES`. */
  readonly worse: readonly number[]
  /** Against the ratio that would be harmful. */
  readonly harmless: number
}

/** Ratios that are looked for: whoever is hit by one of them is found almost as fast as if it alone were tested. */
export const ALTERNATIVES = [1.5, 2, 3, 5, 10] as const

export const NO_RATIO_EVIDENCE: RatioEvidence = { worse: ALTERNATIVES.map(() => 0), harmless: 0 }

/** How a bucket counts. */
export interface RatioTest {
  /** The ratio of error rates from which a canary is bad; above 1. */
  readonly harmfulRatio: number
  /**
   * How much more errors vary from bucket to bucket than independent ones would, 1 at least
   * (`dispersionOf`). Every increment is divided by it.
   */
  readonly dispersion: number
}

/**
 * Adds a bucket. Given all `e` errors of it, those of the canary are binomial with p = sr / (1 - s + sr), where s is
 * its share of the requests and r the ratio of the rates: so the likelihood ratio of r against 1 has
 * the logarithm x ln r - e ln(1 - s + sr), and the share may change from bucket to bucket. Draws without
 * replacement are smaller in convex order (Hoeffding 1963, theorem 4), so that it stays valid for finite
 * buckets. Shown harmless is the same with the parts exchanged: 1 against `harmfulRatio`.
 *
 * Independent errors alone make that exact; bursts break it, and the dispersion is what mends it
 * (a quasi-likelihood: McCullagh and Nelder 1989, chapter 9; held to its promise by simulation in the tests).
 */
export function foldRatio(
  evidence: RatioEvidence,
  { canary, baseline }: ArmsBucket,
  { harmfulRatio, dispersion }: RatioTest,
): RatioEvidence {
  const requests = canary.requests + baseline.requests
  const errors = canary.errors + baseline.errors
  if (errors === 0 || canary.requests === 0 || baseline.requests === 0) return evidence
  const share = canary.requests / requests
  const increment = (ratio: number): number =>
    (canary.errors * Math.log(ratio) - errors * Math.log(1 - share + share * ratio)) / dispersion
  return {
    worse: evidence.worse.map((sum, index) => sum + increment(ALTERNATIVES[index]!)),
    harmless: evidence.harmless - increment(harmfulRatio),
  }
}

/** What evidence says at some level: it may be asked as often as anybody likes. */
export type RatioFinding = 'worse' | 'harmless' | 'open'

/**
 * Returns what may be concluded. The mean of likelihood ratios is a nonnegative supermartingale that begins at 1: that it
 * ever reaches 1/alpha has at most the chance alpha (Ville 1939), however often somebody looks.
 * A canary that is worse and harmless (by less than the harmful ratio) counts as worse.
 */
export function ratioFinding(evidence: RatioEvidence, alpha: number): RatioFinding {
  const limit = -Math.log(alpha)
  if (logEvidenceWorse(evidence) >= limit) return 'worse'
  return evidence.harmless >= limit ? 'harmless' : 'open'
}

/** Returns the logarithm of the evidence that the canary is worse: of the mean over the alternatives. */
export function logEvidenceWorse({ worse }: RatioEvidence): number {
  const largest = Math.max(...worse)
  const sum = worse.reduce((total, one) => total + Math.exp(one - largest), 0)
  return largest + Math.log(sum / worse.length)
}

/**
 * Returns how many errors of both arms together would show harmless a canary that is like its baseline, from what there is
 * already. `share` is the canary's of the requests.
 */
export function errorsToShowHarmless(
  { harmless }: RatioEvidence,
  { harmfulRatio, dispersion }: RatioTest,
  { share, alpha }: { readonly share: number; readonly alpha: number },
): number {
  const perError = Math.log(1 - share + share * harmfulRatio) - share * Math.log(harmfulRatio)
  return Math.max(0, ((-Math.log(alpha) - harmless) * dispersion) / perError)
}
