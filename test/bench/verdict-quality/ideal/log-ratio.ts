import type { Random } from '../../../chaos/random.ts'
import { binomial, normal, poisson } from '../release/draws.ts'
import type { Evidence, Pair } from './evidence.ts'

/** Whether a release is drawn as healthy or as bad: the place in a `Pair`. */
export const HEALTHY = 0
export const BAD = 1
export type Truth = typeof HEALTHY | typeof BAD

/**
 * Draws a release, and returns the logarithm of how much likelier it is with the defect than without. More is seen than a judge
 * can see: which errors are of one burst, and which requests are of the tail. So no judge has a better ratio to go by.
 */
export function drawLogRatio(random: Random, evidence: readonly Evidence[], truth: Truth): number {
  return evidence.reduce((sum, one) => sum + drawOne(random, one, truth), 0)
}

function drawOne(random: Random, evidence: Evidence, truth: Truth): number {
  const { requests, errors, burst, tail, shift } = evidence
  const n = poisson(random, requests[truth])
  return (
    poissonRatio(n, requests) +
    drawErrors(random, { n, share: errors, burst }, truth) +
    drawShare(random, { n, share: tail }, truth) +
    drawShift(random, { n, shift }, truth)
  )
}

function poissonRatio(count: number, [healthy, bad]: Pair): number {
  return healthy === bad ? 0 : count * Math.log(bad / healthy) - (bad - healthy)
}

interface Shared {
  readonly n: number
  readonly share: Pair
}

/** The sizes of bursts are the same with the defect and without: only their number tells. */
function drawErrors(
  random: Random,
  { n, share, burst }: Shared & { readonly burst: number },
  truth: Truth,
): number {
  if (burst === 1 || share[HEALTHY] === share[BAD]) return drawShare(random, { n, share }, truth)
  const bursts: Pair = [(n * share[HEALTHY]) / burst, (n * share[BAD]) / burst]
  return n === 0 ? 0 : poissonRatio(poisson(random, bursts[truth]), bursts)
}

function drawShare(random: Random, { n, share }: Shared, truth: Truth): number {
  const [healthy, bad] = share
  if (healthy === bad) return 0
  const count = binomial(random, n, share[truth])
  return count * Math.log(bad / healthy) + (n - count) * (Math.log1p(-bad) - Math.log1p(-healthy))
}

/** Of n normal values whose mean moves by `shift` standard deviations the ratio is normal itself. */
function drawShift(
  random: Random,
  { n, shift }: { readonly n: number; readonly shift: number },
  truth: Truth,
): number {
  if (shift === 0) return 0
  const strength = n * shift * shift
  return (truth === BAD ? strength : -strength) / 2 + Math.sqrt(strength) * normal(random)
}
