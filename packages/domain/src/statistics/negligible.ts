import type { ArmCounts } from './rate-ratio.ts'

/** The alternative: a rate so far below the limit that it would never matter. */
const FARTHER_BELOW = 5

/**
 * Returns the logarithm of the evidence that a rate is below `limit`: the likelihood ratio of a fifth of the limit against
 * the limit itself. At whatever rate at or above the limit it is a nonnegative supermartingale that begins at 1,
 * because it falls with every error: so it may be looked at any time (Ville 1939). It needs no
 * errors, where a ratio of two rates needs some. `dispersion` as in `RatioTest`.
 */
export function logEvidenceNegligible(
  { requests, errors }: ArmCounts,
  { limit, dispersion }: { readonly limit: number; readonly dispersion: number },
): number {
  const alternative = limit / FARTHER_BELOW
  const perError = Math.log(alternative / limit)
  const perGood = Math.log1p(-alternative) - Math.log1p(-limit)
  return (errors * perError + (requests - errors) * perGood) / dispersion
}
