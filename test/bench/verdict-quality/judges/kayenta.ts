import type { Outcome } from '@portcullis/contracts'
import { type Cell, quantileUs } from '@portcullis/domain'

import { classify, type MetricClass, scoreOf } from '../kayenta/judge.ts'
import { WATCHED_BUCKETS } from '../release/law.ts'
import { errorPct } from './arms.ts'
import type { Judge } from './judge.ts'
import type { Seen, SeenBucket } from './seen.ts'

const MINUTE = 6

/** Of a canary config: points of a minute, an analysis a minute over the time since the release. */
interface CanaryConfig {
  readonly warmupMinutes: number
  /** Below it a canary is stopped, and below the other it is no good in the end. */
  readonly marginal: number
  readonly pass: number
  /** Errors that do not pass fail all at once. */
  readonly errorsAreCritical: boolean
}

/** The recommended scores are 95 and 75; whoever finds them too strict lowers them, or looks later. */
const CONFIGS: readonly CanaryConfig[] = [
  { warmupMinutes: 5, marginal: 75, pass: 95, errorsAreCritical: false },
  { warmupMinutes: 5, marginal: 75, pass: 95, errorsAreCritical: true },
  { warmupMinutes: 5, marginal: 75, pass: 75, errorsAreCritical: false },
  { warmupMinutes: 10, marginal: 75, pass: 75, errorsAreCritical: false },
  { warmupMinutes: 10, marginal: 75, pass: 75, errorsAreCritical: true },
  { warmupMinutes: 10, marginal: 50, pass: 50, errorsAreCritical: false },
]

/** What is read of every minute: errors in percent, and latencies in milliseconds. */
const METRICS: readonly ((cell: Cell) => number)[] = [
  errorPct,
  ...[0.5, 0.95, 0.99].map((quantile) => (cell: Cell) => quantileUs(cell, quantile)! / 1_000),
]

/** Kayenta's NetflixACAJudge, run as its users do. */
export function kayenta(): Judge[] {
  return CONFIGS.map((config) => ({
    peer: 'Kayenta',
    setting: settingOf(config),
    begin: () => beginCanary(config),
  }))
}

function settingOf({ warmupMinutes, marginal, pass, errorsAreCritical }: CanaryConfig): string {
  const scores = `${pass} and ${marginal}, from ${warmupMinutes}m on`
  return errorsAreCritical ? `${scores}, errors critical` : scores
}

function beginCanary(config: CanaryConfig): (seen: Seen) => Outcome {
  const { warmupMinutes, marginal, pass, errorsAreCritical } = config
  let said: Outcome = 'undecided'
  return (seen) => {
    const isAsked = seen.watched % MINUTE === 0 && seen.watched >= warmupMinutes * MINUTE
    if (said === 'fail' || !isAsked) return said
    const classes = classesOf(seen)
    const isCritical = errorsAreCritical && classes[0] === 'High'
    const score = isCritical ? 0 : scoreOf(classes)
    const isLast = seen.watched === WATCHED_BUCKETS
    if (score < (isLast ? pass : marginal)) said = 'fail'
    else said = score < pass ? 'undecided' : 'pass'
    return said
  }
}

/** What was found last, for the configs that ask the same: a Mann-Whitney interval is the dearest thing here. */
let last: {
  readonly seen: Seen
  readonly watched: number
  readonly classes: MetricClass[]
} | null = null

function classesOf(seen: Seen): MetricClass[] {
  if (last?.seen === seen && last.watched === seen.watched) return last.classes
  const { watched } = seen
  const isBeside = seen.over('baseline', 0, MINUTE) !== undefined
  const ofCanary = minutesOf(seen, 'canary', 0)
  // Where nothing runs beside it, it is compared with as much time before the release.
  const ofBaseline = minutesOf(seen, 'baseline', isBeside ? 0 : -watched)
  const classes = METRICS.map((metric) =>
    classify({
      canary: ofCanary.map(metric),
      baseline: ofBaseline.map(metric),
      direction: 'increase',
    }),
  )
  last = { seen, watched, classes }
  return classes
}

/** The minutes since the release, or as many from another bucket on. Those without a request have no value, and are left out. */
function minutesOf(seen: Seen, side: keyof SeenBucket, from: number): Cell[] {
  return Array.from({ length: seen.watched / MINUTE }, (_, nth) =>
    seen.over(side, from + nth * MINUTE, from + (nth + 1) * MINUTE),
  ).filter((cell) => cell !== undefined)
}
