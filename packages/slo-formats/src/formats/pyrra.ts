import { DAY_MS, HOUR_MS, MINUTE_MS } from '@portcullis/contracts'
import type { YamlDocument } from '@portcullis/policy-files'

import type { Report } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import type { Requests } from '../indicator/requests.ts'
import { durationText, percentText, prometheusDurationMs } from './amounts.ts'
import {
  type Alerts,
  completeDraft,
  type ImportedSlo,
  type ImportOptions,
  nameOf,
} from './draft.ts'
import { labelsOf } from './labels.ts'
import {
  listOf,
  type Mapping,
  mappingOf,
  optionalMapping,
  optionalText,
  requiredMapping,
  requiredText,
} from './mapping.ts'
import { type GivenQuery, requestsOfQueries } from './queries.ts'

/** Imports an objective of Pyrra (`pyrra.dev/v1alpha1`). */
export function importPyrra(
  document: YamlDocument,
  report: Report,
  options: ImportOptions,
): ImportedSlo[] {
  const root = mappingOf(document.plain, [], report)
  if (root === undefined) return []
  for (const key of ['apiVersion', 'kind', 'status']) root.take(key)
  const metadata = requiredMapping(root, 'metadata', report)
  const spec = requiredMapping(root, 'spec', report)
  root.leaveRest()
  if (metadata === undefined || spec === undefined) return []
  const name = requiredText(metadata, 'name', report)
  const labels = labelsOf(metadata, 'labels', report)
  metadata.leaveRest()
  const periodMs = periodOf(spec, report)
  const description = optionalText(spec, 'description', report)
  const objective = objectiveOf(spec, report)
  const requests = requestsOfIndicator(spec, options, report)
  const alerts = alertsOf(spec, periodMs ?? 0, report)
  spec.leaveRest()
  const nameSpot = { path: ['metadata', 'name'] }
  const period = { rolling: durationText(periodMs ?? 0) }
  const draft = {
    name: nameOf(name ?? ''),
    nameSpot,
    description,
    labels,
    objective,
    period,
    requests,
  }
  return completeDraft(draft, { document, alerts, options, report })
}

function periodOf(spec: Mapping, report: Report): number | undefined {
  const text = requiredText(spec, 'window', report)
  if (text === undefined) return undefined
  const what = 'is no duration, like 4w or 30d'
  return (
    prometheusDurationMs(text) ?? report.refuse({ path: [...spec.path, 'window'] }, what, BY_HAND)
  )
}

/** Pyrra has it as text; a number is what YAML makes of one without quotation marks. */
function objectiveOf(spec: Mapping, report: Report): string | undefined {
  const value = spec.take('target')
  const percentage = typeof value === 'string' || typeof value === 'number' ? Number(value) : NaN
  const what = 'must be a number of percent with at most six decimals'
  return (
    percentText(percentage) ??
    report.refuse({ path: [...spec.path, 'target'] }, what, 'write it like "99.9"')
  )
}

/** Indicators that count no requests that the file shows. */
const OTHER_INDICATORS = [
  ['latencyNative', 'reads a native histogram, which no PromQL of the file shows'],
  ['bool_gauge', 'reads whether probes succeed, and an Slo counts requests'],
] as const

function requestsOfIndicator(
  spec: Mapping,
  options: ImportOptions,
  report: Report,
): Requests | undefined {
  const indicator = requiredMapping(spec, 'indicator', report)
  if (indicator === undefined) return undefined
  const other = OTHER_INDICATORS.find(([key]) => indicator.take(key) !== undefined)
  if (other !== undefined) {
    const [key, what] = other
    return report.refuse({ path: [...indicator.path, key], part: 'key' }, what, BY_HAND)
  }
  const ratio = optionalMapping(indicator, 'ratio', report)
  const latency = optionalMapping(indicator, 'latency', report)
  indicator.leaveRest()
  const [from, key, side] =
    ratio === undefined
      ? ([latency, 'success', 'good'] as const)
      : ([ratio, 'errors', 'bad'] as const)
  if (from === undefined || (ratio !== undefined && latency !== undefined)) {
    return report.refuse({ path: indicator.path }, 'must have ratio or latency', BY_HAND)
  }
  refuseGrouping(from, report)
  const part = metricOf(from, key, report)
  const total = metricOf(from, 'total', report)
  from.leaveRest()
  if (part === undefined || total === undefined) return undefined
  return requestsOfQueries({ part, side, total }, { report, options, isBareAllowed: true })
}

function refuseGrouping(from: Mapping, report: Report): void {
  const grouping = listOf(from, 'grouping', report)
  if (grouping.length === 0) return
  const what = `gives each ${grouping.join(', ')} a budget of its own, and an Slo has one`
  report.refuse(
    { path: [...from.path, 'grouping'], part: 'key' },
    what,
    'write an Slo for each by hand',
  )
}

function metricOf(from: Mapping, key: string, report: Report): GivenQuery | undefined {
  const query = requiredMapping(from, key, report)
  if (query === undefined) return undefined
  const text = requiredText(query, 'metric', report)
  query.leaveRest()
  return text === undefined ? undefined : { text, path: [...query.path, 'metric'] }
}

function alertsOf(spec: Mapping, periodMs: number, report: Report): Alerts {
  const alerting = optionalMapping(spec, 'alerting', report)
  if (alerting === undefined) return pyrraAlerts(periodMs)
  const what = 'has no counterpart in an Slo: a burn_rate rule of a ReleasePolicy alerts'
  const instead = '--with-policy writes one; alerts get no names, and silence is the rule traffic'
  report.leaveOut({ path: alerting.path, part: 'key' }, what, instead)
  const isOff = alerting.take('disabled') === true || alerting.take('burnrates') === false
  return isOff ? { page: [], ticket: [] } : pyrraAlerts(periodMs)
}

/**
 * Pyrra's pairs: the factors stay, and the windows grow with the period, from those for 28 days, to whole minutes
 * (pyrra, slo/rules.go, Windows). The first two are critical, the others warnings.
 */
function pyrraAlerts(periodMs: number): Alerts {
  const pair = (longMs: number, shortMs: number, factor: number) => ({
    long: durationText(scaled(longMs, periodMs)),
    short: durationText(scaled(shortMs, periodMs)),
    factor,
  })
  return {
    page: [pair(HOUR_MS, 5 * MINUTE_MS, 14), pair(6 * HOUR_MS, 30 * MINUTE_MS, 7)],
    ticket: [pair(DAY_MS, 2 * HOUR_MS, 2), pair(4 * DAY_MS, 6 * HOUR_MS, 1)],
  }
}

function scaled(ms: number, periodMs: number): number {
  return Math.round((ms * periodMs) / (28 * DAY_MS) / MINUTE_MS) * MINUTE_MS
}
