import type { YamlDocument } from '@portcullis/policy-files'

import { createReport, type Finding, type Path, type Report } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import type { Requests } from '../indicator/requests.ts'
import type { ImportOptions } from './draft.ts'
import {
  type Mapping,
  mappingOf,
  optionalMapping,
  optionalText,
  requiredMapping,
  requiredText,
} from './mapping.ts'
import type { OpenSloDocuments } from './openslo-documents.ts'
import { type GivenQuery, requestsOfQueries, requestsOfRatio } from './queries.ts'

/** What an indicator is read with. */
export interface OpenSloContext {
  readonly documents: OpenSloDocuments
  readonly findings: Finding[]
  readonly options: ImportOptions
}

/** Returns which requests the indicator of an objective counts; it may stand in a document of its own. */
export function requestsOfSlo(
  spec: Mapping,
  context: OpenSloContext,
  report: Report,
): Requests | undefined {
  const inline = optionalMapping(spec, 'indicator', report)
  const reference = optionalText(spec, 'indicatorRef', report)
  if (inline !== undefined) {
    readMetadata(inline, report)
    const itsSpec = requiredMapping(inline, 'spec', report)
    inline.leaveRest()
    return itsSpec === undefined ? undefined : requestsOfSli(itsSpec, context, report)
  }
  if (reference === undefined) {
    return report.refuse({ path: spec.path }, 'has neither indicator nor indicatorRef', BY_HAND)
  }
  const path = [...spec.path, 'indicatorRef']
  const document = context.documents.find('SLI', reference)
  if (document === undefined) {
    const what = `"${reference}" is in none of the files`
    return report.refuse({ path }, what, 'give the file of the SLI as well')
  }
  return (
    requestsOfDocument(document, context) ??
    report.refuse({ path }, `"${reference}" cannot be carried over`, 'see what is said of that SLI')
  )
}

/** What is to be told of an SLI of its own is told where it stands. */
function requestsOfDocument(document: YamlDocument, context: OpenSloContext): Requests | undefined {
  const report = createReport(document, context.findings)
  const root = mappingOf(document.plain, [], report)
  if (root === undefined) return undefined
  for (const key of ['apiVersion', 'kind']) root.take(key)
  readMetadata(root, report)
  const spec = requiredMapping(root, 'spec', report)
  root.leaveRest()
  return spec === undefined ? undefined : requestsOfSli(spec, context, report)
}

/** An indicator is known by its name; what else is told of it has no place in an `Slo`. */
function readMetadata(from: Mapping, report: Report): void {
  const metadata = optionalMapping(from, 'metadata', report)
  metadata?.take('name')
  metadata?.leaveRest()
}

function requestsOfSli(
  spec: Mapping,
  context: OpenSloContext,
  report: Report,
): Requests | undefined {
  if (spec.take('thresholdMetric') !== undefined) {
    const what = 'compares a value with a limit, and an Slo counts requests'
    const instead = 'count the requests of a histogram that are fast enough, as ratioMetric'
    return report.refuse({ path: [...spec.path, 'thresholdMetric'], part: 'key' }, what, instead)
  }
  const ratio = requiredMapping(spec, 'ratioMetric', report)
  spec.leaveRest()
  if (ratio === undefined) return undefined
  const isBareAllowed = ratio.take('counter') === true
  const read = (key: string) => metricOf(ratio, key, { context, report })
  const metrics = { good: read('good'), bad: read('bad'), total: read('total'), raw: read('raw') }
  const rawType = optionalText(ratio, 'rawType', report)
  ratio.leaveRest()
  if (report.isRefused()) return undefined
  const reading = { report, options: context.options, isBareAllowed, path: ratio.path }
  return metrics.raw === undefined
    ? requestsOfMetrics(metrics, reading)
    : requestsOfRaw({ ...metrics, raw: metrics.raw, rawType }, reading)
}

type Metrics = Readonly<Record<'good' | 'bad' | 'total', GivenQuery | undefined>>
type MetricsReading = Parameters<typeof requestsOfQueries>[1] & { readonly path: Path }

function requestsOfMetrics({ good, bad, total }: Metrics, reading: MetricsReading) {
  const part = good ?? bad
  if (part !== undefined && total !== undefined && (good === undefined || bad === undefined)) {
    const side = good === undefined ? 'bad' : 'good'
    return requestsOfQueries({ part, side, total }, reading)
  }
  const what = 'must have total, and either good or bad'
  return reading.report.refuse({ path: reading.path }, what, BY_HAND)
}

/** A ratio that is computed already can be taken apart where the query computes it. */
function requestsOfRaw(
  {
    raw,
    rawType,
    good,
    bad,
    total,
  }: Metrics & { readonly raw: GivenQuery; readonly rawType: string | undefined },
  reading: MetricsReading,
) {
  const isAlone = good === undefined && bad === undefined && total === undefined
  if (isAlone && (rawType === 'success' || rawType === 'failure')) {
    return requestsOfRatio(raw, rawType === 'success' ? 'good' : 'bad', reading)
  }
  const what = 'must have raw with rawType success or failure, and nothing beside'
  return reading.report.refuse({ path: reading.path }, what, BY_HAND)
}

/** Returns the query of a metric; undefined where there is no such metric, or it asks something else than Prometheus. */
function metricOf(
  from: Mapping,
  key: string,
  { context, report }: { readonly context: OpenSloContext; readonly report: Report },
): GivenQuery | undefined {
  const metric = optionalMapping(from, key, report)
  if (metric === undefined) return undefined
  const source = requiredMapping(metric, 'metricSource', report)
  metric.leaveRest()
  if (source === undefined) return undefined
  const reference = optionalText(source, 'metricSourceRef', report)
  const type = optionalText(source, 'type', report) ?? typeOfSource(reference, context)
  const spec = requiredMapping(source, 'spec', report)
  source.leaveRest()
  if (type?.toLowerCase() !== 'prometheus') {
    const asked =
      type ??
      (reference === undefined ? 'nothing' : `"${reference}", which is in none of the files`)
    const what = `asks ${asked}, and only queries of Prometheus are understood`
    return report.refuse({ path: source.path }, what, BY_HAND)
  }
  if (spec === undefined) return undefined
  const name = spec.keys.includes('promql') ? 'promql' : 'query'
  const text = requiredText(spec, name, report)
  spec.leaveRest()
  return text === undefined ? undefined : { text, path: [...spec.path, name] }
}

/** Returns the type that a DataSource in one of the files has. */
function typeOfSource(
  reference: string | undefined,
  { documents }: OpenSloContext,
): string | undefined {
  if (reference === undefined) return undefined
  const plain = documents.find('DataSource', reference)?.plain
  const { spec } = (plain ?? {}) as { readonly spec?: unknown }
  const isTyped = typeof spec === 'object' && spec !== null && 'type' in spec
  return isTyped && typeof spec.type === 'string' ? spec.type : undefined
}
