import { mannWhitney } from './mann-whitney.ts'

/** What Kayenta's judge says of one metric. */
export type MetricClass = 'Pass' | 'High' | 'Low' | 'Nodata'

export interface JudgedMetric {
  readonly canary: readonly number[]
  readonly baseline: readonly number[]
  readonly direction: 'increase' | 'decrease' | 'either'
}

/** How sure the judge wants to be: NetflixACAJudge-v1.0 has a tolerance of 0.25 and a confidence of 98 %. */
export interface JudgeSettings {
  /** Share of the estimate by which the interval must clear 0. */
  readonly tolerance: number
  /** Quantile of the standard normal distribution that leaves half of what is not confidence. */
  readonly z: number
}

export const NETFLIX_ACA_JUDGE: JudgeSettings = { tolerance: 0.25, z: 2.3263478740408408 }

/**
 * Classifies a metric as NetflixACAJudge-v1.0 does (kayenta-judge at a69573b), without its options: values that are
 * missing are left out, outliers kept, and the effect is the ratio of means against 1. Where both sides are constant and differ the
 * judge adds random noise; here they are compared as they are.
 */
export function classify(
  { canary, baseline, direction }: JudgedMetric,
  { tolerance, z }: JudgeSettings = NETFLIX_ACA_JUDGE,
): MetricClass {
  if (canary.length === 0 || baseline.length === 0) return 'Nodata'
  if (isSame(canary, baseline) || new Set([...canary, ...baseline]).size === 1) return 'Pass'
  const { low, high, estimate } = mannWhitney(canary, baseline, z)
  const limit = tolerance * Math.abs(estimate)
  const effect = effectOf(canary, baseline)
  if (direction !== 'decrease' && low > limit && effect !== 'lower') return 'High'
  if (direction !== 'increase' && high < -limit && effect !== 'higher') return 'Low'
  return 'Pass'
}

/** Which mean is higher. A mean of 0 has no ratio to the other, and is not looked at. */
function effectOf(
  canary: readonly number[],
  baseline: readonly number[],
): 'lower' | 'higher' | null {
  const [mean, other] = [meanOf(canary), meanOf(baseline)]
  if (mean === 0 || other === 0 || mean === other) return null
  return mean / other > 1 ? 'higher' : 'lower'
}

/** Returns the score of metrics of equal weight in one group: the percentage that pass; those without data do not count. */
export function scoreOf(classes: readonly MetricClass[]): number {
  const judged = classes.filter((one) => one !== 'Nodata')
  // Half of them without data is a failure of the whole.
  if (classes.length - judged.length >= classes.length / 2) return 0
  return (100 * judged.filter((one) => one === 'Pass').length) / judged.length
}

function isSame(a: readonly number[], b: readonly number[]): boolean {
  if (a.length !== b.length) return false
  const [first, second] = [a, b].map((values) => values.toSorted((one, other) => one - other))
  return first!.every((value, index) => value === second![index])
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
