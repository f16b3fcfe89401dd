import type { YamlDocument } from '@portcullis/policy-files'

import type { Path, Report } from '../finding.ts'
import { BY_HAND } from '../indicator/counts.ts'
import type { Requests } from '../indicator/requests.ts'
import { percentText } from './amounts.ts'
import {
  type Alerts,
  completeDraft,
  DEFAULT_PERIOD,
  type ImportedSlo,
  type ImportOptions,
  nameOf,
  STANDARD_ALERTS,
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
import { type GivenQuery, requestsOfQueries, requestsOfRatio } from './queries.ts'

/** Sloth writes members with `_` in its own files, and like Kubernetes in those of Kubernetes. */
const NAMES = {
  file: {
    plugins: 'slo_plugins',
    errorQuery: 'error_query',
    totalQuery: 'total_query',
    ratioQuery: 'error_ratio_query',
    page: 'page_alert',
    ticket: 'ticket_alert',
  },
  kubernetes: {
    plugins: 'sloPlugins',
    errorQuery: 'errorQuery',
    totalQuery: 'totalQuery',
    ratioQuery: 'errorRatioQuery',
    page: 'pageAlert',
    ticket: 'ticketAlert',
  },
} as const

type Names = (typeof NAMES)[keyof typeof NAMES]

/** What the objectives of a document have in common. */
interface Group {
  readonly service: string
  readonly servicePath: Path
  readonly labels: Readonly<Record<string, string>>
  readonly names: Names
  readonly document: YamlDocument
  readonly options: ImportOptions
}

/** Imports a file of Sloth (`version: prometheus/v1`). */
export function importSlothFile(
  document: YamlDocument,
  report: Report,
  options: ImportOptions,
): ImportedSlo[] {
  const root = mappingOf(document.plain, [], report)
  root?.take('version')
  return root === undefined
    ? []
    : importGroup(root, { document, report, options, names: NAMES.file })
}

/** Imports a resource of Sloth's controller (`PrometheusServiceLevel`). */
export function importSlothResource(
  document: YamlDocument,
  report: Report,
  options: ImportOptions,
): ImportedSlo[] {
  const root = mappingOf(document.plain, [], report)
  if (root === undefined) return []
  for (const key of ['apiVersion', 'kind', 'status']) root.take(key)
  const metadata = optionalMapping(root, 'metadata', report)
  // The objectives have names of their own.
  metadata?.take('name')
  metadata?.leaveRest()
  const spec = requiredMapping(root, 'spec', report)
  root.leaveRest()
  if (spec === undefined) return []
  return importGroup(spec, { document, report, options, names: NAMES.kubernetes })
}

function importGroup(
  from: Mapping,
  {
    document,
    report,
    options,
    names,
  }: {
    readonly document: YamlDocument
    readonly report: Report
    readonly options: ImportOptions
    readonly names: Names
  },
): ImportedSlo[] {
  const service = requiredText(from, 'service', report)
  const labels = labelsOf(from, 'labels', report)
  refusePlugins(from, names.plugins, report)
  const slos = listOf(from, 'slos', report)
  from.leaveRest()
  if (service === undefined || report.isRefused()) return []
  if (options.period === undefined) {
    const what = `says nothing of its period: ${DEFAULT_PERIOD} is taken, as Sloth does`
    report.assume({ path: [...from.path, 'slos'], part: 'key' }, what, 'import with --period')
  }
  const group: Group = {
    service,
    servicePath: [...from.path, 'service'],
    labels,
    names,
    document,
    options,
  }
  return slos.flatMap((one, index) =>
    importSlo(one, [...from.path, 'slos', index], { group, report: report.ofPart() }),
  )
}

function importSlo(
  value: unknown,
  path: Path,
  { group, report }: { readonly group: Group; readonly report: Report },
): ImportedSlo[] {
  const from = mappingOf(value, path, report)
  if (from === undefined) return []
  const { service, servicePath, options } = group
  const name = requiredText(from, 'name', report)
  const description = optionalText(from, 'description', report)
  const labels = { ...group.labels, ...labelsOf(from, 'labels', report) }
  const objective = objectiveOf(from, report)
  refusePlugins(from, 'plugins', report)
  const alerts = alertsOf(from, group.names, report)
  const requests = requestsOfSli(from, group, report)
  from.leaveRest()
  const nameSpot = { path: [...path, 'name'] }
  const draft = {
    // Sloth's own ids are made so: names are used once in a service.
    name: nameOf(`${service}-${name ?? ''}`),
    nameSpot,
    description,
    labels,
    service: { name: service, spot: { path: servicePath } },
    objective,
    period: { rolling: options.period ?? DEFAULT_PERIOD },
    requests,
  }
  return completeDraft(draft, { document: group.document, alerts, options, report })
}

function objectiveOf(from: Mapping, report: Report): string | undefined {
  const value = from.take('objective')
  const text = typeof value === 'number' ? percentText(value) : undefined
  if (text !== undefined) return text
  const what = 'must be a number of percent with at most six decimals'
  return report.refuse({ path: [...from.path, 'objective'] }, what, 'write it like 99.9')
}

function requestsOfSli(
  from: Mapping,
  { names, options }: Group,
  report: Report,
): Requests | undefined {
  const sli = requiredMapping(from, 'sli', report)
  if (sli === undefined) return undefined
  const events = optionalMapping(sli, 'events', report)
  const raw = optionalMapping(sli, 'raw', report)
  if (sli.take('plugin') !== undefined) {
    const what = 'is a program that makes the queries, which are not in the file'
    return report.refuse({ path: [...sli.path, 'plugin'], part: 'key' }, what, BY_HAND)
  }
  sli.leaveRest()
  if (events !== undefined && raw === undefined) {
    const part = queryOf(events, names.errorQuery, report)
    const total = queryOf(events, names.totalQuery, report)
    events.leaveRest()
    if (part === undefined || total === undefined) return undefined
    return requestsOfQueries({ part, side: 'bad', total }, { report, options })
  }
  if (raw === undefined || events !== undefined) {
    return report.refuse({ path: sli.path }, 'must have either events or raw', BY_HAND)
  }
  const ratio = queryOf(raw, names.ratioQuery, report)
  raw.leaveRest()
  return ratio === undefined ? undefined : requestsOfRatio(ratio, 'bad', { report, options })
}

function queryOf(from: Mapping, key: string, report: Report): GivenQuery | undefined {
  const text = requiredText(from, key, report)
  return text === undefined ? undefined : { text, path: [...from.path, key] }
}

/** Plugins change what is counted or how: without them it would be another objective. */
function refusePlugins(from: Mapping, key: string, report: Report): void {
  if (from.take(key) === undefined) return
  const what = 'are programs that change what Sloth makes of it, and are not in the file'
  report.refuse({ path: [...from.path, key], part: 'key' }, what, BY_HAND)
}

/** Sloth pages by the two quick pairs, and writes tickets by the two slow ones, unless they are disabled. */
function alertsOf(from: Mapping, names: Names, report: Report): Alerts {
  const alerting = optionalMapping(from, 'alerting', report)
  if (alerting === undefined) return STANDARD_ALERTS
  const what = 'has no counterpart in an Slo: a burn_rate rule of a ReleasePolicy alerts'
  const instead = '--with-policy writes one; alerts get no names, labels or annotations'
  report.leaveOut({ path: alerting.path, part: 'key' }, what, instead)
  const isOn = (key: string): boolean =>
    optionalMapping(alerting, key, report)?.take('disable') !== true
  const { page, ticket } = STANDARD_ALERTS
  return { page: isOn(names.page) ? page : [], ticket: isOn(names.ticket) ? ticket : [] }
}
