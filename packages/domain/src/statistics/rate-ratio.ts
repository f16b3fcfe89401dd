/** Requests of one side, and how many of them were bad. `errors` are whatever events are counted: 5xx, or slow requests. */
export interface ArmCounts {
  readonly requests: number
  readonly errors: number
}

/**
 * How errors fell on two arms while the canary had some share of the requests. Bounds of the share may be given in place of
 * the share itself: each conclusion then takes the one that is less favourable to it.
 */
export interface ErrorSplit {
  readonly canaryErrors: number
  /** How many of them may be independent: the others could be of the same burst. All, where bursts are known from the dispersion. */
  readonly canaryBouts: number
  /** Of both arms. */
  readonly errors: number
  readonly share: { readonly low: number; readonly high: number }
}

/**
 * Evidence about the ratio of two error rates, as it has come together split by split: for each alternative the
 * logarithm of a likelihood ratio, as of errors that are independent. A sum: the order of the splits does not matter.
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

/** What is asked of evidence. */
export interface RatioTest {
  /** The ratio of error rates from which a canary is bad; above 1. */
  readonly harmfulRatio: number
  /**
   * How much more errors vary from bucket to bucket than independent ones would, 1 at least
   * (`dispersionOf`). All evidence is divided by it.
   */
  readonly dispersion: number
}

/**
 * Adds how errors fell. Given all `e` errors of a split, those of the canary are binomial with p = sr / (1 - s + sr), where s is
 * its share of the requests and r the ratio of the rates: so the likelihood ratio of r against 1 has
 * the logarithm x ln r - e ln(1 - s + sr), and the share may change from split to split. Draws without
 * replacement are smaller in convex order (Hoeffding 1963, theorem 4), so that it stays valid for finite
 * buckets. Shown harmless is the same with the parts exchanged: 1 against `harmfulRatio`.
 *
 * Bouts in place of errors say no more: x ln r - e ln(1 - s + sr) falls with every error of the canary that is left out.
 * Harmless takes all errors, because there it would rise.
 *
 * Independent errors alone make that exact; bursts break it, and the dispersion is what mends it
 * (a quasi-likelihood: McCullagh and Nelder 1989, chapter 9; held to its promise by simulation in the tests).
 */
export function addToRatio(
  evidence: RatioEvidence,
  { canaryErrors, canaryBouts, errors, share }: ErrorSplit,
  harmfulRatio: number,
): RatioEvidence {
  if (errors === 0) return evidence
  const bouts = errors - canaryErrors + canaryBouts
  return {
    worse: evidence.worse.map((sum, index) => {
      const ratio = ALTERNATIVES[index]!
      return sum + logRatio(ratio, { canaryErrors: canaryBouts, errors: bouts, share: share.high })
    }),
    harmless:
      evidence.harmless - logRatio(harmfulRatio, { canaryErrors, errors, share: share.low }),
  }
}

function logRatio(
  ratio: number,
  { canaryErrors, errors, share }: { canaryErrors: number; errors: number; share: number },
): number {
  return canaryErrors * Math.log(ratio) - errors * Math.log(1 - share + share * ratio)
}

/** Returns what two evidences say together, for instance of two routes. */
export function sumOfEvidence(a: RatioEvidence, b: RatioEvidence): RatioEvidence {
  return {
    worse: a.worse.map((one, index) => one + b.worse[index]!),
    harmless: a.harmless + b.harmless,
  }
}

/** Returns what evidence is worth where errors are not independent: all of it is divided by their dispersion. */
export function dividedBy({ worse, harmless }: RatioEvidence, dispersion: number): RatioEvidence {
  return { worse: worse.map((one) => one / dispersion), harmless: harmless / dispersion }
}

/**
 * Returns the logarithm of the evidence that the canary is worse: of the mean over the alternatives. The mean of likelihood
 * ratios is a nonnegative supermartingale that begins at 1: that it ever reaches 1/alpha has at most the chance
 * alpha (Ville 1939), however often somebody looks. `harmless`, the evidence that it is not the harmful multiple of its
 * baseline, is as valid at any time.
 */
export function logEvidenceWorse({ worse }: RatioEvidence): number {
  const largest = Math.max(...worse)
  const sum = worse.reduce((total, one) => total + Math.exp(one - largest), 0)
  return largest + Math.log(sum / worse.length)
}

/**
 * Returns how many errors of both arms together would show harmless a canary that is like its baseline, from what there is
 * already, which is divided by the dispersion. `share` is the canary's of the requests.
 */
export function errorsToShowHarmless(
  { harmless }: RatioEvidence,
  { harmfulRatio, dispersion }: RatioTest,
  { share, alpha }: { readonly share: number; readonly alpha: number },
): number {
  const perError = Math.log(1 - share + share * harmfulRatio) - share * Math.log(harmfulRatio)
  return Math.max(0, ((-Math.log(alpha) - harmless) * dispersion) / perError)
}
