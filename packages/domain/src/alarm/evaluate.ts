import type { EpochMs, Evidence, RouteAlarmKind, Severity } from '@portcullis/contracts'

import { type RouteSlo, sloOf } from '../slo/state.ts'
import type { SloTargets } from '../slo/targets.ts'
import { mergeCells } from '../window/cell-sum.ts'
import { errorsOf } from '../window/cell.ts'
import { figuresOf, msOf, twoDecimals, type WindowFigures } from '../window/figures.ts'
import { quantileUs } from '../window/quantile.ts'
import type { RouteBuckets } from '../window/service-window.ts'
import type { AlarmRules } from './rules.ts'

/** What the last minute of a route says about one kind of alarm. */
export type AlarmEvaluation =
  | { readonly status: 'firing'; readonly severity: Severity; readonly evidence: Evidence }
  | { readonly status: 'healthy'; readonly evidence: Evidence }
  /** Too few requests to say anything. */
  | { readonly status: 'no_data'; readonly evidence: Evidence }

/** The last minute of a route as of an instant, and what it says. Nothing here depends on the past. */
export interface RouteEvaluation {
  readonly figures: WindowFigures
  /** What it was judged by. */
  readonly rules: AlarmRules
  readonly targets: SloTargets
  readonly slo: RouteSlo
  readonly alarms: Readonly<Record<RouteAlarmKind, AlarmEvaluation>>
}

/**
 * Judges the newest six buckets of a route, the running one included.
 *
 * | kind          | fires when                                                            | critical |
 * |---------------|-----------------------------------------------------------------------|----------|
 * | error_rate    | err_rate >= 5 %                                                       | >= 20 %  |
 * | p95_regress   | mean p95 of three buckets over the three before: >= 30 ms and >= 20 % | >= 50 %  |
 * | slo_violation | p95 or err_rate above 1.2 times its target                            | always   |
 *
 * Every rule wants `samplesMin` requests, and looks at the figures as they are shown, after
 * rounding: what evidence says is what was decided by.
 */
export function evaluateRoute(
  minute: RouteBuckets,
  { rules, targets }: { readonly rules: AlarmRules; readonly targets: SloTargets },
  asOf: EpochMs,
): RouteEvaluation {
  const sum = mergeCells(minute.cells)
  const figures = figuresOf(sum, asOf - minute.start)
  const slo = sloOf(figures, targets, rules.samplesMin)
  return {
    figures,
    rules,
    targets,
    slo,
    alarms: {
      error_rate: errorRate(figures, errorsOf(sum), rules),
      p95_regress: p95Regress(minute.cells, rules),
      slo_violation: sloViolation(figures, targets, slo),
    },
  }
}

function errorRate(
  { count, err_rate }: WindowFigures,
  errors: number,
  { samplesMin, errorRate: rule }: AlarmRules,
): AlarmEvaluation {
  const evidence = { err_rate_1m: err_rate, samples_1m: count, errors_1m: errors }
  if (err_rate === null || count < samplesMin) return { status: 'no_data', evidence }
  if (err_rate < rule.warningFromPct) return { status: 'healthy', evidence }
  const severity = err_rate >= rule.criticalFromPct ? 'critical' : 'warning'
  return { status: 'firing', severity, evidence }
}

function sloViolation(figures: WindowFigures, targets: SloTargets, slo: RouteSlo): AlarmEvaluation {
  const { count, p95_ms, err_rate } = figures
  const evidence = {
    targets: { ...targets },
    actual: { p95_ms, err_pct: err_rate, samples_1m: count },
    dims: { ...slo.dims },
  }
  if (slo.state === 'no_data') return { status: 'no_data', evidence }
  if (slo.state !== 'critical') return { status: 'healthy', evidence }
  return { status: 'firing', severity: 'critical', evidence }
}

/** The newest three buckets, the running one among them, against the three before. */
const SIDE_BUCKETS = 3

function p95Regress(
  cells: RouteBuckets['cells'],
  { samplesMin, p95Regress: rule }: AlarmRules,
): AlarmEvaluation {
  const before = sideOf(cells.slice(0, -SIDE_BUCKETS))
  const now = sideOf(cells.slice(-SIDE_BUCKETS))
  const samples = { samples_before: before.samples, samples_now: now.samples }
  if (before.p95_ms === null || now.p95_ms === null || isFew(samples, samplesMin)) {
    return { status: 'no_data', evidence: samples }
  }
  const increase_ms = twoDecimals(now.p95_ms - before.p95_ms)
  const increase_pct = twoDecimals((100 * (now.p95_ms - before.p95_ms)) / before.p95_ms)
  const evidence = {
    p95_ms_before: before.p95_ms,
    p95_ms_now: now.p95_ms,
    increase_ms,
    increase_pct,
    ...samples,
  }
  if (increase_ms < rule.increaseFromMs || increase_pct < rule.increaseFromPct) {
    return { status: 'healthy', evidence }
  }
  const severity = increase_pct >= rule.criticalFromPct ? 'critical' : 'warning'
  return { status: 'firing', severity, evidence }
}

function isFew(
  { samples_before, samples_now }: { samples_before: number; samples_now: number },
  samplesMin: number,
): boolean {
  return samples_before < samplesMin || samples_now < samplesMin
}

/**
 * The plain mean of the buckets' p95, as in the first system (of those in which anything happened),
 * and how many requests it stands on. A bucket with a handful of requests counts as much as a full
 * one: `samples` says how much there was to go by.
 */
function sideOf(cells: RouteBuckets['cells']): { p95_ms: number | null; samples: number } {
  let samples = 0
  let buckets = 0
  let sumUs = 0
  for (const cell of cells) {
    const p95Us = cell === undefined ? null : quantileUs(cell, 0.95)
    if (cell === undefined || p95Us === null) continue
    samples += cell.count
    buckets += 1
    sumUs += p95Us
  }
  return { p95_ms: buckets === 0 ? null : msOf(Math.round(sumUs / buckets)), samples }
}
