import type { Random } from '../../../chaos/random.ts'

// Exact draws of counts, however large: a second of 1,000 requests costs as much as one of a single request.

/** Below this mean a draw counts up; above it a rejection is faster. */
const MEAN_MAX = 10

/** Returns how many of `n` independent events of probability `p` happen. */
export function binomial(random: Random, n: number, p: number): number {
  if (n <= 0 || p <= 0) return 0
  if (p >= 1) return n
  if (p > 0.5) return n - binomial(random, n, 1 - p)
  return n * p < MEAN_MAX ? binomialByGaps(random, n, p) : binomialByRejection(random, n, p)
}

/** Leaps from one event to the next, by gaps that are geometric (Devroye 1986, chapter X.4.3). */
function binomialByGaps(random: Random, n: number, p: number): number {
  const logMiss = Math.log1p(-p)
  let count = -1
  for (let at = 0; at <= n; count += 1) {
    at += Math.floor(Math.log(1 - random.part()) / logMiss) + 1
  }
  return count
}

/** Transformed rejection with squeeze: BTRS of Hörmann (1993), "The generation of binomial random variates". */
function binomialByRejection(random: Random, n: number, p: number): number {
  const spread = Math.sqrt(n * p * (1 - p))
  const b = 1.15 + 2.53 * spread
  const a = -0.0873 + 0.0248 * b + 0.01 * p
  const alpha = (2.83 + 5.1 / b) * spread
  const ratio = p / (1 - p)
  const mode = Math.floor((n + 1) * p)
  for (;;) {
    const u = random.part() - 0.5
    const v = random.part()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + n * p + 0.5)
    if (us >= 0.07 && v <= 0.92 - 4.2 / b) return k
    if (k < 0 || k > n) continue
    const upper =
      (k - mode) * Math.log(ratio) +
      logFactorial(mode) +
      logFactorial(n - mode) -
      logFactorial(k) -
      logFactorial(n - k)
    if (Math.log((v * alpha) / (a / (us * us) + b)) <= upper) return k
  }
}

/** Returns a Poisson count. */
export function poisson(random: Random, mean: number): number {
  if (mean <= 0) return 0
  return mean < MEAN_MAX ? poissonByProducts(random, mean) : poissonByRejection(random, mean)
}

/** Knuth's method. */
function poissonByProducts(random: Random, mean: number): number {
  const limit = Math.exp(-mean)
  let count = -1
  for (let product = 1; product > limit; product *= random.part()) count += 1
  return count
}

/** Transformed rejection: PTRS of Hörmann (1993), "The transformed rejection method for Poisson random variables". */
function poissonByRejection(random: Random, mean: number): number {
  const logMean = Math.log(mean)
  const b = 0.931 + 2.53 * Math.sqrt(mean)
  const a = -0.059 + 0.02483 * b
  const inverse = 1.1239 + 1.1328 / (b - 3.4)
  for (;;) {
    const u = random.part() - 0.5
    const v = random.part()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
    if (us >= 0.07 && v <= 0.9277 - 3.6224 / (b - 2)) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    const density = k * logMean - mean - logFactorial(k)
    if (Math.log((v * inverse) / (a / (us * us) + b)) <= density) return k
  }
}

/** Returns a count of events that come in bursts, whose sizes are geometric with mean `burst`. */
export function bursty(random: Random, mean: number, burst: number): number {
  let count = 0
  for (let bursts = poisson(random, mean / burst); bursts > 0; bursts -= 1) {
    count += 1
    while (burst > 1 && random.part() > 1 / burst) count += 1
  }
  return count
}

/** Returns a draw of the standard normal distribution (Box and Muller 1958). */
export function normal(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random.part())) * Math.cos(2 * Math.PI * random.part())
}

const SMALL_FACTORIALS = [1, 1, 2, 6, 24, 120, 720, 5_040, 40_320, 362_880].map(Math.log)

/** Stirling's series, whose error is below 1e-9 from 10 on. */
function logFactorial(k: number): number {
  const small = SMALL_FACTORIALS[k]
  if (small !== undefined) return small
  const inverse = 1 / k
  return (
    k * Math.log(k) -
    k +
    0.5 * Math.log(2 * Math.PI * k) +
    inverse / 12 -
    inverse ** 3 / 360 +
    inverse ** 5 / 1_260
  )
}
