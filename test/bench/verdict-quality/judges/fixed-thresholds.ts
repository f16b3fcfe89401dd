import type { Outcome } from '@portcullis/contracts'
import { quantileUs } from '@portcullis/domain'

import { errorPct, usualUs } from './arms.ts'
import type { Judge } from './judge.ts'
import type { Seen } from './seen.ts'

const MINUTE = 6

/** Of an AnalysisTemplate: measured once a minute over the new version's last minutes. */
interface Template {
  readonly errorPctMax: number
  /** Times the usual p95, which whoever writes a threshold knows. */
  readonly p95Max: number
  readonly windowMinutes: number
  /** More failures than this fail a metric. */
  readonly failureLimit: number
}

/** Argo's default: the fifth error in a row fails a metric. A measurement without a value is one. */
const CONSECUTIVE_ERROR_LIMIT = 4

const TEMPLATES: readonly Template[] = [
  { errorPctMax: 1, p95Max: 1.5, windowMinutes: 1, failureLimit: 0 },
  { errorPctMax: 2, p95Max: 1.5, windowMinutes: 5, failureLimit: 2 },
  { errorPctMax: 5, p95Max: 1.5, windowMinutes: 5, failureLimit: 2 },
  { errorPctMax: 5, p95Max: 2, windowMinutes: 1, failureLimit: 2 },
  { errorPctMax: 10, p95Max: 2, windowMinutes: 5, failureLimit: 2 },
]

/** Fixed thresholds with the failure counts of an Argo Rollouts analysis (analysis.go of summer 2026). */
export function fixedThresholds(): Judge[] {
  return TEMPLATES.map((template) => ({
    peer: 'fixed thresholds',
    setting: settingOf(template),
    begin: () => beginAnalysis(template),
  }))
}

function settingOf({ errorPctMax, p95Max, windowMinutes, failureLimit }: Template): string {
  return `errors ${errorPctMax} %, p95 ${p95Max} times, over ${windowMinutes}m, failureLimit ${failureLimit}`
}

/** How often a metric failed, and how often in a row it had no value. */
interface Counts {
  readonly failures: number
  readonly errors: number
}

function beginAnalysis(template: Template): (seen: Seen) => Outcome {
  const { failureLimit } = template
  const none: Counts = { failures: 0, errors: 0 }
  let counts: readonly [Counts, Counts] = [none, none]
  let limitUs: number | null = null
  return (seen) => {
    if (seen.watched % MINUTE === 0) {
      limitUs ??= usualUs(seen, 95) * template.p95Max
      const [errors, p95] = measure(seen, { ...template, limitUs })
      counts = [counted(counts[0], errors), counted(counts[1], p95)]
    }
    const isFailed = counts.some(
      (one) => one.failures > failureLimit || one.errors > CONSECUTIVE_ERROR_LIMIT,
    )
    if (isFailed) return 'fail'
    return seen.watched < MINUTE || counts.some(({ errors }) => errors > 0) ? 'undecided' : 'pass'
  }
}

/** Whether each metric is within its threshold; null without a value. */
function measure(
  seen: Seen,
  { windowMinutes, errorPctMax, limitUs }: Template & { readonly limitUs: number },
): readonly [boolean | null, boolean | null] {
  const { watched } = seen
  const cell = seen.over('canary', Math.max(0, watched - windowMinutes * MINUTE), watched)
  if (cell === undefined) return [null, null]
  return [errorPct(cell) <= errorPctMax, quantileUs(cell, 0.95)! <= limitUs]
}

function counted({ failures, errors }: Counts, isWithin: boolean | null): Counts {
  if (isWithin === null) return { failures, errors: errors + 1 }
  return { failures: isWithin ? failures : failures + 1, errors: 0 }
}
