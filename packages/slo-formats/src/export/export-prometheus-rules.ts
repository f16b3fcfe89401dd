import type { Slo } from '@portcullis/contracts'
import { periodMsOf, STANDARD_WINDOWS_MS } from '@portcullis/domain'

import { durationText } from '../formats/amounts.ts'
import { decimal } from '../text.ts'
import { alertsOf } from './alerts.ts'
import { DEFAULT_EXPORT, type ExportOptions } from './options.ts'
import type { ExportFinding, PrometheusRule, PrometheusRules } from './prometheus-rule.ts'
import { type Condition, type Series, seriesOf, sumText } from './series.ts'

/**
 * Returns rules that record the share of bad requests of every objective over the windows of the standard pairs and over its
 * period, always as one count divided by another, and alerts by these pairs. What cannot be said so is told.
 */
export function exportPrometheusRules(
  slos: readonly Slo[],
  options: ExportOptions = DEFAULT_EXPORT,
): { readonly rules: PrometheusRules; readonly findings: readonly ExportFinding[] } {
  const findings: ExportFinding[] = []
  const groups = slos.flatMap((slo) => {
    const counts = countsOf(slo, options)
    if ('what' in counts) {
      findings.push({ kind: 'refused', slo: slo.metadata.name, ...counts })
      return []
    }
    const { alerts, missing } = alertsOf(slo, labelsOf(slo))
    const period = periodRule(slo)
    findings.push(...missing, ...period.missing)
    const rules = [
      ...countRules(slo, counts),
      ...ratioRules(slo, counts),
      ...period.rules,
      ...alerts,
    ]
    return [{ name: `slo-${slo.metadata.name}`, rules }]
  })
  return { rules: { groups }, findings }
}

/** Queries for the bad and for all requests over a window. */
interface Counts {
  readonly bad: (window: string) => string
  readonly total: (window: string) => string
}

type Obstacle = Pick<ExportFinding, 'path' | 'what' | 'instead'>

function countsOf({ spec }: Slo, options: ExportOptions): Counts | Obstacle {
  if (spec.budgeting === 'timeslices') {
    const what = 'counts whole minutes, and Prometheus evaluates rules at any instant'
    return {
      path: ['spec', 'budgeting'],
      what,
      instead: 'keep it here, or export an objective of occurrences',
    }
  }
  const series = seriesOf(spec)
  if ('pattern' in series) {
    const what = `has "${series.pattern}", which is not one pattern for the method and one for the path`
    return { path: ['spec', 'routes'], what, instead: 'write it like "GET /cart*" or "* /cart"' }
  }
  const total = sumOf(series, [], { options, suffix: '_count' })
  if ('errors' in spec.indicator) {
    const status: Condition = ['status', ...statusCondition(spec.indicator.errors)]
    const errors = sumOf(series, [status], { options, suffix: '_count' })
    // A service that never failed has no series of errors: that is 0, not nothing.
    return { total, bad: (window) => `${errors(window)} or vector(0)` }
  }
  const seconds = decimal(spec.indicator.fasterThan / 1_000)
  if (!options.bucketsSeconds.includes(seconds)) {
    const what = `has a bound of ${seconds} s, and the histogram has none of its buckets there`
    const instead = `use one of its bounds, ${options.bucketsSeconds.join(', ')} s, or tell others with --buckets`
    return { path: ['spec', 'indicator', 'fasterThan'], what, instead }
  }
  const fast = sumOf(series, [bucketCondition(seconds)], { options, suffix: '_bucket' })
  return { total, bad: (window) => `${total(window)} - ${fast(window)}` }
}

function sumOf(
  series: Series,
  more: readonly Condition[],
  { options, suffix }: { readonly options: ExportOptions; readonly suffix: '_count' | '_bucket' },
): (window: string) => string {
  const { labels } = options
  return (window) => sumText(series, more, { metric: `${options.metric}${suffix}`, window, labels })
}

function statusCondition(errors: readonly string[]): readonly [operator: string, value: string] {
  const [only] = errors
  if (errors.length === 1 && !only!.endsWith('xx')) return ['=', only!]
  return ['=~', errors.map((one) => one.replace('xx', '..')).join('|')]
}

/** Whole bounds are written as `1` by some exporters, and as `1.0` by OpenMetrics and Prometheus 3. */
function bucketCondition(seconds: number): Condition {
  if (Number.isInteger(seconds)) return ['le', '=~', `${seconds}|${seconds}\\.0`]
  return ['le', '=', String(seconds)]
}

function labelsOf({ metadata, spec }: Slo): Record<string, string> {
  const { service, environment } = spec
  return { slo: metadata.name, service, ...(environment === undefined ? {} : { environment }) }
}

function countRules(slo: Slo, { bad, total }: Counts): PrometheusRule[] {
  const labels = labelsOf(slo)
  return [
    { record: 'slo:requests_bad:rate5m', expr: bad('5m'), labels },
    { record: 'slo:requests_total:rate5m', expr: total('5m'), labels },
  ]
}

/** Where there was no request there is no ratio: 0 / 0 would be NaN, and poison what is made of it. */
function ratioRules(slo: Slo, { bad, total }: Counts): PrometheusRule[] {
  const labels = labelsOf(slo)
  const windows = STANDARD_WINDOWS_MS.filter((ms) => ms <= periodMsOf(slo.spec.period))
  return windows.map(durationText).map((window) => ({
    record: `slo:error_ratio:rate${window}`,
    expr: `(${bad(window)}) / (${total(window)} > 0)`,
    labels,
  }))
}

/**
 * Over the period the recorded counts are added up: to read every series for four weeks at each evaluation would be slow. Both sums
 * are over the same instants, so each request weighs the same.
 */
function periodRule(slo: Slo): { rules: PrometheusRule[]; missing: ExportFinding[] } {
  const { name } = slo.metadata
  const { period } = slo.spec
  if ('calendar' in period) {
    const what = `begins anew each ${period.calendar}, which no window of Prometheus does: the ratio of the period is missing`
    const instead = 'export an objective with a rolling period'
    return {
      rules: [],
      missing: [{ kind: 'left_out', slo: name, path: ['spec', 'period'], what, instead }],
    }
  }
  if (STANDARD_WINDOWS_MS.includes(period.rolling)) return { rules: [], missing: [] }
  const window = durationText(period.rolling)
  const sum = (count: string) =>
    `sum_over_time(slo:requests_${count}:rate5m{slo="${name}"}[${window}])`
  const expr = `${sum('bad')} / (${sum('total')} > 0)`
  return {
    rules: [{ record: `slo:error_ratio:rate${window}`, expr, labels: labelsOf(slo) }],
    missing: [],
  }
}
