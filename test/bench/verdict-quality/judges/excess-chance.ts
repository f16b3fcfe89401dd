/** Requests of one side, and how many of them were bad. */
export interface Proportion {
  readonly requests: number
  readonly bad: number
}

/** Up to so many bad requests the chance is summed; of more the normal distribution tells it. */
const SUMMED_MAX = 50

/**
 * Returns how likely chance alone gives the canary so many of the bad requests or more: given all of them, the canary's are
 * binomial with its share of the requests. Of many it is the two-proportion z-test, pooled and one-sided.
 */
export function excessChance({
  canary,
  baseline,
}: {
  readonly canary: Proportion
  readonly baseline: Proportion
}): number {
  const bad = canary.bad + baseline.bad
  const requests = canary.requests + baseline.requests
  const share = canary.requests / requests
  if (canary.bad <= bad * share) return 1
  if (bad <= SUMMED_MAX) return binomialTail(canary.bad, bad, share)
  const rate = bad / requests
  const variance = rate * (1 - rate) * (1 / canary.requests + 1 / baseline.requests)
  const difference = canary.bad / canary.requests - baseline.bad / baseline.requests
  return normalTail(difference / Math.sqrt(variance))
}

/** The chance of `from` or more of `n`. */
function binomialTail(from: number, n: number, p: number): number {
  if (p >= 1) return 1
  let logTerm = n * Math.log1p(-p)
  let sum = from === 0 ? Math.exp(logTerm) : 0
  for (let k = 1; k <= n; k += 1) {
    logTerm += Math.log(((n - k + 1) / k) * (p / (1 - p)))
    if (k >= from) sum += Math.exp(logTerm)
  }
  return sum
}

/** The chance of more than `z`, by the continued fraction of Laplace beyond 2 and a series below (Abramowitz and Stegun 26.2.14, 26.2.10). */
function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)
  if (z > 2) {
    let fraction = z
    for (let k = 60; k >= 1; k -= 1) fraction = z + k / fraction
    return density / fraction
  }
  let term = z
  let sum = z
  for (let k = 1; k < 60; k += 1) {
    term *= (-z * z * (2 * k - 1)) / (2 * k * (2 * k + 1))
    sum += term
  }
  return 0.5 - sum / Math.sqrt(2 * Math.PI)
}
