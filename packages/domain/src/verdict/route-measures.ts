import type { Evidence } from '@portcullis/contracts'

import type { AlarmEvaluation, RouteEvaluation } from '../alarm/evaluate.ts'
import { criticalAbove } from '../slo/state.ts'
import type { DefaultReason } from './finding.ts'
import type { GuardParameters } from './question.ts'

/** How near a route came to a limit of the default policy. */
export interface Measure {
  /** What is `left` to the limit of each figure (`limits`), and the figures. */
  readonly evidence: Evidence
  /** As a share of the limit: 1 is at it. Of limits that are all to be passed it is that of the furthest. */
  readonly reached: number
}

type Measures = (evaluation: RouteEvaluation, guard: GuardParameters) => readonly Measure[]

/** Reasons that routes have; none of them is decided here. */
export const ROUTE_MEASURES: Partial<Readonly<Record<DefaultReason, Measures>>> = {
  error_rate_critical: (evaluation) =>
    errorRate(evaluation, evaluation.rules.errorRate.criticalFromPct),
  hard_error_threshold: ({ figures }, { hard_error_pct }) =>
    measured(
      { err_rate_1m: figures.err_rate, samples_1m: figures.count },
      { err_rate_1m: [figures.err_rate, hard_error_pct] },
    ),
  slo_violation: ({ figures, targets, alarms }) =>
    measured(alarms.slo_violation.evidence, {
      p95_ms: [figures.p95_ms, criticalAbove(targets.p95_ms)],
      err_pct: [figures.err_rate, criticalAbove(targets.err_pct)],
    }),
  p95_regression_critical: (evaluation) =>
    p95Regress(evaluation, evaluation.rules.p95Regress.criticalFromPct),
  warning_alarm: (evaluation) => [
    ...errorRate(evaluation, evaluation.rules.errorRate.warningFromPct, 'error_rate'),
    ...p95Regress(evaluation, evaluation.rules.p95Regress.increaseFromPct, 'p95_regress'),
  ],
}

function errorRate(
  { figures, alarms }: RouteEvaluation,
  fromPct: number,
  kind?: string,
): readonly Measure[] {
  const limits = { err_rate_1m: [figures.err_rate, fromPct] } as const
  return measured(evidenceOf(alarms.error_rate, kind), limits)
}

function p95Regress(
  { rules, alarms }: RouteEvaluation,
  fromPct: number,
  kind?: string,
): readonly Measure[] {
  const evidence = evidenceOf(alarms.p95_regress, kind)
  const figure = (name: string) => (evidence[name] === undefined ? null : Number(evidence[name]))
  const limits = {
    increase_ms: [figure('increase_ms'), rules.p95Regress.increaseFromMs],
    increase_pct: [figure('increase_pct'), fromPct],
  } as const
  return measured(evidence, limits, Math.min)
}

function evidenceOf({ evidence }: AlarmEvaluation, kind: string | undefined): Evidence {
  return kind === undefined ? evidence : { kind, ...evidence }
}

/** Figures, each with the limit that it is compared with; null where there is none. */
type Compared = Readonly<Record<string, readonly [figure: number | null, limit: number]>>

/** Returns how near figures are to their limits; nothing where there are none. */
function measured(
  evidence: Evidence,
  compared: Compared,
  ofAll: (...shares: number[]) => number = Math.max,
): readonly Measure[] {
  const known = Object.entries(compared).flatMap(([name, [figure, limit]]) =>
    figure === null ? [] : [{ name, figure, limit }],
  )
  if (known.length === 0) return []
  const limits = Object.fromEntries(known.map(({ name, limit }) => [name, limit]))
  const left = Object.fromEntries(
    known.map(({ name, figure, limit }) => [name, threeDecimals(limit - figure)]),
  )
  const reached = ofAll(...known.map(({ figure, limit }) => figure / limit))
  return [{ evidence: { left, limits, ...evidence }, reached }]
}

/** Figures have two at most, latencies three. */
function threeDecimals(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
